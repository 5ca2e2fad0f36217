//! Loading the data set and the networks.

use std::path::Path;

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
    Ok(Minds { data, little, big })
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
