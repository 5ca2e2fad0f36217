//! Loading the data set and the networks.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use analysis::{StampColumn, StampValues, read_stamps};
use device_models::{Recording, RecordingError, Stamps, TimesFile};
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
    let told = |e: RecordingError| e.to_string();
    if !is_parquet(&path) {
        if path.extension().is_some_and(|extension| extension == "parquet") && path.exists() {
            return Err(format!("{} is no Parquet file, though it is called one", path.display()));
        }
        return Recording::read(times, folder).map_err(told);
    }
    let StampColumn { name, names, values } = read_stamps(&path, times.column.as_deref()).map_err(|e| e.to_string())?;
    let stamps = match values {
        StampValues::Numbers { digits, decimals } => Stamps::Numbers { digits, decimals },
        StampValues::Float64(values) => Stamps::Floats(values),
        StampValues::Float32(values) => {
            if let Some(row) = values.iter().position(|value| *value >= COARSE) {
                let (path, value) = (path.display(), values[row]);
                return Err(format!(
                    "{path}, row {}: {value} as float32 is known to no more than 8; write column '{name}' as float64",
                    row + 1
                ));
            }
            // The shortest number that is this float: what was recorded, 0.6 and not 0.6000000238.
            Stamps::Floats(values.iter().map(|value| value.to_string().parse().unwrap_or(f64::from(*value))).collect())
        }
        StampValues::Dates(nanos) => Stamps::Dates(nanos),
        StampValues::Lengths(nanos) => Stamps::Nanos(nanos),
        StampValues::Texts(texts) => Stamps::Texts(texts),
    };
    Recording::of_column(&name, &names, &stamps, times, &path).map_err(told)
}

/// From here on, a float of 32 bits is no stamp any more: it is known to 8 at best.
const COARSE: f32 = 1e8;

/// Parquet is known by how it begins, whatever it is called.
fn is_parquet(path: &Path) -> bool {
    let mut begins = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut begins)).is_ok() && &begins == b"PAR1"
}
