//! Where the figures of a point come from: its images, its networks, and the presets that it names.

use analysis::{DatasetEntry, NetworkEntry, PresetFigure, Provenance};
use device_models::{AsIf, Presets};
use inference::Remembering;

use crate::plan::NetworkPair;
use crate::schema::{Named, Networks, Scenario};

/// The provenance of a point whose scenario is `scenario`.
pub fn provenance(scenario: &Scenario, networks: &NetworkPair, presets: &Presets) -> Provenance {
    let entry = |network: &Remembering, as_if: Option<AsIf>| {
        let (name, cost) = (network.network().name().to_owned(), network.network().cost());
        let as_if = as_if.map(|as_if| as_if.to_string());
        NetworkEntry { name, macs: cost.macs, weight_bytes: cost.weight_bits.div_ceil(8), as_if }
    };
    let Networks { little_as_if, big_as_if, .. } = scenario.networks;
    let names = names(scenario);
    let used = presets.iter().filter(|preset| names.contains(&preset.name.as_str()));
    let figures = used.flat_map(|preset| {
        preset.figures.iter().map(|(name, figure)| PresetFigure {
            name: format!("{}.{name}", preset.name),
            value: figure.text(),
            mark: figure.mark.name().to_owned(),
            source: figure.source.clone(),
            year: figure.year,
        })
    });
    Provenance {
        dataset: DatasetEntry { name: networks.data.name.clone(), images: networks.data.len() },
        little: entry(&networks.little, little_as_if),
        big: entry(&networks.big, big_as_if),
        presets: figures.collect(),
    }
}

/// The presets that a scenario names.
fn names(scenario: &Scenario) -> Vec<&str> {
    fn name<T>(named: &Named<T>) -> Option<&str> {
        match named {
            Named::Preset(name) => Some(name),
            Named::Figures(_) => None,
        }
    }
    let devices = scenario.devices.iter().map(|device| name(&device.hardware));
    let links = scenario.links.values();
    let links = links.flat_map(|link| [name(&link.radio), link.edge.as_ref().and_then(|edge| name(&edge.hardware))]);
    devices.chain(links).chain([name(&scenario.cloud.hardware)]).flatten().collect()
}
