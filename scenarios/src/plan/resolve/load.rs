//! Loading the data set and the networks.

use std::path::Path;

use analysis::read_table;
use device_models::{Recording, TimesFile};
use inference::dataset::{FASHION_MNIST, fashion_mnist};
use inference::{Dataset, Network, Part, Remembering, shipped_networks};

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
    let remembered = memory.then_some(data.len());
    let network = |place: &str, name: &str| -> Checked<Remembering> {
        let network = load_network(place, name, folder)?;
        let (height, width, channels) = data.extent();
        let wants = network.input();
        if (wants.height, wants.width, wants.channels) != (height, width, channels) {
            let what = format!(
                "'{name}' takes images of {}×{}×{}, those of '{}' are {height}×{width}×{channels}",
                wants.height, wants.width, wants.channels, data.name
            );
            return Err(Problem::new(place, what));
        }
        if network.classes() != data.classes() {
            let what = format!("'{name}' knows {} classes, '{}' has {}", network.classes(), data.name, data.classes());
            return Err(Problem::new(place, what));
        }
        Ok(Remembering::new(network, remembered))
    };
    let little = network("networks.little", &scenario.networks.little)?;
    let big = network("networks.big", &scenario.networks.big)?;
    Ok(Minds::new(data, little, big))
}

fn load_data(name: &str, folder: &Path) -> Checked<Dataset> {
    let problem = |e: inference::Error| Problem::new("dataset", e.to_string());
    if name == FASHION_MNIST {
        return fashion_mnist().map_err(problem);
    }
    let path = folder.join(name);
    if !path.is_dir() {
        let unknown = Problem::unknown("dataset", "data set", name, [FASHION_MNIST].into_iter());
        return Err(unknown.or("or give a folder: IDX files, CIFAR-10's binary files, or a folder of images a class"));
    }
    Dataset::read(name, &path, Part::Test).map_err(problem)
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
