//! Times and energies that were measured, in place of what models make of the work.

use std::fs;

use scenarios::policies::Calibration;
use tests::{plan, records, small_scenario};

use crate::program::appealsim;

const DEVICE: (&str, &str) =
    ("    link: wifi\n", "    link: wifi\n    measured: {little: {time: 20 ms, energy: 100 mJ}}\n");
const CLOUD: (&str, &str) = (
    "cloud: {hardware: t4}",
    "cloud: {hardware: t4, measured: {big: {1: 30 ms, 4: 60 ms}}, batch: {max: 4, wait: 100 ms}}",
);

/// Each pass takes what was measured, and what it spends beyond idling is booked to its request.
#[test]
fn passes_take_what_was_measured() {
    let plan = plan(&small_scenario(&[DEVICE, CLOUD]));
    let run = |policy: usize| records(&plan, &plan.policies[policy].build(&Calibration::NONE).unwrap(), 0);
    let local = run(0);
    let idle = plan.groups[0].processor.idle.get();
    let mut passes = 0;
    for request in local.requests.iter().filter(|request| request.answer.is_some()) {
        assert_eq!(request.edge_done.unwrap() - request.edge_start.unwrap(), 20_000_000);
        let beyond = 0.1 - idle * 0.02;
        assert!((request.energy.compute - beyond).abs() < 1e-9, "{} of {beyond}", request.energy.compute);
        passes += 1;
    }
    assert!(passes > 50);
    let offload = run(1);
    let mut sizes = [0; 5];
    for request in offload.requests.iter().filter(|request| request.answer.is_some()) {
        let size = request.batch.unwrap();
        sizes[size as usize] += 1;
        let takes = request.cloud_done.unwrap() - request.cloud_start.unwrap();
        assert_eq!(takes, 20_000_000 + 10_000_000 * u64::from(size), "a batch of {size}");
    }
    assert!(sizes[1] > 0 && sizes[2] > 0, "{sizes:?}");
}

#[test]
fn measurements_that_cannot_be_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let refused = |edits: &[(&str, &str)]| {
        fs::write(home.path().join("scenario.yaml"), small_scenario(edits)).unwrap();
        let output = appealsim(home.path(), &["run", "scenario.yaml"]).assert().code(2).get_output().clone();
        let text = String::from_utf8(output.stderr).unwrap();
        text.replace("\n  │ ", " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let device =
        |measured: &str| refused(&[("    link: wifi\n", &format!("    link: wifi\n    measured: {measured}\n"))]);
    let told = device("{litle: {time: 20 ms}}");
    assert!(told.contains("unknown network 'litle'") && told.contains("did you mean 'little'?"), "{told}");
    let told = device("{little: {time: 20 ms, energy: 1 mJ}}");
    assert!(told.contains("comes to 0.050 W, which is below idling"), "{told}");
    let told = device("{little: {time: 20 ms, energy: 1 J, power: 3 W}}");
    assert!(told.contains("give energy or power, not both"), "{told}");
    let told = refused(&[(CLOUD.0, &CLOUD.1.replace("max: 4", "max: 5"))]);
    assert!(told.contains("batches of up to 5 form, but none of more than 4 was measured"), "{told}");
    let told = refused(&[CLOUD, ("  - appealnet: {delta: 0.5}", "  - split: {after: 3}")]);
    assert!(told.contains("cuts 'big', of which nothing but a whole pass was measured"), "{told}");
}
