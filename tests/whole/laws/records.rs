//! What must hold of the records of every run.

use analysis::{DeviceRecord, Outcome, RequestRecord};
use device_models::Loss;
use scenarios::plan::{Group, Plan, Route, Size};
use scenarios::policies::{PolicySpec, Strategy};
use tests::Records;

/// The group of a device.
pub fn group(plan: &Plan, device: u32) -> &Group {
    &plan.groups[plan.group_of(device)]
}

/// The requests of a device.
pub fn requests_of(run: &Records, device: u32) -> impl Iterator<Item = &RequestRecord> {
    run.requests.iter().filter(move |request| request.device == device)
}

/// All of these laws, for a run of `policy`.
pub fn keep_the_laws(plan: &Plan, policy: &PolicySpec, run: &Records) {
    let routes: Vec<Route> = plan.groups.iter().map(|group| plan.route(&policy.strategy, group)).collect();
    every_request_leaves_one_record(plan, &policy.strategy, run);
    stamps_never_go_back(run);
    a_processor_does_one_thing_at_a_time(plan, &routes, run);
    deadlines_are_met_or_missed(plan, run);
    bytes_are_those_of_the_transfers(plan, &routes, run);
    energy_is_conserved(plan, run);
    dead_devices_are_silent(run);
}

/// Conservation: every request that arrived is recorded once, however it ended.
fn every_request_leaves_one_record(plan: &Plan, strategy: &Strategy, run: &Records) {
    assert_eq!(run.devices.iter().map(|d| d.requests).sum::<u64>(), run.requests.len() as u64);
    for (number, request) in run.requests.iter().enumerate() {
        assert_eq!(request.request as usize, number);
        let answered =
            matches!(request.outcome, Outcome::Edge | Outcome::Cloud | Outcome::TimedOutEdge | Outcome::RefusedEdge);
        // It may give up while it is prepared, or waits for that.
        let prepared = group(plan, request.device).prepare.is_none() || request.prepare_done.is_some();
        assert_eq!(request.appealed && prepared, request.attempts > 0, "{request:?}");
        assert!(request.retried.is_none() || request.attempts > 1, "{request:?}");
        assert_eq!(request.answer.is_some(), answered, "{request:?}");
        assert_eq!(request.end.is_none(), request.outcome == Outcome::Unfinished, "{request:?}");
        match request.outcome {
            Outcome::Edge | Outcome::TimedOutEdge | Outcome::RefusedEdge => {
                assert_eq!(request.answer, request.edge_class);
                assert_eq!(
                    request.correct(),
                    if request.way == Some(0) { request.little_right } else { request.big_right }
                );
            }
            Outcome::Cloud => {
                assert_eq!(request.answer, request.cloud_class);
                // What was lost in a coding may have changed the answer.
                let sent = &strategy.offloads[usize::from(request.offload.unwrap())];
                let is_exact = sent.known_way().is_none_or(|way| way.crossing().is_none());
                let right = if request.way == Some(0) { request.little_right } else { request.big_right };
                assert!(!is_exact || request.correct() == right, "{request:?}");
            }
            _ => {}
        }
    }
}

fn stamps_never_go_back(run: &Records) {
    for request in &run.requests {
        if let (Some(latency), Some(parts)) = (request.latency(), request.parts()) {
            assert!((parts.total() - latency).abs() < 1e-12 + 1e-9 * latency, "{request:?}: {parts:?}");
            assert!(parts.named().iter().all(|(_, seconds)| *seconds >= 0.0));
        }
        let stamps: Vec<u64> = request.stamps().chain(request.end).collect();
        assert!(stamps.is_sorted(), "{request:?}");
        if let Some(received) = request.receive_start {
            assert!(request.answer_arrival.is_some_and(|came| came <= received), "{request:?}");
            assert!(request.end.is_none_or(|end| received <= end), "{request:?}");
        }
        assert!(request.outcome != Outcome::Cloud || request.receive_start.is_some(), "{request:?}");
    }
}

/// It lets a request enter a network, or prepares one to be sent. All of it takes as long as the plan says, whatever has
/// become of the request; only a pipeline lets the next one enter before the answer. Segments of a network are run one
/// after the other, so that nothing comes between them, but in a pipeline.
fn a_processor_does_one_thing_at_a_time(plan: &Plan, routes: &[Route], run: &Records) {
    for device in &run.devices {
        let (group, route) = (group(plan, device.device), &routes[plan.group_of(device.device)]);
        let entering = |request: &RequestRecord| {
            let (start, first) = (request.edge_start?, route.segments.first()?.interval.as_nanos());
            let all = match request.edge_done {
                Some(done) if request.segments > 1 && !group.processor.is_pipelined() => done - start,
                _ => first,
            };
            Some((start, all))
        };
        let preparing = |request: &RequestRecord| Some((request.prepare_start?, group.prepare?.time.as_nanos()));
        let mut doing: Vec<(u64, u64)> = requests_of(run, device.device)
            .flat_map(|request| entering(request).into_iter().chain(preparing(request)))
            .collect();
        doing.sort_unstable();
        for pair in doing.windows(2) {
            assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{pair:?} of {device:?}");
        }
    }
}

/// A request met its deadline if an answer came by then, and missed it if none had come when it was over. Without a
/// deadline, or while it is not over when the run is, neither is known.
fn deadlines_are_met_or_missed(plan: &Plan, run: &Records) {
    let over = plan.duration.as_nanos();
    for request in &run.requests {
        let met = group(plan, request.device).deadline.and_then(|deadline| {
            let due = request.arrival + deadline.as_nanos();
            match (request.end, request.answer) {
                (Some(end), Some(_)) => Some(end <= due),
                (Some(_), None) => Some(false),
                (None, _) => (due < over).then_some(false),
            }
        });
        assert_eq!(request.in_time, met, "{request:?}");
    }
}

/// What is sent once over a link without losses is the payload, or what crosses the cut; losses only add to it, and all
/// bytes are of some request.
fn bytes_are_those_of_the_transfers(plan: &Plan, routes: &[Route], run: &Records) {
    for device in &run.devices {
        let sent: u64 = requests_of(run, device.device).map(|request| request.uplink_bytes).sum();
        assert_eq!(sent, device.uplink_bytes, "{device:?}");
    }
    for request in &run.requests {
        let group = group(plan, request.device);
        let lossless = plan.links[group.link].link.loss == Loss::NONE;
        let offloads = &routes[plan.group_of(request.device)].offloads;
        let payload = request.offload.map(|offload| offloads[usize::from(offload)].payload);
        // What is compressed has some size, but no more than without.
        let (least, most) = match payload {
            Some(Size::Fixed(size)) => (size.get().round() as u64, size.get().round() as u64),
            Some(Size::Measured { at_most, .. }) => (1, at_most.get().round() as u64),
            Some(Size::Recorded(_)) => (0, u64::MAX),
            None => (0, 0),
        };
        let answer = group.answer.get().round() as u64;
        let (sent, came) = (request.uplink_bytes, request.downlink_bytes);
        if request.send_done.is_some() {
            assert!(sent >= least + request.resent_bytes, "{request:?}");
        }
        if request.outcome == Outcome::Cloud {
            assert!(came >= answer, "{request:?}");
        }
        if lossless {
            assert_eq!((request.resent_bytes, request.recovery), (0, 0), "{request:?}");
            assert!(sent <= u64::from(request.attempts) * most, "{request:?}");
            assert!(came == 0 || came == answer, "{request:?}");
        }
    }
}

/// What requests are charged sums to what their device spent on each component, and all that devices spent came from
/// their batteries.
fn energy_is_conserved(plan: &Plan, run: &Records) {
    for device in &run.devices {
        let mut booked = analysis::EnergyParts::default();
        requests_of(run, device.device).for_each(|request| booked += request.energy);
        assert_eq!(booked.idle, 0.0);
        for ((name, booked), (_, spent)) in booked.named().into_iter().zip(device.energy.named()) {
            let close = (booked - spent).abs() <= 1e-9 * spent;
            assert!(name == "idle" || close, "{name}: {booked} J of {spent} J are booked, {device:?}");
        }
        assert!((booked.total() - device.attributed).abs() <= 1e-9 * booked.total(), "{device:?}");
        drawn_from_the_battery(device, group(plan, device.device));
    }
}

/// A device gets its battery's efficiency of what is drawn for it; the rest is lost in conversion.
fn drawn_from_the_battery(device: &DeviceRecord, group: &Group) {
    let (Some(battery), Some(of)) = (device.battery, &group.battery) else {
        return assert!(device.battery.is_none() && group.battery.is_none());
    };
    let efficiency = of.efficiency();
    let lost = device.energy.total() * (1.0 / efficiency - 1.0);
    assert!((battery.lost_in_conversion - lost).abs() <= 1e-9 * device.energy.total(), "{lost} J, {device:?}");
    let came = battery.usable + battery.harvested;
    let went = device.energy.total() / efficiency + battery.drained + battery.spilled;
    match device.died {
        // It dies at the first whole nanosecond after the exact instant; nothing here draws 100 W.
        Some(_) => {
            let overdrawn = went - came;
            assert!(overdrawn >= -1e-9 * came && overdrawn <= 1e-9 * came + 1e-9 * 100.0, "{overdrawn} J, {device:?}");
            assert_eq!(battery.left, 0.0, "{device:?}");
        }
        None => assert!((came - went - battery.left).abs() <= 1e-9 * came, "{device:?}"),
    }
}

fn dead_devices_are_silent(run: &Records) {
    for device in &run.devices {
        let Some(died) = device.died else { continue };
        for request in requests_of(run, device.device) {
            assert!(request.end.is_some(), "{request:?}");
            let late = request.arrival > died;
            assert!(!late || request.outcome == Outcome::DeviceDead, "{request:?}");
            assert!(late || request.end.is_some_and(|end| end <= died), "{request:?} of a device that died at {died}");
        }
    }
}

/// Arrivals, images and channels are the same under any two policies; what is lost depends on how much is sent.
pub fn chance_does_not_depend_on_the_policy(one: &Records, other: &Records) {
    assert_eq!(one.requests.len(), other.requests.len());
    for (a, b) in one.requests.iter().zip(&other.requests) {
        assert_eq!((a.arrival, a.device, a.image, a.label), (b.arrival, b.device, b.image, b.label));
        assert_eq!((a.degradation, a.little_right, a.big_right), (b.degradation, b.little_right, b.big_right));
        let alike = [a, b].iter().all(|request| request.cut.is_none_or(|cut| cut == 0));
        if alike && a.send_done.is_some() && b.send_done.is_some() && (a.attempts, b.attempts) == (1, 1) {
            assert_eq!(a.uplink_bytes, b.uplink_bytes);
        }
        if let (Some(a_sent), Some(a_came), Some(b_sent), Some(b_came)) =
            (a.send_done, a.cloud_arrival, b.send_done, b.cloud_arrival)
            && alike
            && (a.attempts, a.tier) == (b.attempts, b.tier)
        {
            assert_eq!(a_came - a_sent, b_came - b_sent);
        }
    }
}
