//! CO2 follows from energy and the carbon intensity of the grid, and is there only if that is known.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tests::small_scenario;

use crate::program::told;

/// Runs the small scenario with these edits, and returns the rows of its summary table.
fn summary(home: &Path, edits: &[(&str, &str)]) -> Vec<Value> {
    fs::write(home.join("scenario.yaml"), small_scenario(edits)).unwrap();
    told(home, &["run", "scenario.yaml", "--out", "here", "--summaries-only"]);
    told(home, &["export", "here", "--out", "summary.ndjson"]);
    let text = fs::read_to_string(home.join("summary.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// No CO2 here is below a nanogram but that which differs from 0 by rounding.
fn close(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-12 * expected + 1e-18, "{found}, not {expected}");
}

/// 360 g/kWh are 0.1 mg for each joule of a device, 36 g/kWh 0.01 mg for each of a server: in the table, run by run, and
/// in the comparison, with the interval of the energy.
#[test]
fn co2_is_energy_times_intensity() {
    let home = tempfile::tempdir().unwrap();
    let grid = ("seed: 1", "seed: 1\nreplications: 2\ngrid: {devices: 360 g/kWh, servers: 36 g/kWh}");
    let rows = summary(home.path(), &[grid]);
    assert_eq!(rows.len(), 6);
    for row in &rows {
        close(&row["co2_per_request_g"], row["energy_per_request_j"].as_f64().unwrap() * 1e-4);
        close(&row["cloud_co2_per_request_g"], row["cloud_energy_per_request_j"].as_f64().unwrap() * 1e-5);
    }
    let manifest: Value = serde_json::from_slice(&fs::read(home.path().join("here/manifest.json")).unwrap()).unwrap();
    for (number, row) in manifest["points"][0]["comparison"]["rows"].as_array().unwrap().iter().enumerate() {
        let of_policy = || rows.iter().filter(|run| run["policy"] == row["policy"]);
        let mean = |column: &str| of_policy().map(|run| run[column].as_f64().unwrap()).sum::<f64>() / 2.0;
        close(&row["co2_g"]["mean"], mean("co2_per_request_g"));
        close(&row["co2_with_servers_g"]["mean"], mean("co2_per_request_g") + mean("cloud_co2_per_request_g"));
        close(&row["co2_g"]["half_width"], row["energy_j"]["half_width"].as_f64().unwrap() * 1e-4);
        assert!(number > 0 || row["co2_g"]["mean"].as_f64() > Some(0.0));
    }
    let shown = told(home.path(), &["summary", "here"]);
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    for text in [shown, page] {
        assert!(text.contains("CO2 in all") && text.contains("CO2: of the devices' energy"), "{text}");
    }
}

#[test]
fn without_the_grid_nothing_is_said_of_co2() {
    let home = tempfile::tempdir().unwrap();
    let rows = summary(home.path(), &[]);
    assert!(rows.iter().all(|row| row.as_object().unwrap().keys().all(|column| !column.contains("co2"))));
    let manifest = fs::read_to_string(home.path().join("here/manifest.json")).unwrap();
    assert!(!manifest.contains("co2_") && !manifest.contains("\"grid\""), "{manifest}");
    let shown = told(home.path(), &["summary", "here"]);
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    assert!(!shown.contains("CO2") && !page.contains("CO2:") && !page.contains(">CO2<"), "{shown}");
}

/// Over a sweep of the grid, CO2 changes and nothing else does.
#[test]
fn a_sweep_of_the_grid_changes_co2_alone() {
    let home = tempfile::tempdir().unwrap();
    let sweep = ("policies:", "sweep: [{set: grid, to: [30 g/kWh, 1.2 kg/kWh]}]\npolicies:");
    let rows = summary(home.path(), &[sweep]);
    let (clean, dirty) = rows.split_at(3);
    for (clean, dirty) in clean.iter().zip(dirty) {
        assert_eq!((&clean["grid value"], &dirty["grid value"]), (&Value::from(30.0), &Value::from(1_200.0)));
        assert_eq!(
            (&clean["policy"], &clean["energy_per_request_j"]),
            (&dirty["policy"], &dirty["energy_per_request_j"])
        );
        close(&dirty["co2_per_request_g"], clean["co2_per_request_g"].as_f64().unwrap() * 40.0);
    }
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    assert!(page.contains("data-kind=\"sweep-co2\""));
}
