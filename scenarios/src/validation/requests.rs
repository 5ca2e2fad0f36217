//! Requests that were worked out by hand, from the figures of the presets' sources: latency, and energy by what it is
//! spent on.

use analysis::RequestRecord;

use super::twins::with_run;
use super::{ValidationError, digits};

/// A request of a device by itself, on a link that neither loses nor delays anything at random.
struct Request {
    name: &'static str,
    scenario: String,
    /// Which request of the run it is.
    number: usize,
    /// Its latency in milliseconds, and the millijoules that it spends on computing, promotion, sending, receiving and
    /// the tail.
    by_hand: [f64; 6],
}

/// The cloud takes 10.7 ms for 4.1 G MACs on a T4, and its answer has 200 bytes.
const CLOUD: f64 = 10.7;

/// Bits of an answer.
const ANSWER: f64 = 1600.0;

/// A device with this hardware and policy that makes a request every so often, on this link.
fn scenario(policy: &str, hardware: &str, every: &str, payload: &str, link: &str, transport: &str) -> String {
    format!(
        "name: by-hand\nduration: 100 s\n\
         networks: {{little: fmnist-little, big: fmnist-big, little-as-if: 19 MMAC, big-as-if: 4.1 GMAC}}\n\
         devices:\n  - {{name: device, hardware: {hardware}, link: link, arrivals: {{periodic: {{every: {every}}}}}, \
         payload: {payload}, answer: 200 B}}\n\
         links:\n  link: {{{link}, transport: {transport}}}\ncloud: {{hardware: t4}}\npolicies: [{policy}]\n"
    )
}

/// What a transfer of `bits` at `mbps` takes in milliseconds, and in millijoules at `watts` and `nanojoules` a bit.
fn transfer(bits: f64, mbps: f64, watts: f64, nanojoules: f64) -> (f64, f64) {
    let millis = bits / mbps / 1e3;
    (millis, watts * millis + bits * nanojoules / 1e6)
}

fn requests() -> [Request; 7] {
    let appeal = |every, payload, link| scenario("offload-all", "raspberry-pi-4", every, payload, link, "ideal");
    // Nothing is sent, and 19 M MACs at 19 G a second take a millisecond, after 50 us for the call and 5 for its layer.
    let local = Request {
        name: "kept by a Raspberry Pi 4: 19 M MACs",
        scenario: scenario("local-only", "raspberry-pi-4", "30 s", "40 kB", WIFI, "ideal"),
        number: 0,
        by_hand: [1.055, 1.055 * (6.4 - 2.8), 0.0, 0.0, 0.0, 0.0],
    };
    // Wi-Fi of 2012 wakes at once; it listens for 250 ms after a transfer, and between sending and receiving.
    let ((sending, sent), (receiving, received)) =
        (transfer(320e3, 18.9, 0.132_86, 283.17), transfer(ANSWER, 40.0, 0.132_86, 137.01));
    let between = 23.0 + CLOUD;
    let wifi = Request {
        name: "40 kB over `wifi`, 18.9 Mbps and 23 ms",
        scenario: appeal("30 s", "40 kB", WIFI),
        number: 0,
        by_hand: [sending + between + receiving, 0.0, 0.0, sent, received, 0.132_86 * (between + 250.0)],
    };
    // The same on a new connection: two round trips to open it, and of the round trip in which ten packets of 1,460
    // bytes are sent, all but the nine packets after the first. The radio is active meanwhile.
    let opening = 2.0 * 23.0 + (23.0 - 9.0 * 11_680.0 / 18.9e3);
    let new = Request {
        name: "the same on a new connection with TLS 1.3",
        scenario: scenario("offload-all", "raspberry-pi-4", "30 s", "40 kB", WIFI, "tcp-tls-1.3"),
        number: 0,
        by_hand: [
            opening + sending + between + receiving,
            0.0,
            0.0,
            0.132_86 * opening + sent,
            received,
            0.132_86 * (between + 250.0),
        ],
    };
    // LTE of 2012 is promoted from idle, and waits for the answer within its inactivity timer of 100 ms.
    let ((sending, sent), (receiving, received)) =
        (transfer(320e3, 5.85, 1.2, 438.39), transfer(ANSWER, 13.0, 1.2, 51.97));
    let between = 89.0 + CLOUD;
    let tail = 100.0 * 1.2 + 20.0 * 1.122 + 10_000.0 * 1.091;
    let lte = Request {
        name: "40 kB over `lte` from idle, 5.85 Mbps and 89 ms",
        scenario: appeal("30 s", "40 kB", LTE),
        number: 0,
        by_hand: [260.0 + sending + between + receiving, 0.0, 260.0 * 1.21, sent, received, 1.2 * between + tail],
    };
    // Five seconds after another one it is still connected, and so will the next one be, five seconds later.
    let (sending, sent) = transfer(80e3, 5.85, 1.2, 438.39);
    let latency = sending + between + receiving;
    let in_tail = Request {
        name: "10 kB over `lte` within the tail, 5 s after another",
        scenario: appeal("5 s", "10 kB", LTE),
        number: 1,
        by_hand: [
            latency,
            0.0,
            0.0,
            sent,
            received,
            1.2 * between + 100.0 * 1.2 + 20.0 * 1.122 + (5_000.0 - latency - 120.0) * 1.091,
        ],
    };
    // 5G: 320 ms until LTE carries data; 100 ms of inactivity and 10.6 s connected.
    let ((sending, sent), (receiving, received)) =
        (transfer(640e3, 40.0, 3.2, 32.2), transfer(ANSWER, 78.0, 3.2, 11.5));
    let between = 67.0 + CLOUD;
    let nsa = Request {
        name: "80 kB over `5g-nsa` from idle, 40 Mbps and 67 ms",
        scenario: appeal("30 s", "80 kB", "radio: 5g-nsa, uplink: 40 Mbps, downlink: 78 Mbps, rtt: 67 ms"),
        number: 0,
        by_hand: [
            320.0 + sending + between + receiving,
            0.0,
            320.0 * 0.8,
            sent,
            received,
            3.2 * (between + 100.0) + 0.25 * 10_600.0,
        ],
    };
    // LTE-M: 105 mJ to connect, nearly two seconds of sending, and a second until it is released.
    let ((sending, sent), (receiving, received)) = (transfer(320e3, 0.18, 0.4, 0.0), transfer(ANSWER, 0.18, 0.4, 0.0));
    let between = 100.0 + CLOUD;
    let lte_m = Request {
        name: "40 kB over `lte-m` from idle, 180 kbps and 100 ms",
        scenario: appeal("30 s", "40 kB", "radio: lte-m, uplink: 180 kbps, downlink: 180 kbps, rtt: 100 ms"),
        number: 0,
        by_hand: [
            1_500.0 + sending + between + receiving,
            0.0,
            1_500.0 * 0.07,
            sent,
            received,
            0.17 * (between + 1_000.0),
        ],
    };
    [local, wifi, new, lte, in_tail, nsa, lte_m]
}

const WIFI: &str = "radio: wifi, uplink: 18.9 Mbps, downlink: 40 Mbps, rtt: 23 ms";
const LTE: &str = "radio: lte, uplink: 5.85 Mbps, downlink: 13 Mbps, rtt: 89 ms";

/// Latency in milliseconds and millijoules by part, as simulated.
fn simulated(request: &Request) -> Result<[f64; 6], ValidationError> {
    let mut records: Vec<RequestRecord> = Vec::new();
    with_run(&request.scenario, |run| run.run(&mut |record, _| records.push(record)))?;
    let record = records.get(request.number);
    let record = record.ok_or_else(|| ValidationError::Missing(format!("request {}", request.number)))?;
    let latency = record.end.unwrap_or(record.arrival) - record.arrival;
    let energy = &record.energy;
    let joules = [energy.compute, energy.promotion, energy.transmit, energy.receive, energy.tail].map(|j| j * 1e3);
    Ok([latency as f64 / 1e6, joules[0], joules[1], joules[2], joules[3], joules[4]])
}

/// The section of the page.
pub fn section() -> Result<String, ValidationError> {
    let mut text = String::from(
        "\n## Requests by hand\n\nOne request of one device, simulated / worked out by hand from the figures of \
         the presets' sources (`scenarios/src/validation/requests.rs`). The cloud is a T4 with ResNet-50, the answer \
         has 200 bytes.\n\n| | latency ms | computing mJ | promotion mJ | sending mJ | receiving mJ | tail mJ \
         |\n|---|---|---|---|---|---|---|\n",
    );
    for request in requests() {
        text += &format!("| {} |", request.name);
        for (simulated, by_hand) in simulated(&request)?.into_iter().zip(request.by_hand) {
            text += &format!(" {} / {} |", digits(simulated), digits(by_hand));
        }
        text += "\n";
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// To a few nanoseconds, by which transfers are rounded up, and what is drawn meanwhile.
    #[test]
    fn requests_are_what_they_are_by_hand() {
        for request in requests() {
            let simulated = simulated(&request).unwrap();
            let same =
                simulated.iter().zip(request.by_hand).all(|(simulated, by_hand)| (simulated - by_hand).abs() < 1e-4);
            assert!(same, "{}: {simulated:?}, by hand {:?}", request.name, request.by_hand);
        }
    }
}
