//! How much a run's figures change with what its scenario may leave out: the page `docs/reference/left-out.md`.

use std::error::Error;
use std::future::pending;
use std::path::Path;
use std::sync::Arc;

use analysis::{Interval, Reading, Row};
use device_models::{Kind, Presets, Radio};
use scenarios::experiment::{Options, Study, run};
use scenarios::source::Source;

/// A shipped scenario, and the names of its device, its link and its radio.
struct Shipped {
    name: &'static str,
    device: &'static str,
    link: &'static str,
    radio: &'static str,
    about: &'static str,
}

const SHIPPED: [Shipped; 4] = [
    Shipped {
        name: "quickstart",
        device: "camera",
        link: "wifi",
        radio: "wifi",
        about: "Four cameras on Wi-Fi, an image a second each.",
    },
    Shipped {
        name: "lte-cameras",
        device: "camera",
        link: "lte",
        radio: "lte",
        about: "Cameras on LTE, an image a minute.",
    },
    Shipped { name: "walk", device: "phone", link: "cell", radio: "5g-nsa", about: "Pedestrians in a 5G cell." },
    Shipped {
        name: "battery-life",
        device: "sensor",
        link: "wifi",
        radio: "wifi",
        about: "Microcontrollers on Wi-Fi and a battery.",
    },
];

/// The scenarios that the page has a section of.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|shipped| shipped.name)
}

/// The page.
///
/// # Errors
/// If a run fails.
pub fn page() -> Result<String, Box<dyn Error>> {
    let mut text = String::from(
        "# What is left out, and how much it changes\n\n\
         A scenario says what it takes into account. Each row below is a shipped scenario with one thing changed; the \
         first is the scenario as it ships. ± is the 95 % interval that comes from the simulation alone, since the rows \
         share their images. Where a row differs from the first by more than their ±, do not leave that out: state what \
         your system does. ~: the battery outlives the run, and its life is extrapolated. ≥: at least that, since too \
         many requests were still under way when the run ended.\n\n\
         Made by `cargo run --release -p tests --bin left-out`, which prints this page; a test repeats a part of it.\n",
    );
    for name in names() {
        text += &section(name)?;
    }
    text += "\nWhat the program cannot take into account has no row: each model on \
             [the page of models](../explanation/models.md) says what it leaves out.\n";
    Ok(text)
}

/// A scenario's section of the page.
///
/// # Errors
/// If a run fails.
///
/// # Panics
/// If the page has no such section.
pub fn section(name: &str) -> Result<String, Box<dyn Error>> {
    let shipped = SHIPPED.iter().find(|shipped| shipped.name == name).expect("a section of the page");
    let file = format!("{}/../scenarios/files/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let read = std::fs::read_to_string(file)?;
    let mut text = format!(
        "\n## {name}\n\n{}\n\n| | energy of offload-all, J | its p95, ms | late, % | energy of AppealNet, J | its p95, ms \
         | late, % | its battery, d |\n|---|---|---|---|---|---|---|---|\n",
        shipped.about
    );
    for (what, settings) in changes(shipped, &read)? {
        let [all, appealnet] = rows(&read, &settings)?;
        let figures = |row: &Row| {
            [
                written(row.energy_j.map(Reading::Seen), 1.0),
                written(row.latency_p95_s, 1e-3),
                written(row.deadline_misses.map(Reading::Seen), 0.01),
            ]
            .join(" | ")
        };
        let battery = written(appealnet.battery_life_s, 86_400.0);
        text += &format!("| {what} | {} | {} | {battery} |\n", figures(&all), figures(&appealnet));
    }
    Ok(text)
}

/// What is changed in a scenario, in words and as settings.
type Change = (String, Vec<String>);

/// What can be changed in a scenario with this text.
fn changes(shipped: &Shipped, text: &str) -> Result<Vec<Change>, Box<dyn Error>> {
    let Shipped { name, device, link, radio, .. } = shipped;
    let on_link = |field: &str, value: &str| vec![format!("links.{link}.{field}={value}")];
    let mut changes = vec![("as it ships".to_owned(), Vec::new())];
    for (transport, what) in [
        ("ideal", "the link's rate from the first bit, losses noticed at once"),
        ("warm", "connections that are kept and start slowly after a pause"),
        ("tcp-tls-1.3", "a new connection with TLS 1.3 for every appeal"),
    ] {
        if !text.contains(&format!("transport: {transport}")) {
            changes.push((what.to_owned(), on_link("transport", transport)));
        }
    }
    let prepare = vec![format!("devices.{device}.prepare={{time: 20 ms}}")];
    changes.push(("20 ms to prepare an appeal".to_owned(), prepare));
    changes.push(("5 ms to decode an appeal in the cloud".to_owned(), vec!["cloud.prepare=5 ms".to_owned()]));
    let mut figures = figures_of(radio)?;
    if figures.tail.iter().any(|phase| phase.cycle.is_some()) {
        figures.tail.iter_mut().for_each(|phase| phase.cycle = None);
        figures.paging = None;
        changes.push(("a radio that always listens".to_owned(), on_link("radio", &serde_json::to_string(&figures)?)));
    }
    let mut figures = figures_of(radio)?;
    if figures.tail.first().is_some_and(|phase| phase.name.as_deref() == Some("inactivity")) {
        figures.tail.remove(0);
        let what = "no time at full power after a transfer".to_owned();
        changes.push((what, on_link("radio", &serde_json::to_string(&figures)?)));
    }
    if *radio == "wifi" {
        let air = ["half-duplex=true", "cell=18.9 Mbps"].map(|setting| format!("links.{link}.{setting}"));
        changes.push(("one channel of 18.9 Mbps for all, in both directions".to_owned(), air.to_vec()));
    }
    if *name == "walk" {
        let whole = ["efficiency=100 %", "most-per-hertz=100 bps/Hz"];
        let whole = whole.map(|setting| format!("links.{link}.uplink.fading.{setting}"));
        changes.push(("the whole of Shannon's bound".to_owned(), whole.to_vec()));
        changes.push((
            "the same transmit power at every distance".to_owned(),
            on_link("uplink.fading.power-control.compensation", "0 %"),
        ));
    }
    if *name == "battery-life" {
        let battery = format!("devices.{device}.battery={{capacity: 10 Wh, efficiency: 80 %}}");
        changes.push(("a fifth lost in conversion".to_owned(), vec![battery]));
    }
    Ok(changes)
}

fn figures_of(radio: &str) -> Result<Radio, Box<dyn Error>> {
    let presets = Presets::shipped()?;
    Ok(presets.find(Kind::Radio, radio).ok_or("a radio that ships")?.model()?)
}

/// The rows of offload-all and of AppealNet under some settings.
fn rows(text: &str, settings: &[String]) -> Result<[Row; 2], Box<dyn Error>> {
    let policies = "policies=[offload-all, {appealnet: {accuracy-gain: 90 %}}]".to_owned();
    let settings: Vec<String> = settings.iter().cloned().chain([policies]).collect();
    let source = Source::parse("left-out.yaml", text.to_owned(), Path::new(".").to_owned(), &settings)?;
    let study = Arc::new(Study::load(&source, true)?);
    let home = tempfile::tempdir()?;
    let options = Options { requests: false, ..Options::new(home.path().join("results")) };
    let report = run(&study, &options, |_| (), pending())?;
    let rows = report.manifest.points[0].comparison.rows.clone();
    rows.try_into().map_err(|_| "two policies have two rows".into())
}

/// A figure in a unit, with the interval that comes from the simulation alone.
fn written(reading: Option<Reading>, unit: f64) -> String {
    let alone = |interval: Interval| Interval { half_width: interval.simulation, ..interval };
    let reading = reading.map(|reading| match reading {
        Reading::Seen(interval) => Reading::Seen(alone(interval)),
        Reading::Extrapolated(interval) => Reading::Extrapolated(alone(interval)),
        Reading::Guessed(interval) => Reading::Guessed(alone(interval)),
        other => other,
    });
    reading.map_or("-".to_owned(), |reading| reading.written(unit))
}
