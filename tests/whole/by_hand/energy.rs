//! Where a device's joules go.

use super::{BASE, by_hand, close, run};

/// A radio with a promotion and a tail of two phases, and who pays for them.
#[test]
fn promotion_and_tail_are_paid_by_the_request_that_causes_them() {
    let radio = "radio:
      {idle: 100 mW, promotion: 100 ms, promotion-power: 2 W, active: 1 W, per-bit-up: 100 nJ/bit,
       per-bit-down: 50 nJ/bit, tail: [{for: 1 s, power: 500 mW}, {for: 3 s, power: 200 mW}]}";
    let start = BASE.find("radio:").unwrap();
    let end = BASE.find("    uplink").unwrap();
    let edits = [(BASE[start..end].trim_end(), radio)];
    let run = run(&by_hand("1 3 4 4.01 9", "offload-all", &edits));
    // 40 ms at a watt, and 320,000 bits.
    let sending = 0.04 + 0.032;
    // 1 ms at a watt, and 1,600 bits.
    let receiving = 0.001 + 0.00008;
    // Between sending and receiving: 10 ms each way, and 10 ms in the cloud.
    let between = 0.03 * 0.5;
    let expected = [
        // Connected at 1.1 s, answered at 1.171 s; then the tail until the next request at 3 s, 829 ms of it in the
        // second phase.
        ("idle", 0.2, sending, receiving, between + 1.0 * 0.5 + 0.829 * 0.2),
        // Answered at 3.071 s, and the tail until 4 s.
        ("tail", 0.0, sending, receiving, between + 0.929 * 0.5),
        // Its answer comes at 4.07 s, while the next request is sent, which pays for the radio being active, and for
        // the whole tail.
        ("tail", 0.0, sending, 0.00008, 0.0),
        ("active", 0.0, sending, receiving, between + 1.0 * 0.5 + 3.0 * 0.2),
        // The radio has been idle since 8.111 s. Answered at 9.171 s, and the run ends at 10 s.
        ("idle", 0.2, sending, receiving, between + 0.829 * 0.5),
    ];
    assert_eq!(run.requests.len(), expected.len());
    for (record, (radio, promotion, transmit, receive, tail)) in run.requests.iter().zip(expected) {
        let energy = record.energy;
        let found = [energy.promotion, energy.transmit, energy.receive, energy.tail];
        let same = found.into_iter().zip([promotion, transmit, receive, tail]).all(|(a, b)| close(a, b));
        assert!(same, "{record:?}, not {promotion}, {transmit}, {receive} and {tail} J");
        assert_eq!(record.radio, Some(radio));
        assert_eq!((energy.compute, energy.idle), (0.0, 0.0));
    }
    // The processor waits for ten seconds at a watt; the radio is idle for one second before the first request and from
    // 8.111 to 9 s.
    let device = &run.devices[0];
    assert!(close(device.energy.idle, 10.0 + 0.1 * 1.889), "{device:?}");
}

/// The uplink of 8 Mbps is beyond 5, the downlink of 1.6 Mbps within 2; in a cell, no more than that reaches the radio.
#[test]
fn rates_beyond_what_a_radio_was_fitted_to_are_said() {
    let told = |more: &str| {
        let fitted = ("per-bit-down: 0 nJ/bit,", "per-bit-down: 0 nJ/bit, fitted-up: 5 Mbps, fitted-down: 2 Mbps,");
        let uplink = format!("uplink: {more}");
        by_hand("1", "offload-all", &[fitted, ("uplink: 8 Mbps", &uplink)]).extrapolated()
    };
    let sentence = |high: &str| {
        format!(
            "links.wire: the uplink reaches {high}, but the power of its radio was fitted to at most 5 Mbps: the \
             energy of sending is extrapolated."
        )
    };
    assert_eq!(told("8 Mbps"), [sentence("8 Mbps")]);
    assert_eq!(
        told("{gilbert-elliott: {good: 6 Mbps, good-for: 1 s, bad: 0 bps, bad-for: 1 s}}"),
        [sentence("6 Mbps")]
    );
    assert_eq!(told("8 Mbps\n    cell: 5.5 Mbps"), [sentence("5.5 Mbps")]);
    assert!(told("5 Mbps").is_empty() && told("8 Mbps\n    cell: 4 Mbps").is_empty());
}

/// At twice the reference distance the signal has fallen to an eighth, which is wholly made up for: 80 mW instead of
/// 10. The amplifier draws 10 W for each watt, 800 mW instead of 100. The modem sends as fast as it can, 2 bit/s in
/// each of 4 million hertz, so that 40 kB take 40 ms as ever.
#[test]
fn a_distant_device_pays_for_its_transmit_power() {
    let uplink = "uplink:
      fading:
        way: [{after: 0 s, distance: 200 m}]
        snr: 40 dB
        at: 100 m
        exponent: 3
        line-of-sight: 1000
        coherence: 7 ms
        bandwidth: 4 MHz
        most-per-hertz: 2 bps/Hz
        power-control:
          at-reference: 10 mW
          most: 200 mW
          compensation: 100 %
          amplifier: [{sends: 0 W, draws: 0 W}, {sends: 200 mW, draws: 2 W}]";
    let edits = [("active: 0 W", "active: 200 mW"), ("uplink: 8 Mbps", uplink)];
    for battery in ["payload: 40 kB", "payload: 40 kB\n    battery: 1 kJ"] {
        let run = run(&by_hand("1 3", "offload-all", &[edits[0], edits[1], ("payload: 40 kB", battery)]));
        for record in &run.requests {
            let joules = 0.04 * (0.2 + 0.8 - 0.1);
            assert!(close(record.energy.transmit, joules), "{record:?}, not {joules} J");
        }
        assert!(close(run.devices[0].energy.transmit, 2.0 * 0.04 * 0.9), "{:?}", run.devices[0]);
    }
}

/// A processor that sleeps after a second and is off after two more.
#[test]
fn a_processor_that_rests_longer_wakes_more_slowly() {
    let rests = "payload: 40 kB
    rests:
      - {name: sleep, after: 1 s, power: 500 mW, wake: 100 ms, wake-power: 1.5 W}
      - {name: off, after: 2 s, power: 0 W, wake: 300 ms, wake-power: 2 W}";
    let run = run(&by_hand("2 6", "local-only", &[("payload: 40 kB", rests)]));
    // Asleep from 1 to 2 s, awake until a second after 2.3 s, asleep until 5.3 s and off until 6 s; awake again until a
    // second after 6.5 s, asleep until 9.5 s, and off. Idling takes a watt, and so it does while the processor wakes
    // up.
    let idle = 1.0 + 0.5 + 1.3 + 2.0 * 0.5 + 0.0 + 1.5 + 2.0 * 0.5 + 0.0;
    assert!(close(run.devices[0].energy.idle, idle), "{:?}, not {idle} J", run.devices[0]);
    // What waking draws beyond a watt, and 200 ms at two watts beyond that.
    for (request, (wakes, joules)) in run.requests.iter().zip([(100, 0.1 * 0.5 + 0.4), (300, 0.3 * 1.0 + 0.4)]) {
        assert_eq!(request.edge_start.map(|start| (start - request.arrival) / 1_000_000), Some(wakes));
        assert!(close(request.energy.compute, joules), "{request:?}, not {joules} J");
    }
}
