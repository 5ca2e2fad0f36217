//! Loading the data set and the networks.

use std::path::Path;

use analysis::read_table;
use device_models::{Recording, TimesFile};
use inference::dataset::FASHION_MNIST;
use inference::{Dataset, DatasetSpec, Network, Part, Remembering, shipped_networks};

use super::{Checked, Minds};
use crate::schema::Scenario;
use crate::source::Problem;

/// Loads what a scenario names; networks remember answers if `memory` says so.
pub fn load(scenario: &Scenario, folder: &Path, memory: bool) -> Checked<Minds> {
    let data = load_data(&scenario.dataset, folder)?;
    if data.len() < 2 {
        return Err(Problem::new(
            "dataset",
            "one image is too few: half of them calibrate, the other half are results",
        ));
    }
    let pair = [("networks.little", &scenario.networks.little), ("networks.big", &scenario.networks.big)];
    let [little, big] = pair.map(|(place, name)| load_network(place, name, folder));
    let (little, big) = (little?, big?);
    let data = match [&little, &big].iter().all(|network| network.input().channels == 3) {
        true => data.in_colour(),
        false => data,
    };
    let named = pair.into_iter().zip([&little, &big]);
    for ((place, name), network) in named.clone() {
        check_images(place, name, network, &data, &scenario.dataset)?;
    }
    check_orders(&little, &big)?;
    let mut data = data;
    for ((place, name), network) in named {
        let labelled = data.labelled_for(network.classes());
        data = labelled.map_err(|what| {
            Problem::new(place, format!("'{name}' and the classes of '{}' differ: {what}", scenario.dataset.folder))
        })?;
    }
    let remembered = memory.then_some(data.len());
    Ok(Minds { data, little: Remembering::new(little, remembered), big: Remembering::new(big, remembered) })
}

/// Images must have the size and the channels a network takes.
fn check_images(place: &str, name: &str, network: &Network, data: &Dataset, spec: &DatasetSpec) -> Checked<()> {
    let (height, width, channels) = data.extent();
    let wants = network.input();
    if (wants.height, wants.width, wants.channels) == (height, width, channels) {
        return Ok(());
    }
    let what = format!(
        "'{name}' takes images of {}×{}×{}, those of '{}' are {height}×{width}×{channels}",
        wants.height, wants.width, wants.channels, data.name
    );
    let problem = Problem::new(place, what);
    Err(match data.fitted(spec, wants) {
        // What fits already fits this network alone: the other one takes something else.
        Some(fitted) if fitted == *spec => problem.or("both networks must take the same images"),
        Some(fitted) => problem.or(&format!("to make them fit, write dataset: {fitted}")),
        None => problem,
    })
}

/// Labels are in one order, so classes that both networks name must be.
fn check_orders(little: &Network, big: &Network) -> Checked<()> {
    let (little, big) = (little.classes().names(), big.classes().names());
    if little.is_empty() || big.is_empty() || little == big {
        return Ok(());
    }
    let differs = little.iter().zip(big).find(|(little, big)| little != big);
    let what = match differs {
        Some((little, big)) => format!("names the class '{big}' where networks.little has '{little}'"),
        None => format!("names {} classes, networks.little {}", big.len(), little.len()),
    };
    Err(Problem::new("networks.big", what).or("both must list the same classes in the same order"))
}

fn load_data(spec: &DatasetSpec, folder: &Path) -> Checked<Dataset> {
    if spec.folder != FASHION_MNIST && !folder.join(&spec.folder).exists() {
        let unknown = Problem::unknown("dataset", "data set", &spec.folder, [FASHION_MNIST].into_iter());
        return Err(
            unknown.or("or give a folder: IDX files, CIFAR's binary files, or a folder of images for each class")
        );
    }
    Dataset::read(spec, folder, Part::Test).map_err(|e| Problem::new("dataset", e.to_string()))
}

fn load_network(place: &str, name: &str, folder: &Path) -> Checked<Network> {
    let shipped = shipped_networks().any(|shipped| shipped == name);
    if !shipped && !folder.join(name).exists() {
        let unknown = Problem::unknown(place, "network", name, shipped_networks());
        return Err(unknown.or("or give the path of an architecture file"));
    }
    Network::load(name, folder).map_err(|e| Problem::new(place, e.to_string()))
}

/// Loads recorded arrivals, from a text or from a column of a Parquet file.
pub fn load_times(times: &TimesFile, folder: &Path) -> Result<Recording, String> {
    let path = folder.join(&times.file);
    let file = path.display();
    if path.extension().is_none_or(|extension| extension != "parquet") {
        if times.column.is_some() {
            return Err(format!("{file}: only a Parquet file has named columns; of a text, the first is read"));
        }
        return Recording::read(&path);
    }
    let frame = read_table(&path, None).map_err(|e| e.to_string())?;
    let names = frame.names();
    let column = match &times.column {
        None => names.first().cloned().unwrap_or_default(),
        Some(column) if names.contains(column) => column.clone(),
        Some(column) => return Err(format!("{file} has no column '{column}'; there are: {}", names.join(", "))),
    };
    let unit = if column.ends_with("_ns") { 1e-9 } else { 1.0 };
    let seconds = |row: usize| frame.number(row, &column).map(|value| (row + 1, value * unit));
    let entries: Option<Vec<(usize, f64)>> = (0..frame.len()).map(seconds).collect();
    let entries = entries.ok_or_else(|| format!("{file}: not every value of column '{column}' is a number"))?;
    Recording::of(entries, "row").map_err(|what| format!("{file}{what}"))
}
