//! What meters and records say, against what a slow twin sees devices do from event to event.
//!
//! The twin is exact but for the last bit of a transfer, which is through at a whole nanosecond, up to one too late: at
//! 100 Mbps, which nothing here exceeds, that is a tenth of a bit.

use analysis::{DeviceRecord, EnergyParts};
use scenarios::plan::Plan;
use scenarios::world::{Watched, WatchedDevice};
use tests::Records;

use super::records::{group, requests_of};

/// Relative error of sums of many floating-point numbers.
const ROUNDING: f64 = 1e-9;

/// Bits of a transfer that its end is too late for.
const LAST_BIT: f64 = 0.1;

/// Joules by component, bytes, and the times requests were under way: all as the twin saw them.
pub fn agrees_with_the_twin(plan: &Plan, run: &Records, watched: &Watched) {
    for (device, twin) in run.devices.iter().zip(&watched.devices) {
        let transfers = requests_of(run, device.device).map(|request| f64::from(request.attempts)).sum();
        every_component_agrees(plan, device, &twin.energy, transfers);
        bytes_agree(plan, run, device, twin, transfers);
    }
    under_way_agrees(plan, run, watched.under_way);
}

fn every_component_agrees(plan: &Plan, device: &DeviceRecord, twin: &EnergyParts, transfers: f64) {
    let radio = &plan.links[group(plan, device.device).link].radio;
    for ((name, metered), (_, twin)) in device.energy.named().into_iter().zip(twin.named()) {
        let a_bit = match name {
            "transmit" => radio.per_bit_up.get(),
            "receive" => radio.per_bit_down.get(),
            _ => 0.0,
        };
        let within = ROUNDING * metered.max(twin) + a_bit * LAST_BIT * transfers;
        assert!((metered - twin).abs() <= within, "{name}: {metered} J, and {twin} J by the twin; {device:?}");
    }
}

/// What records say was transferred is what went over the link; each transfer is recorded in whole bytes.
fn bytes_agree(plan: &Plan, run: &Records, device: &DeviceRecord, twin: &WatchedDevice, transfers: f64) {
    let within = |bits: f64| ROUNDING * bits + (4.0 + LAST_BIT) * transfers;
    let (mut up, mut down) = (0.0, 0.0);
    for request in requests_of(run, device.device) {
        up += 8.0 * request.uplink_bytes as f64;
        down += 8.0 * request.downlink_bytes as f64;
    }
    assert!((up - twin.up_bits).abs() <= within(up), "{up} bits up, {twin:?}");
    // An answer that is still coming when the run ends or the device dies is not counted; losses may have lengthened it.
    let coming = 20.0 * 8.0 * group(plan, device.device).answer.get();
    assert!(down <= twin.down_bits + within(down), "{down} bits down, {twin:?}");
    assert!(down >= twin.down_bits - within(down) - coming, "{down} bits down, {twin:?}");
}

/// Little's law (1961) on one sample path, without any expectation: the integral over time of the number of requests
/// under way is the sum of the times that each was.
fn under_way_agrees(plan: &Plan, run: &Records, integral: f64) {
    let over = plan.duration.as_nanos();
    let spent: u64 = run.requests.iter().map(|request| request.end.unwrap_or(over) - request.arrival).sum();
    let spent = spent as f64 * 1e-9;
    assert!((spent - integral).abs() <= ROUNDING * spent, "{spent} s by the records, {integral} s by the twin");
}
