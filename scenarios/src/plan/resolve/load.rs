//! Loading the data set and the networks.

mod recorded;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use analysis::{StampColumn, StampValues, is_parquet, read_stamps};
use device_models::{Columns, Recording, RecordingError, Stamps, TimesFile};
use inference::dataset::FASHION_MNIST;
use inference::{BitWidths, Calibrated, Dataset, DatasetSpec, Network, Part, shipped_networks};

use super::Checked;
use crate::answers::{Model, Networks};
use crate::problem::Problem;
use crate::schema::{Integers, NamedNetwork, Scenario};

/// Loads what a scenario names; networks remember answers if `memory` is set.
pub fn load(scenario: &Scenario, folder: &Path, memory: bool) -> Checked<Networks> {
    let named = scenario.named_networks();
    if named.iter().all(|named| named.spec.recorded.is_some()) {
        let (data, recordings) = recorded::without_images(&named, folder)?;
        let models = recordings.into_iter().map(|recording| Model::Recorded(Arc::new(recording))).collect();
        return Ok(Networks::of_models(data, models, memory));
    }
    load_for(scenario, folder, memory, load_data(&scenario.dataset, folder)?)
}

/// Loads the networks a scenario names for `data`.
pub fn load_for(scenario: &Scenario, folder: &Path, memory: bool, data: Dataset) -> Checked<Networks> {
    if data.len() < 2 {
        return Err(Problem::new(
            "dataset",
            "one image is too few: half of the images calibrate thresholds, the other half give the results",
        ));
    }
    let named = scenario.named_networks().into_iter().map(|named| read_spec(named, folder));
    let (all, folders): (Vec<NamedNetwork>, Vec<PathBuf>) = named.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    // Servers at the ends of links may name a network of the scenario.
    let own: Vec<&str> = all.iter().map(|named| named.name.as_str()).filter(|name| is_own(scenario, name)).collect();
    let names = |named: &NamedNetwork| if named.place.starts_with("networks.") { &[] } else { &own[..] };
    // What runs, and from where its paths start.
    let here = || all.iter().zip(&folders).filter(|(named, _)| named.spec.recorded.is_none());
    let networks = here().map(|(named, folder)| load_network(&named.place, &named.spec.network, folder, names(named)));
    let networks: Vec<Network> = networks.collect::<Result<_, _>>()?;
    let mut data = match networks.iter().all(|network| network.input().channels == 3) {
        true => data.in_colour(),
        false => data,
    };
    for ((NamedNetwork { place, spec, .. }, _), network) in here().zip(&networks) {
        check_images(place, &spec.network, network, &data, &scenario.dataset)?;
    }
    for ((other, _), network) in here().zip(&networks).skip(1) {
        check_orders(&networks[0], network, &other.place)?;
    }
    for ((NamedNetwork { place, spec, .. }, _), network) in here().zip(&networks) {
        let (labelled, name) = (data.labelled_for(network.classes()), &spec.network);
        data = labelled.map_err(|what| {
            Problem::new(place, format!("'{name}' and the classes of '{}' differ: {what}", scenario.dataset.folder))
        })?;
    }
    let mut networks = networks.into_iter();
    let models = all.iter().zip(&folders).map(|(named, folder)| {
        if named.spec.recorded.is_some() {
            return Ok(Model::Recorded(Arc::new(recorded::of_images(named, folder, &data)?)));
        }
        let network = networks.next().ok_or_else(|| Problem::new(&named.place, "was not loaded"))?;
        let network = match &named.spec.integers {
            None => network,
            Some(integers) => in_integers(named, integers, folder, &data)?,
        };
        Ok(Model::Network(Arc::new(network)))
    });
    let models = models.collect::<Checked<_>>()?;
    Ok(Networks::of_models(data, models, memory))
}

/// A network with what a file says of it, if a file is named that names another network and the bits of its layers; and
/// the folder that paths in it start from.
///
/// # Errors
/// If that file says what no network can be.
pub fn read_spec(named: NamedNetwork, folder: &Path) -> Checked<(NamedNetwork, PathBuf)> {
    let path = folder.join(&named.spec.network);
    let is_plain = named.spec.integers.is_none() && named.spec.recorded.is_none();
    let text = if is_plain { std::fs::read_to_string(&path).ok() } else { None };
    let value = text.and_then(|text| serde_yaml::from_str::<serde_json::Value>(&text).ok());
    let Some(value) = value.filter(|value| value.get("network").is_some()) else {
        return Ok((named, folder.to_owned()));
    };
    let spec = serde_path_to_error::deserialize(&value);
    let spec = spec.map_err(|e| Problem::new(&named.place, format!("{}: {e}", path.display())))?;
    let folder = path.parent().unwrap_or(folder).to_owned();
    Ok((NamedNetwork { spec, ..named }, folder))
}

/// The images of the calibration half by which the grids of integers are chosen: more change no error by a per cent.
pub const SEEN: usize = 500;

/// A network with layers computed in integers.
fn in_integers(named: &NamedNetwork, integers: &Integers, folder: &Path, data: &Dataset) -> Checked<Network> {
    let wrong = |e: inference::Error| Problem::new(&named.place, e.to_string());
    let calibrated = Calibrated::load(&named.spec.network, folder, data, SEEN).map_err(wrong)?;
    let layers = calibrated.layers().len();
    let widths: Vec<Option<BitWidths>> = match integers {
        Integers::All(widths) => vec![Some((*widths).into()); layers],
        Integers::First(first) if first.len() > layers => {
            let what = format!("there are bits for {} layers, but '{}' has {layers}", first.len(), named.spec.network);
            return Err(Problem::new(format!("{}.layers", named.place), what));
        }
        Integers::First(first) => {
            let first = first.iter().map(|widths| Some((*widths).into()));
            first.chain(std::iter::repeat(None)).take(layers).collect()
        }
    };
    let network = calibrated.network(&widths).map_err(wrong)?;
    let told = match integers {
        Integers::All(widths) => format!("{} in {widths} bits", network.name()),
        Integers::First(first) => format!("{}, {} of {layers} layers in integers", network.name(), first.len()),
    };
    Ok(network.named(told))
}

/// Images must have the size and the number of channels that a network takes.
fn check_images(place: &str, name: &str, network: &Network, data: &Dataset, spec: &DatasetSpec) -> Checked<()> {
    let (height, width, channels) = data.extent();
    let wants = network.input();
    if (wants.height, wants.width, wants.channels) == (height, width, channels) {
        return Ok(());
    }
    let what = format!(
        "'{name}' takes images of {}×{}×{}, but those of '{}' are {height}×{width}×{channels}",
        wants.height, wants.width, wants.channels, data.name
    );
    let problem = Problem::new(place, what);
    Err(match data.fitted(spec, wants) {
        // The options already fit this network, so the other network takes other images.
        Some(fitted) if fitted == *spec => problem.or("both networks must take the same images"),
        Some(fitted) => problem.or(&format!("to make them fit, write dataset: {fitted}")),
        None => problem,
    })
}

/// Labels have one order, so if both networks name their classes, the orders must be equal.
fn check_orders(little: &Network, big: &Network, place: &str) -> Checked<()> {
    let (little, big) = (little.classes().names(), big.classes().names());
    if little.is_empty() || big.is_empty() || little == big {
        return Ok(());
    }
    let differs = little.iter().zip(big).find(|(little, big)| little != big);
    let what = match differs {
        Some((little, big)) => format!("names the class '{big}' where networks.little has '{little}'"),
        None => format!("names {} classes, but networks.little names {}", big.len(), little.len()),
    };
    Err(Problem::new(place, what).or("both must list the same classes in the same order"))
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

/// Whether a scenario has a network of that name.
fn is_own(scenario: &Scenario, name: &str) -> bool {
    scenario.networks.iter().any(|(own, _)| own == name)
}

/// Loads a network where the scenario's `known` ones might have been meant.
fn load_network(place: &str, name: &str, folder: &Path, known: &[&str]) -> Checked<Network> {
    let shipped = shipped_networks().any(|shipped| shipped == name);
    let path = folder.join(name);
    if !shipped && !path.exists() && (name.contains(['/', '\\']) || path.extension().is_some()) {
        let shipped: Vec<&str> = shipped_networks().collect();
        let what = format!("there is no file {}", path.display());
        return Err(Problem::new(place, what).or(&format!("shipped networks: {}", shipped.join(", "))));
    }
    if !shipped && !path.exists() {
        let mut names = known.to_vec();
        shipped_networks().for_each(|shipped| names.push(shipped));
        let unknown = Problem::unknown(place, "network", name, names.into_iter());
        return Err(unknown.or("or give the path of an architecture file"));
    }
    Network::load(name, folder).map_err(|e| Problem::new(place, e.to_string()))
}

/// Loads recorded arrivals, from a text file or from a column of a Parquet file.
pub fn load_times(times: &TimesFile, folder: &Path) -> Result<Recording, RecordingError> {
    let path = folder.join(&times.file);
    let file = path.display().to_string();
    if !is_parquet(&path) {
        if path.extension().is_some_and(|extension| extension == "parquet") && path.exists() {
            let what = "it is named like a Parquet file, but is not one".to_owned();
            return Err(RecordingError::Whole { file, what });
        }
        return Recording::read(times, folder);
    }
    let StampColumn { name, names, temporal, values } =
        read_stamps(&path, times.column.as_deref()).map_err(|e| RecordingError::Format(e.into()))?;
    let stamps = match values {
        StampValues::Numbers { digits, decimals } => Stamps::Numbers { digits, decimals },
        StampValues::Float64(values) => Stamps::Floats(values),
        StampValues::Float32(values) => {
            if let Some(row) = values.iter().position(|value| *value >= COARSE) {
                let value = values[row];
                let what = format!("{value} as float32 is only accurate to 8; write column '{name}' as float64");
                return Err(RecordingError::Place { file, place: "row", number: row + 1, what });
            }
            // The shortest decimal that rounds to this float: what was recorded, 0.6 and not 0.6000000238.
            Stamps::Floats(values.iter().map(|value| value.to_string().parse().unwrap_or(f64::from(*value))).collect())
        }
        StampValues::Dates(nanos) => Stamps::Dates(nanos),
        StampValues::Lengths(nanos) => Stamps::Nanos(nanos),
        StampValues::Texts(texts) => Stamps::Texts(texts),
    };
    Recording::of_column(&name, Columns { names: &names, temporal: &temporal }, &stamps, times, &path)
}

/// From here on, a 32-bit float is too coarse for a stamp: it is accurate to 8 at best.
const COARSE: f32 = 1e8;
