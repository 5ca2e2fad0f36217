//! Random scenarios of every kind.

use proptest::prelude::*;

const POLICIES: &str = "
policies:
  - local-only
  - offload-all
  - appealnet: {delta: 0.7}
  - appealnet: {delta: 0}
  - appealnet: {delta: 1}
  - confidence: {score: max-softmax, delta: 0.8}
  - confidence: {score: margin, delta: 0.6}
  - confidence: {score: entropy, delta: 0.6}
  - random: {appeal-rate: 30 %}
  - oracle
";

// Their places in the list.
pub const LOCAL_ONLY: usize = 0;
pub const OFFLOAD_ALL: usize = 1;
pub const DELTA_ZERO: usize = 3;
pub const DELTA_ABOVE_ALL: usize = 4;
pub const ORACLE: usize = 9;

const FADING: &str = "{fading: {way: [{after: 0 s, distance: 40 m}, {after: 4 s, distance: 900 m}], offset: random, \
                      snr: 25 dB, at: 100 m, exponent: 3.5, line-of-sight: 2, coherence: 30 ms, bandwidth: 2 MHz}}";
const RETRY: &str = "{attempts: 4, after: 250 ms, backoff: 100 ms, jitter: 50 %}";
const RETRY_SOON: &str = "{attempts: 3, after: 45 ms}";

/// Random scenarios: slow and fast devices that may sleep, every radio, crowded cells, lossy links, small queues,
/// batteries that run empty during the run, impatient devices, busy clouds.
pub fn any_scenario() -> impl Strategy<Value = String> {
    let device = (
        prop::sample::select(vec!["raspberry-pi-4", "cortex-m4", "{throughput: 5 MMAC/s, idle: 10 mW, busy: 200 mW}"]),
        prop::sample::select(vec![
            "{poisson: 2 /s}",
            "{poisson: 12 /s}",
            "{renewal: {gamma: {mean: 400 ms, shape: 0.4}}}",
            "{periodic: {every: 300 ms, jitter: 200 ms}}",
            "{bursts: {calm: 0 /s, calm-for: 1 s, busy: 20 /s, busy-for: 500 ms}}",
            "{seen: {event: passer-by, by: 70 %, after: {uniform: {from: 0 s, to: 900 ms}}}}",
        ]),
        prop::option::of(prop::sample::select(vec![
            "1 J",
            "20 J",
            "10 kJ",
            "{capacity: 40 J, usable: 50 %, drain: 100 mW}",
            "{capacity: 9 J, harvest: [300 mW, 5 W]}",
        ])),
        prop::option::of(prop::sample::select(vec!["30 ms", "400 ms", "3 s"])),
        prop::option::weighted(
            0.2,
            prop::sample::select(vec!["{noise: 0.3}", "{share: 0.4, blur: 2, occlusion: 0.5}"]),
        ),
        (
            0usize..5,
            prop::sample::select(vec![
                "random",
                "in-order",
                "{classes: {3: 5, 7: 0}}",
                "{drift: {from: {}, to: {0: 9}}}",
            ]),
        ),
        1u32..5,
    );
    let link = (
        prop::sample::select(vec!["wifi", "lte", "3g", "5g-nsa", "ethernet"]),
        prop::sample::select(vec![
            ("300 kbps", None),
            ("18.9 Mbps", None),
            ("300 kbps", Some("500 kbps")),
            ("18.9 Mbps", Some("5 Mbps")),
            ("18.9 Mbps", Some("{markov: [{rate: 5 Mbps, for: 1 s}, {rate: 0 bps, for: 300 ms}]}")),
            ("{gilbert-elliott: {good: 9 Mbps, good-for: 1 s, bad: 0 bps, bad-for: 500 ms}}", None),
            ("{lognormal: {median: 2 Mbps, p95: 9 Mbps, correlation: 1 s, every: 7 ms}}", None),
            (FADING, None),
        ]),
        prop::sample::select(vec![
            "1 Mbps",
            "{lognormal: {median: 1 Mbps, p95: 2 Mbps, correlation: 1 s, every: 1 ms}}",
        ]),
        prop::sample::select(vec!["20 ms", "{median: 30 ms, p95: 120 ms}"]),
        prop::sample::select(vec!["0 %", "5 %", "{share: 4 %, burst: 6}"]),
        prop::option::weighted(
            0.3,
            prop::sample::select(vec![
                "{hardware: {throughput: 90 MMAC/s, launch: 2 ms}, rtt: 4 ms, queue: 1}",
                "{hardware: cpu-8, servers: 2, batch: {max: 3, wait: 5 ms}, rtt: {median: 5 ms, p95: 40 ms}}",
            ]),
        ),
    );
    let cloud = (
        prop::sample::select(vec!["t4", "{throughput: 50 MMAC/s, launch: 1 ms}"]),
        1usize..3,
        1usize..5,
        prop::sample::select(vec![
            "",
            ", outages: {up-for: {exponential: 3 s}, down-for: 1 s}",
            ", queue: 1",
            ", scale: {most: 6, waiting: 1, cold-start: {exponential: 500 ms}, cool-down: 300 ms}",
        ]),
    );
    let manners = (
        prop::option::weighted(0.4, prop::sample::select(vec![RETRY, RETRY_SOON])),
        prop::option::weighted(
            0.3,
            Just(
                "[{name: sleep, after: 100 ms, power: 1 mW, wake: 70 ms, wake-power: 300 mW}, {name: off, after: 1 s, power: 0 W, wake: 400 ms, wake-power: 2 W}]",
            ),
        ),
        prop::option::weighted(0.2, Just("none")),
        prop::option::weighted(0.2, Just("appeal")),
    );
    (any::<u32>(), device, link, cloud, manners).prop_map(|(seed, device, link, cloud, manners)| {
        let (hardware, arrivals, battery, timeout, degrade, (queue, images), count) = device;
        let (radio, (uplink, cell), downlink, rtt, loss, edge) = link;
        let (server, servers, batch, outages) = cloud;
        let line =
            |key: &str, value: Option<&str>| value.map_or(String::new(), |value| format!("    {key}: {value}\n"));
        let (battery, timeout, cell) = (line("battery", battery), line("timeout", timeout), line("cell", cell));
        let (degrade, edge) = (line("degrade", degrade), line("edge", edge));
        let (retry, rests) = (line("retry", manners.0), line("rests", manners.1));
        let (fallback, full) = (line("fallback", manners.2), line("when-full", manners.3));
        format!(
            "name: random\nseed: {seed}\nduration: 10 s\nwarmup: 1 s\n\
             networks: {{little: fmnist-little, big: fmnist-big}}\nevents: {{passer-by: {{poisson: 5 /s}}}}\n\
             devices:\n  - name: device\n    count: {count}\n    hardware: {hardware}\n    link: link\n    \
             arrivals: {arrivals}\n    images: {images}\n    payload: 5 kB\n    deadline: 100 ms\n    \
             queue: {queue}\n{battery}{timeout}{degrade}{retry}{rests}{fallback}{full}\
             links:\n  link:\n    radio: {radio}\n    uplink: {uplink}\n    downlink: {downlink}\n    rtt: {rtt}\n    \
             loss: {loss}\n{cell}{edge}\
             cloud: {{hardware: {server}, servers: {servers}, batch: {{max: {batch}, wait: 20 ms}}{outages}}}{POLICIES}"
        )
    })
}
