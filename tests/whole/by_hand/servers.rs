//! Servers: how long they are on, and what that costs.

use analysis::{RequestRecord, Tier};
use inference::{Score, Scratch};
use scenarios::plan::Plan;
use scenarios::policies::{Calibration, Way};
use scenarios::world::{Run, RunEnd};
use tests::{network, networks};

use super::{by_hand, close};

fn run(plan: &Plan) -> (Vec<RequestRecord>, RunEnd) {
    let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
    let run = Run { plan, networks: networks(), policy: &policy, replication: 0 };
    let mut requests = Vec::new();
    let end = run.run(&mut |record, _| requests.push(record));
    (requests, end)
}

/// Servers at the link's end answer two requests, 10 ms each; the cloud idles. Both are on for ten seconds, and paid
/// for.
#[test]
fn all_servers_draw_power_and_cost_money() {
    let edge = "rtt: 20 ms
    edge: {hardware: {throughput: 1 GMAC/s, launch: 5 ms, idle: 5 W, busy: 25 W}, rtt: 4 ms, queue: 4,
      price-per-hour: 7.2}";
    let cloud = ("launch: 5 ms}}", "launch: 5 ms, idle: 10 W, busy: 30 W}, price-per-hour: 3.6}");
    let plan = by_hand("1 3", "offload-all", &[cloud, ("rtt: 20 ms", edge)]);
    let (requests, end) = run(&plan);
    for record in requests {
        // 40 ms to send, 2 ms each way, 10 ms in a batch of one, 1 ms to receive.
        assert_eq!(
            (record.tier, record.end.map(|end| end - record.arrival)),
            (Some(Tier::EdgeServer), Some(55_000_000))
        );
    }
    assert!(close(end.edge_busy.unwrap(), 0.02 / 10.0) && end.cloud_busy == 0.0 && close(end.cloud_servers, 1.0));
    assert!(close(end.cloud_energy, 10.0 * 10.0 + 5.0 * 10.0 + 20.0 * 0.02), "{} J", end.cloud_energy);
    assert!(close(end.cloud_cost.unwrap(), 0.01 + 0.02), "{:?}", end.cloud_cost);
}

/// The server at the link's end runs a network of its own, here the little one: of 2 MMAC, which take less than the 5 ms
/// to launch it, and its class is that network's. With no room there, the second of two requests goes on to the cloud and
/// gets the big network's, after 10 MMAC.
#[test]
fn a_server_runs_its_own_network() {
    let edge = "rtt: 20 ms
    edge: {hardware: {throughput: 1 GMAC/s, launch: 5 ms}, rtt: 4 ms, queue: 0, network: fmnist-little}";
    let plan = by_hand("1", "offload-all", &[("count: 1", "count: 2"), ("rtt: 20 ms", edge)]);
    let (requests, _) = run(&plan);
    let class = |way: Way, image: u32| {
        let data = &networks().data;
        network(networks(), way).run(data.image(image as usize), &mut Scratch::default()).class
    };
    let found: Vec<_> = requests
        .iter()
        .map(|record| {
            (record.tier, record.cloud_done.unwrap() - record.cloud_start.unwrap(), record.cloud_class.unwrap())
        })
        .collect();
    let [near, far] = [&requests[0], &requests[1]];
    assert_eq!(found[0], (Some(Tier::EdgeServer), 5_000_000, class(Way::LITTLE, near.image)));
    assert_eq!(found[1], (Some(Tier::Cloud), 10_000_000, class(Way::BIG, far.image)));
}

/// The server at the link's end runs the little network and keeps what that is sure of: of two images, one more than the
/// other, and the threshold lies between. What it does not keep goes on to the cloud after the 5 ms to launch it, and
/// takes 8 ms to get there, 10 ms in a batch, and 10 ms back. Both take 40 ms to send, 2 ms to the server, 1 ms to receive.
#[test]
fn a_server_passes_on_what_it_is_not_sure_of() {
    let edge = |delta: f64| {
        format!(
            "rtt: 20 ms
    edge: {{hardware: {{throughput: 1 GMAC/s, launch: 5 ms}}, rtt: 4 ms, network: fmnist-little,
      policy: {{confidence: {{score: max-softmax, delta: {delta}}}}}}}"
        )
    };
    let answers = |delta: f64| run(&by_hand("1 3", "offload-all", &[("rtt: 20 ms", &edge(delta))])).0;
    let answer = |way: Way, record: &RequestRecord| {
        network(networks(), way).run(networks().data.image(record.image as usize), &mut Scratch::default())
    };
    let sure =
        |record: &RequestRecord| answer(Way::LITTLE, record).scores.get(Score::named("max-softmax").unwrap()).unwrap();
    let (least, most) = answers(0.0).iter().map(sure).fold((1.0f32, 0.0f32), |(a, b), s| (a.min(s), b.max(s)));
    assert!(least < most, "the example needs two images");
    for record in answers(f64::from(least + most) / 2.0) {
        let took = (record.end.unwrap() - record.arrival) / 1_000_000;
        let after = |stamp: Option<u64>| stamp.map(|stamp| (stamp - record.arrival) / 1_000_000);
        if sure(&record) == most {
            assert_eq!((record.tier, record.way, took), (Some(Tier::EdgeServer), Some(0), 40 + 2 + 5 + 2 + 1));
            assert_eq!((record.passed_on, record.edge_server_class), (None, None));
        } else {
            let little = answer(Way::LITTLE, &record).class;
            assert_eq!((record.tier, record.way, took), (Some(Tier::Cloud), Some(1), 40 + 2 + 5 + 8 + 10 + 10 + 1));
            assert_eq!((after(record.edge_server_arrival), after(record.passed_on)), (Some(42), Some(47)));
            assert_eq!((after(record.cloud_arrival), record.edge_server_class), (Some(55), Some(little)));
            assert_eq!(record.cloud_class, Some(answer(Way::BIG, &record).class));
            let parts = record.parts().unwrap();
            assert!(close(parts.edge_server, 0.005) && close(parts.network, 0.020), "{parts:?}");
        }
    }
}

/// Three cameras ask at once, three times, and each answer takes 10 ms. One server is always on. Another one is
/// started, in 5 ms, when more requests wait than there are servers, and stopped when one has been idle for a second.
#[test]
fn a_server_is_started_when_some_wait_and_stopped_when_one_is_idle() {
    let scaled = "launch: 5 ms}, scale: {most: 3, waiting: 1, cold-start: 5 ms, cool-down: 1 s}";
    let edits = [("count: 1", "count: 3"), ("launch: 5 ms}", scaled)];
    let (requests, end) = run(&by_hand("1 2.015 5", "offload-all", &edits));
    let begun = |r: &RequestRecord| (r.cloud_start.unwrap() - r.arrival) / 1_000_000;
    // Requests reach the cloud after 50 ms. The second server is idle from 1.065 s on, and would be stopped at 2.065 s,
    // just when the next three come: they find two servers. The last three find one.
    assert_eq!(requests.iter().map(begun).collect::<Vec<_>>(), [50, 55, 60, 50, 50, 60, 50, 55, 60]);
    // It counts from its start: from 1.05 s until a second after 2.075 s, when two answers were ready and only one
    // request was left, and from 5.05 s until a second after 5.065 s.
    let on = 10.0 + (3.075 - 1.05) + (6.065 - 5.05);
    assert!(close(end.cloud_servers, on / 10.0), "{}, not {}", end.cloud_servers, on / 10.0);
    assert!(close(end.cloud_busy, 0.09 / on), "{}", end.cloud_busy);
}

/// Six requests reach the cloud at once, after 50 ms. More than one for each server wait, but two servers are the most
/// there may be: the second one is up after 5 ms, and both take 10 ms for each.
#[test]
fn no_more_servers_are_started_than_there_may_be() {
    let scaled = "launch: 5 ms}, scale: {most: 2, waiting: 1, cold-start: 5 ms, cool-down: 1 s}";
    let (requests, _) = run(&by_hand("1", "offload-all", &[("count: 1", "count: 6"), ("launch: 5 ms}", scaled)]));
    let begun = |r: &RequestRecord| (r.cloud_start.unwrap() - r.arrival) / 1_000_000;
    assert_eq!(requests.iter().map(begun).collect::<Vec<_>>(), [50, 55, 60, 65, 70, 75]);
}
