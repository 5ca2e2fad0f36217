//! Networks that are cut between device and cloud.

use analysis::{Outcome, RequestRecord};
use inference::{Coding, Scores};
use scenarios::plan::{Plan, resolve};
use scenarios::policies::{Calibration, Outlines, Steps, Way};
use scenarios::source::Source;
use tests::{Records, network, networks, plan, records, small_scenario};

/// A radio that is ready and gone at once.
const RADIO: &str = "{idle: 10 mW, promotion: 0 s, promotion-power: 0 W, active: 800 mW, per-bit-up: 50 nJ/bit, \
                     per-bit-down: 10 nJ/bit, tail: []}";

/// The small scenario with these policies in place of its last, and other edits.
fn with(policies: &[&str], edits: &[(&str, &str)]) -> Plan {
    let lines: Vec<String> = policies.iter().map(|policy| format!("  - {policy}")).collect();
    let lines = lines.join("\n");
    plan(&small_scenario(&[&[("  - appealnet: {delta: 0.5}", lines.as_str())], edits].concat()))
}

/// A run of the policy of that number.
fn run(plan: &Plan, policy: usize) -> Records {
    records(plan, &plan.policies[policy].build(&Calibration::NONE).unwrap(), 0)
}

/// Steps of a network of the pair.
fn steps(way: Way) -> usize {
    network(networks(), way).graph().nodes().len()
}

/// Joules of all devices.
fn joules(records: &Records) -> f64 {
    records.devices.iter().map(|device| device.energy.total()).sum()
}

/// What stays the same however the network is named: everything but the number of the way's offload and its cut.
fn nameless(records: Records) -> Vec<RequestRecord> {
    records.requests.into_iter().map(|record| RequestRecord { cut: None, ..record }).collect()
}

/// Nothing of the big network on the device is offload-all, all of the little one local-only: to the nanosecond and the
/// joule, cut beforehand or step by step by a policy that wants no other end.
#[test]
fn the_ends_are_offload_all_and_local_only() {
    let all = steps(Way::LITTLE);
    let whole = format!("split: {{network: little, after: {all}}}");
    let plan = with(&["split: {after: 0}", &whole], &[]);
    for (end, split) in [(1, 2), (0, 3)] {
        let (end, split) = (run(&plan, end), run(&plan, split));
        assert!(end.requests.len() > 50);
        assert_eq!(joules(&end).to_bits(), joules(&split).to_bits());
        assert_eq!(nameless(end), nameless(split));
    }
}

/// Where sending never pays, a network runs step by step to its end, and takes as long as in one go; its joules are the
/// same but for the last bits of the sums.
#[test]
fn a_network_in_steps_takes_as_long_as_in_one() {
    let never = [("uplink: 18.9 Mbps", "uplink: 1 kbps")];
    let plan = with(&["split: {network: little, for: energy}"], &never);
    let (local, split) = (run(&plan, 0), run(&plan, 2));
    assert!(split.requests.iter().all(|record| usize::from(record.segments) == steps(Way::LITTLE)));
    let (of_local, of_split) = (joules(&local), joules(&split));
    assert!((of_local / of_split - 1.0).abs() < 1e-12, "{of_local} {of_split}");
    for (one, other) in local.requests.iter().zip(&split.requests) {
        assert_eq!((one.edge_done, one.answer, one.outcome), (other.edge_done, other.answer, other.outcome));
    }
}

/// The first steps on the device, what crosses there up, the rest in the cloud: times and bytes are those of the two
/// parts, and the class is the whole network's.
#[test]
fn a_cut_costs_what_its_parts_cost() {
    for after in [1, 4, steps(Way::BIG) - 1] {
        let policy = format!("split: {{after: {after}}}");
        let plan = with(&[&policy], &[]);
        let work = |from, to| plan.work(Way::BIG, Steps { from, to });
        let (head, tail) = (work(0, Some(after)), work(after, None));
        let layers = [&head, &tail].map(|work| work.layers.len());
        assert_eq!(layers.iter().sum::<usize>(), plan.work(Way::BIG, Steps::ALL).layers.len());
        let bytes = network(networks(), Way::BIG).cut(after).size(Coding::FLOAT32);
        let run = run(&plan, 2);
        let done: Vec<&RequestRecord> = run.requests.iter().filter(|r| r.outcome == Outcome::Cloud).collect();
        assert!(done.len() > 50, "{}", done.len());
        for record in done {
            let device = plan.groups[0].processor.time(&head);
            assert_eq!(record.edge_done.unwrap() - record.edge_start.unwrap(), device.as_nanos());
            let tail = plan.tiers[0].server.time(&tail, record.batch.unwrap() as usize);
            assert_eq!(record.cloud_done.unwrap() - record.cloud_start.unwrap(), tail.as_nanos());
            assert_eq!((record.uplink_bytes, record.cut), (bytes.unwrap(), Some(after as u16)));
            assert_eq!((record.edge_class, record.scores), (None, Scores::default()));
            assert_eq!(record.cloud_class == Some(record.label), record.big_right);
        }
    }
}

/// What crosses in few bits is run on as it arrives: in two bits some answers differ from the whole network's, and the
/// bytes are those of the coding; compressed, they differ from image to image, and the answers are those without.
#[test]
fn the_tail_runs_on_what_arrives() {
    let plan = with(
        &[
            "split: {after: 4, coding: 2}",
            "split: {after: 4, coding: {bits: 2, compress: true}}",
            "split: {after: 4, coding: float16}",
        ],
        &[("duration: 20 s", "duration: 100 s")],
    );
    let [two, compressed, half] = [2, 3, 4].map(|policy| run(&plan, policy).requests);
    let differ = two.iter().filter(|r| r.cloud_class.is_some_and(|class| (class == r.label) != r.big_right)).count();
    assert!(differ > 0, "two bits lose nothing");
    let right = |run: &[RequestRecord]| run.iter().filter(|record| record.correct()).count();
    assert!(right(&half) >= right(&two));
    // Those that were sent to the end.
    let sizes = |run: &[RequestRecord]| -> Vec<u64> {
        run.iter().filter(|record| record.outcome == Outcome::Cloud).map(|record| record.uplink_bytes).collect()
    };
    let cut = network(networks(), Way::BIG).cut(4);
    let numbers: usize = cut.shapes().map(|shape| shape.len()).sum();
    // Every tensor has a grid of five bytes, and here a multiple of four numbers.
    let packed = (5 * cut.tensors.len() + numbers / 4) as u64;
    assert!(sizes(&half).iter().all(|bytes| *bytes == 2 * numbers as u64));
    assert!(sizes(&two).iter().all(|bytes| *bytes == packed));
    let (least, most) = (sizes(&compressed).into_iter().min().unwrap(), sizes(&compressed).into_iter().max().unwrap());
    assert!(least < most && most < packed, "{least} to {most} of {packed}");
    for (plain, compressed) in two.iter().zip(&compressed) {
        assert_eq!(plain.cloud_class, compressed.cloud_class);
    }
}

/// On a radio without a tail, with requests far apart, what a request takes is its own: so the split that knows the rate
/// takes no more joules than any fixed one on the same trace, and no more than one that only knows the last rate.
#[test]
fn knowing_the_channel_takes_least() {
    let last = steps(Way::BIG);
    let fixed: Vec<String> = (0..=last).map(|after| format!("split: {{after: {after}, coding: 8}}")).collect();
    let mut policies: Vec<&str> =
        vec!["split-oracle: {for: energy, coding: 8}", "adaptive-split: {for: energy, coding: 8}"];
    policies.extend(fixed.iter().map(String::as_str));
    let changing = "{markov: [{rate: 40 Mbps, for: 20 s}, {rate: 300 kbps, for: 10 s}, {rate: 4 Mbps, for: 10 s}]}";
    let edits = [
        ("radio: wifi", format!("radio: {RADIO}")),
        ("uplink: 18.9 Mbps", format!("uplink: {changing}")),
        ("duration: 20 s", "duration: 5 min".to_owned()),
        ("poisson: 2 /s", "poisson: 0.2 /s".to_owned()),
    ];
    let edits: Vec<(&str, &str)> = edits.iter().map(|(old, new)| (*old, new.as_str())).collect();
    let plan = with(&policies, &edits);
    let of: Vec<f64> = (2..policies.len() + 2).map(|policy| joules(&run(&plan, policy))).collect();
    let best = of[2..].iter().copied().fold(f64::INFINITY, f64::min);
    // A rate that changes during a transfer is not what it was when the device decided.
    assert!(of[0] <= best * 1.001, "{of:?}");
    assert!(of[0] <= of[1] * 1.001, "{of:?}");
    let cuts = |policy| run(&plan, policy).requests.iter().filter_map(|record| record.cut).collect::<Vec<_>>();
    let places = cuts(2);
    assert!(places.iter().any(|cut| *cut != places[0]) || places.len() < run(&plan, 2).requests.len(), "{places:?}");
}

/// The rate that is recorded is that of the channel when the policy last had a choice; without a choice, there is none.
#[test]
fn the_rate_at_a_decision_is_recorded() {
    let changing = "uplink: {markov: [{rate: 40 Mbps, for: 2 s}, {rate: 300 kbps, for: 2 s}]}";
    let plan = with(&["adaptive-split: {for: energy}", "split: {after: 3}"], &[("uplink: 18.9 Mbps", changing)]);
    let [adaptive, fixed, offload] = [2, 3, 1].map(|policy| run(&plan, policy).requests);
    let decided: Vec<f64> = adaptive.iter().filter_map(|record| record.uplink_rate).collect();
    assert!(decided.iter().all(|rate| [40e6, 300e3].contains(rate)), "{decided:?}");
    assert!([40e6, 300e3].iter().all(|rate| decided.contains(rate)), "{decided:?}");
    let ended = adaptive.iter().filter(|record| record.outcome != Outcome::Unfinished).count();
    assert!(decided.len() >= ended, "{} of {ended}", decided.len());
    assert!(fixed.iter().chain(&offload).all(|record| record.uplink_rate.is_none()));
}

/// While nothing gets through, a policy that knows it runs the whole network on the device, however little it would cost to
/// have the radio active.
#[test]
fn nothing_is_sent_into_an_outage() {
    let changing = "uplink: {markov: [{rate: 40 Mbps, for: 4 s}, {rate: 0 bps, for: 4 s}]}";
    let plan = with(
        &["split-oracle: {for: energy}", "split-oracle: {for: latency}"],
        &[
            ("uplink: 18.9 Mbps", changing),
            ("hardware: raspberry-pi-4", "hardware: {throughput: 200 MMAC/s, idle: 10 mW, busy: 9 W}"),
            ("duration: 20 s", "duration: 60 s"),
        ],
    );
    for policy in [2, 3] {
        let requests = run(&plan, policy).requests;
        let (out, fine): (Vec<_>, Vec<_>) = requests.iter().partition(|record| record.uplink_rate == Some(0.0));
        assert!(out.len() > 20 && out.iter().all(|record| record.cut.is_none()), "{out:?}");
        assert!(fine.iter().filter(|record| record.cut.is_some()).count() > 20, "policy {policy}");
    }
}

/// Of a policy that cuts here and there, the report has the charts, the table a sentence, and both count every request
/// that was cut or that the device answered; other policies have neither.
#[test]
fn a_result_shows_where_requests_were_cut() {
    let home = tempfile::tempdir().unwrap();
    let changing = "uplink: {markov: [{rate: 40 Mbps, for: 4 s}, {rate: 100 kbps, for: 4 s}]}";
    let text = small_scenario(&[
        ("  - appealnet: {delta: 0.5}", "  - split-oracle: {for: energy}"),
        ("hardware: raspberry-pi-4", "hardware: {throughput: 20 MMAC/s, idle: 10 mW, busy: 200 mW}"),
        ("duration: 20 s", "duration: 3 min"),
        ("poisson: 2 /s", "poisson: 0.3 /s"),
        ("radio: wifi", &format!("radio: {RADIO}")),
        ("uplink: 18.9 Mbps", changing),
    ]);
    std::fs::write(home.path().join("scenario.yaml"), text).unwrap();
    let told = crate::program::told(home.path(), &["run", "scenario.yaml", "--out", "here"]);
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, sentence) = words.split_once("split-oracle for energy: ").unwrap_or_else(|| panic!("{told}"));
    assert!(sentence.contains("all on the device ") && !words.contains("local-only: "), "{told}");
    let digest = analysis::RunDigest::read(&home.path().join("here/runs/point=0/02-0000.json"));
    let digest = digest.unwrap();
    let rows = analysis::read_table(&home.path().join("here/requests/point=0/02-0000.parquet"), None);
    let rows = rows.unwrap();
    let (mut sent, mut kept) = (0, 0);
    for row in 0..rows.len() {
        sent += u64::from(rows.count(row, "cut").is_some());
        kept += u64::from(rows.text(row, "outcome").as_deref() == Some("edge"));
    }
    let counted = |of: fn(analysis::cuts::Cut) -> bool| -> u64 {
        digest.summary.cuts.iter().filter(|(cut, _)| of(*cut)).map(|(_, requests)| requests).sum()
    };
    assert!(sent > 10 && kept > 10, "{sent} sent, {kept} kept");
    assert_eq!((counted(|cut| cut.is_some()), counted(|cut| cut.is_none())), (sent, kept));
    let page = std::fs::read_to_string(home.path().join("here/report.html")).unwrap();
    for kind in ["cuts-time", "cuts-rate"] {
        assert!(page.contains(&format!("data-kind=\"{kind}\"")), "no {kind}");
    }
}

/// The worse the channel, the more is run on the device.
#[test]
fn the_cut_moves_towards_the_device_as_the_channel_worsens() {
    for policy in ["split: {for: energy, coding: 8}", "adaptive-split: {for: latency, coding: 8}"] {
        let run_on_device = ["200 Mbps", "20 Mbps", "2 Mbps", "200 kbps", "20 kbps"].map(|rate| {
            let uplink = format!("uplink: {rate}");
            // A device on which the whole network takes a second.
            let slow = "hardware: {throughput: 10 MMAC/s, idle: 10 mW, busy: 200 mW}";
            let plan = with(
                &[policy],
                &[
                    ("uplink: 18.9 Mbps", &uplink),
                    ("hardware: raspberry-pi-4", slow),
                    ("radio: wifi", &format!("radio: {RADIO}")),
                    ("poisson: 2 /s", "poisson: 0.1 /s"),
                    ("duration: 20 s", "duration: 2 min"),
                ],
            );
            let requests = run(&plan, 2).requests;
            requests.iter().map(|record| f64::from(record.segments)).sum::<f64>() / requests.len() as f64
        });
        assert!(run_on_device.is_sorted(), "{policy}: {run_on_device:?}");
        assert!(run_on_device[0] < run_on_device[4], "{policy}: {run_on_device:?}");
    }
}

/// A cut beyond the network, one of a network whose steps are not known, too few bits: each with its place.
#[test]
fn cuts_that_cannot_be_are_errors() {
    let told = |policy: &str, edit: (&str, &str)| {
        let line = format!("  - {policy}");
        let text = small_scenario(&[("  - appealnet: {delta: 0.5}", &line), edit]);
        let source = Source::parse("split.yaml", text, ".".into(), &[]).unwrap();
        let scenario = source.scenario().map_err(|error| error.to_string());
        scenario
            .and_then(|scenario| resolve(&scenario, &source, networks()).map_err(|error| error.to_string()))
            .unwrap_err()
    };
    let same = ("seed: 1", "seed: 1");
    let steps = steps(Way::BIG);
    let beyond = format!("policies[2].split: network 'big' has {steps} steps and can be cut after 0, the input");
    let as_if = ("big: fmnist-big}", "big: fmnist-big, big-as-if: 4 GMAC}");
    for (policy, edit, what) in [
        ("split: {after: 99}", same, beyond.as_str()),
        ("split: {after: 3}", as_if, "'split after 3' cuts 'big', which is charged as"),
        ("split: {after: 3, coding: 9}", same, "policies[2].split.coding: bits: from 2 to 8"),
        (
            "split: {after: 3, for: energy}",
            same,
            "either `after`, a number of steps or a layer, or `for`: latency or energy",
        ),
        ("adaptive-split", same, "'adaptive-split' needs more than its name"),
        ("adaptive-split: {for: enrgy}", same, "policies[2].adaptive-split.for"),
    ] {
        let told = told(policy, edit);
        assert!(told.contains(what), "{policy}: {told}");
    }
}

/// Where nothing is lost, a cut has no way of its own.
#[test]
fn a_float_split_has_the_whole_network_s_answers() {
    assert_eq!(Way::BIG.across(4, Coding::FLOAT32.compressed()), Way::BIG);
    assert_ne!(Way::BIG.across(4, Coding::FLOAT16), Way::BIG);
    assert_eq!(Outlines::UNKNOWN.steps(Way::BIG), 0);
}
