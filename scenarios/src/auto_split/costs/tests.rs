use std::path::Path;

use inference::Dataset;

use super::*;
use crate::answers::Networks;
use crate::plan::{load_networks, resolve};
use crate::source::Source;

const SCENARIO: &str = "
name: costs
duration: 1 s
networks: {little: fmnist-little, big: fmnist-exits}
devices:
  - name: node
    hardware: {throughput: 1 GMAC/s, bandwidth: 100 MB/s, overhead: 10 us, layer-overhead: 1 us, integers: 3, idle: 1 W, busy: 2 W}
    link: wire
    arrivals: {poisson: 1 /s}
    payload: 1 kB
links: {wire: {radio: ethernet, uplink: 1 Mbps, downlink: 1 Mbps, rtt: 10 ms, transport: ideal}}
cloud: {hardware: t4}
policies: [local-only]
";

fn loaded(on_chip: &str) -> (Networks, Plan) {
    let text = SCENARIO.replace("integers: 3", &format!("integers: 3{on_chip}"));
    let source = Source::parse("costs.yaml", text, ".".into(), &[]).unwrap();
    let scenario = source.scenario().unwrap();
    let networks = load_networks(&scenario, &source, true).unwrap();
    let plan = resolve(&scenario, &source, &networks).unwrap();
    (networks, plan)
}

fn calibrated(name: &str, data: &Dataset) -> Calibrated {
    Calibrated::load(name, Path::new(""), data, 8).unwrap()
}

/// What is added up step by step is what the network with these widths takes: cut anywhere, in widths of every kind, asked
/// in any order.
#[test]
fn steps_add_up_to_the_network_that_has_these_widths() {
    for (name, on_chip) in [("fmnist-little", ""), ("fmnist-exits", ""), ("fmnist-little", ", on-chip: 2 kB")] {
        let (networks, plan) = loaded(on_chip);
        let calibrated = calibrated(name, &networks.data);
        let costs = ModelCosts::new(&calibrated, &plan, &plan.groups[0]).unwrap();
        let end = costs.steps.len();
        for salt in 0..12 {
            let cut = 1 + (salt * 7) % end;
            let mut widths = Widths { weights: vec![8; cut], values: vec![8; cut + 1] };
            let mut layers = vec![None; calibrated.layers().len()];
            for (number, layer) in calibrated.layers().iter().enumerate().filter(|(_, layer)| layer.step < cut) {
                let bits = |at: usize| 2 + ((number * 3 + at * 5 + salt) % 7) as u8;
                (widths.weights[layer.step], widths.values[layer.step + 1]) = (bits(0), bits(1));
                let [weights, activations] = [0, 1].map(|at| Bits::new(bits(at)).unwrap());
                layers[number] = Some(BitWidths { weights, activations });
            }
            let made = calibrated.network(&layers).unwrap();
            let before = made.layer_costs().partition_point(|layer| layer.step < cut);
            let takes = plan.groups[0].processor.time(&work_of(&made.layer_costs()[..before])).as_secs();
            // Spans are rounded up to whole nanoseconds.
            assert!((costs.device(&widths) - takes).abs() < 2e-9, "{name} {cut}");
        }
        let whole = plan.groups[0].processor.time(&work_of(costs.floats.layer_costs())).as_secs();
        assert!((costs.device(&Widths::floats(end)) - whole).abs() < 2e-9);
    }
}

/// A kilobyte at 1 Mbps takes 8 ms and its round trip 10 ms; half as many bits of what crosses take half as long.
#[test]
fn a_link_takes_what_its_rate_and_its_round_trip_do() {
    let (networks, plan) = loaded("");
    let calibrated = calibrated("fmnist-little", &networks.data);
    let costs = ModelCosts::new(&calibrated, &plan, &plan.groups[0]).unwrap();
    let answer = plan.groups[0].answer.get() * 8.0 / 1e6;
    assert!((costs.link(0, Sent::Input) - (8e-3 + 10e-3 + answer)).abs() < 1e-9, "{}", costs.link(0, Sent::Input));
    let beyond = |sent| costs.link(3, sent) - 10e-3 - answer;
    assert!((beyond(Sent::Bits(8)) / beyond(Sent::Bits(4)) - 2.0).abs() < 1e-9);
    assert!((beyond(Sent::Floats) / beyond(Sent::Bits(8)) - 4.0).abs() < 1e-9);
    assert_eq!((costs.link(costs.steps.len(), Sent::Answer), costs.server(costs.steps.len())), (0.0, 0.0));
}
