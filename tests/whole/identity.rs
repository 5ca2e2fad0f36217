//! Points of a sweep share answers and calibrations if, and only if, these depend on the same things.
//!
//! One sweep holds a point for every field that may matter, each of which differs from the first point only in that
//! field. If one of them were given what belongs to another, its rows would differ from those of the same point run
//! without memory, or run alone.

use std::collections::BTreeMap;
use std::fs;
use std::future::pending;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use inference::dataset::fashion_mnist;
use scenarios::experiment::{Options, Study, run};
use scenarios::schema::json_schema;
use scenarios::source::Source;
use serde_json::{Value, json};

use crate::same_bytes::files;

const BASE: &str = "
name: identity
duration: 4 s
dataset: images
networks: {little: fmnist-little, big: fmnist-big}
events:
  passer-by: {poisson: 2 /s}
  car: {poisson: 1 /s}
devices:
  - {name: camera, count: 2, hardware: raspberry-pi-4, link: wifi, arrivals: {poisson: 3 /s}, degrade: {share: 0.7, noise: 0.3}}
  - {name: door, count: 1, hardware: raspberry-pi-4, link: wifi, arrivals: {seen: {event: passer-by}}, images: in-order}
links:
  wifi: {radio: wifi, uplink: 18.9 Mbps, downlink: 40 Mbps, rtt: {median: 20 ms, p95: 45 ms}, loss: 5 %}
  lte: {radio: lte, uplink: 5 Mbps, downlink: 10 Mbps, rtt: {median: 60 ms, p95: 70 ms}}
cloud: {hardware: t4}
policies:
  - local-only
  - offload-all
  - appealnet: {appeal-rate: 30 %}
  - random: {appeal-rate: 30 %}
";

/// A place in the file, its value at the first point, and its value at the point of its own.
fn fields() -> Vec<(&'static str, Value, Value)> {
    let degrade = json!({"share": 0.7, "noise": 0.3});
    let degraded = |field: &str, value: f64| {
        let mut degrade = degrade.clone();
        degrade[field] = json!(value);
        degrade
    };
    let camera = [
        ("name", json!("camera"), json!("cam")),
        ("count", json!(2), json!(3)),
        ("hardware", json!("raspberry-pi-4"), json!("raspberry-pi-5")),
        ("point", Value::Null, json!("1-core")),
        ("measured", json!({}), json!({"little": {"time": "20 ms"}})),
        (
            "rests",
            Value::Null,
            json!([{"name": "sleep", "after": "10 ms", "power": "1 W", "wake": "5 ms", "wake-power": "3 W"}]),
        ),
        ("battery", Value::Null, json!("8 J")),
        ("link", json!("wifi"), json!("lte")),
        ("arrivals", json!({"poisson": "3 /s"}), json!({"poisson": "3.5 /s"})),
        ("arrivals", json!({"poisson": "3 /s"}), json!({"seen": {"event": "passer-by"}})),
        ("arrivals", json!({"poisson": "3 /s"}), json!({"seen": {"event": "passer-by", "by": "50 %"}})),
        ("arrivals", json!({"poisson": "3 /s"}), json!({"seen": {"event": "car"}})),
        ("images", json!("random"), json!("in-order")),
        ("images", json!("random"), json!({"classes": {"6": 0}})),
        ("images", json!("random"), json!({"classes": {"7": 0}})),
        ("images", json!("random"), json!({"classes": {"7": 0.5}})),
        ("images", json!("random"), json!({"drift": {"from": {"6": 0}, "to": {"7": 0}}})),
        ("images", json!("random"), json!({"drift": {"from": {"7": 0}, "to": {"6": 0}}})),
        ("degrade", degrade.clone(), Value::Null),
        ("degrade", degrade.clone(), degraded("share", 0.6)),
        ("degrade", degrade.clone(), degraded("noise", 0.300_000_1)),
        ("degrade", degrade.clone(), degraded("blur", 1.0)),
        ("degrade", degrade.clone(), degraded("occlusion", 0.5)),
        ("degrade", degrade.clone(), degraded("low-light", 0.5)),
        ("prepare", Value::Null, json!({"time": "10 ms"})),
        ("payload", Value::Null, json!("40 kB")),
        ("answer", json!("200 B"), json!("3 kB")),
        ("deadline", Value::Null, json!("25 ms")),
        ("timeout", json!("60 ms"), json!("45 ms")),
        ("retry", Value::Null, json!({"attempts": 3, "after": "15 ms"})),
        ("fallback", json!("edge"), json!("none")),
        ("queue", json!(0), json!(16)),
        ("when-full", json!("reject"), json!("appeal")),
    ];
    let others = [
        ("seed", json!(1), json!(2)),
        ("duration", json!("4 s"), json!("5 s")),
        ("warmup", json!("0 s"), json!("1 s")),
        ("dataset", json!("images"), json!("other-images")),
        ("networks.little", json!("fmnist-little"), json!("fmnist-field-little")),
        ("networks.big", json!("fmnist-big"), json!("fmnist-field-big")),
        ("networks.little-as-if", json!("500 MMAC"), json!("400 MMAC")),
        ("networks.big-as-if", Value::Null, json!("9 GMAC")),
        ("events.passer-by", json!({"poisson": "2 /s"}), json!({"poisson": "2.5 /s"})),
        ("events.passer-by", json!({"poisson": "2 /s"}), json!({"periodic": {"every": "300 ms"}})),
        ("devices.1.images", json!("in-order"), json!({"classes": {"6": 0}})),
        ("calibrate-on", Value::Null, json!({"images": {"classes": {"6": 0}}})),
        ("calibrate-on", Value::Null, json!({"images": {"classes": {"7": 0}}})),
        ("calibrate-on", Value::Null, json!({"degrade": {"blur": 1}})),
        ("links.wifi.loss", json!("5 %"), json!("6 %")),
        ("links.wifi.rtt", json!({"median": "20 ms", "p95": "45 ms"}), json!({"median": "20 ms", "p95": "40 ms"})),
        (
            "links.wifi.uplink",
            json!("18.9 Mbps"),
            json!({"gilbert-elliott":
            {"good": "18.9 Mbps", "good-for": "1 s", "bad": "1 Mbps", "bad-for": "1 s"}}),
        ),
    ];
    let place = |field: &str| -> &'static str { format!("devices.0.{field}").leak() };
    camera.into_iter().map(|(field, base, other)| (place(field), base, other)).chain(others).collect()
}

/// The first 120 images of Fashion-MNIST from `first` on, as IDX files.
fn write_images(folder: &Path, first: usize) {
    const COUNT: usize = 120;
    fs::create_dir(folder).unwrap();
    let data = fashion_mnist().unwrap();
    let idx = |name: &str, head: &[u32], bytes: &[u8]| {
        let mut file = fs::File::create(folder.join(name)).unwrap();
        file.write_all(&[0, 0, 8, head.len() as u8]).unwrap();
        head.iter().for_each(|extent| file.write_all(&extent.to_be_bytes()).unwrap());
        file.write_all(bytes).unwrap();
    };
    let images: Vec<u8> =
        (first..first + COUNT).flat_map(|at| data.image(at).iter().copied().collect::<Vec<u8>>()).collect();
    let labels: Vec<u8> = (first..first + COUNT).map(|at| data.label(at)).collect();
    idx("t10k-images-idx3-ubyte", &[COUNT as u32, 28, 28], &images);
    idx("t10k-labels-idx1-ubyte", &[COUNT as u32], &labels);
}

/// The results of a study by point: every row of requests and devices, and the digests without the number of the point.
fn rows(home: &Path, source: &Source, memory: bool) -> Vec<BTreeMap<String, Vec<u8>>> {
    let study = Arc::new(Study::load(source, memory).unwrap_or_else(|e| panic!("{e}")));
    let out = tempfile::tempdir_in(home).unwrap();
    let options = Options { jobs: 2, ..Options::new(out.path().join("result")) };
    run(&study, &options, |_| {}, pending()).unwrap_or_else(|e| panic!("{e}"));
    let mut points = vec![BTreeMap::new(); study.points.len()];
    for (name, bytes) in files(&options.out) {
        let Some((folder, rest)) = name.split_once("/point=") else { continue };
        let (point, rest) = rest.split_once('/').unwrap();
        let bytes = if folder == "runs" { without_point(&bytes) } else { bytes };
        points[point.parse::<usize>().unwrap()].insert(format!("{folder}/{rest}"), bytes);
    }
    points
}

fn without_point(digest: &[u8]) -> Vec<u8> {
    let mut digest: Value = serde_json::from_slice(digest).unwrap();
    for field in ["point", "settings", "setting_values"] {
        digest["summary"].as_object_mut().unwrap().remove(field).unwrap();
    }
    digest.to_string().into_bytes()
}

#[test]
fn a_point_of_a_sweep_is_the_same_alone_and_without_memory() {
    let home = tempfile::tempdir().unwrap();
    write_images(&home.path().join("images"), 0);
    write_images(&home.path().join("other-images"), 120);
    let fields = fields();
    // Each field once; each point sets all of them.
    let mut places: Vec<(&str, &Value)> = Vec::new();
    for (place, base, _) in &fields {
        if !places.iter().any(|(other, _)| other == place) {
            places.push((place, base));
        }
    }
    let value_at = |place: &str, base: &Value, point: usize| match point.checked_sub(1).map(|at| &fields[at]) {
        Some((changed, _, other)) if *changed == place => other.clone(),
        _ => base.clone(),
    };
    let axis = |(place, base): &(&str, &Value)| {
        let values: Vec<Value> = (0..=fields.len()).map(|point| value_at(place, base, point)).collect();
        json!({ "set": place, "to": values })
    };
    let sweep = json!([{ "zip": places.iter().map(axis).collect::<Vec<_>>() }]);
    let parse = |text: String| Source::parse("identity.yaml", text, home.path().to_owned(), &[]).unwrap();
    let swept = parse(format!("{BASE}\nsweep: {sweep}\n"));
    let (remembered, afresh) = (rows(home.path(), &swept, true), rows(home.path(), &swept, false));
    assert_eq!(remembered.len(), fields.len() + 1);
    for (point, (rows_here, without)) in remembered.iter().zip(&afresh).enumerate() {
        let what =
            point.checked_sub(1).map_or("the base".to_owned(), |at| format!("{}: {}", fields[at].0, fields[at].2));
        assert!(rows_here == without, "the result without memory differs at {what}");
        let settings = places.iter().map(|(place, base)| ((*place).to_owned(), value_at(place, base, point)));
        let alone = parse(BASE.to_owned()).at_point(&settings.collect()).unwrap();
        assert!(*rows_here == rows(home.path(), &alone, true)[0], "the result of running it alone differs at {what}");
        let changes = point == 0 || *rows_here != remembered[0];
        assert!(changes, "the point does not differ from the base, so {what} tests nothing");
    }
}

/// A field added to these types needs a line in [`fields`].
#[test]
fn every_field_is_swept() {
    let schema: Value = serde_json::from_str(&json_schema()).unwrap();
    let properties = |name: &str| -> Vec<String> {
        schema["$defs"][name]["properties"].as_object().unwrap_or_else(|| panic!("no {name}")).keys().cloned().collect()
    };
    let fields = fields();
    let swept = |place: &str| fields.iter().any(|(path, ..)| *path == place);
    for field in properties("DeviceGroup") {
        assert!(swept(&format!("devices.0.{field}")), "devices.0.{field} is not swept");
    }
    for field in properties("Networks") {
        assert!(swept(&format!("networks.{field}")), "networks.{field} is not swept");
    }
    for field in properties("Degrade") {
        let base = json!({"share": 0.7, "noise": 0.3});
        let changes = |other: &Value| other.get(&field).is_some() && other[&field] != base[&field];
        assert!(
            fields.iter().any(|(path, _, other)| *path == "devices.0.degrade" && changes(other)),
            "degrade.{field}"
        );
    }
}
