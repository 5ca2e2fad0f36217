//! Where the figures of a point come from: its images, its networks, and the presets that it names.

use analysis::{DatasetEntry, NetworkEntry, PresetFigure, Provenance};
use device_models::Presets;

use crate::answers::Networks;
use crate::policies::Way;
use crate::schema::{Named, Scenario};

/// The provenance of a point whose scenario is `scenario`.
pub fn provenance(scenario: &Scenario, networks: &Networks, presets: &Presets) -> Provenance {
    let named = scenario.named_networks();
    let entry = |way: Way| {
        let (model, named) = (networks.of(way), named.get(way.network()));
        let cost = model.cost();
        NetworkEntry {
            name: model.name().to_owned(),
            macs: cost.macs,
            weight_bytes: cost.weight_bits.div_ceil(8),
            recorded: model.recording().is_some(),
            as_if: named.and_then(|named| named.as_if).map(|as_if| as_if.to_string()),
            measured_on: named.map_or_else(Vec::new, |named| measured_on(scenario, &named.name)),
        }
    };
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
        little: entry(Way::LITTLE),
        big: entry(Way::BIG),
        others: networks.ways().skip(2).map(entry).collect(),
        presets: figures.collect(),
    }
}

/// Where what a network takes was measured.
fn measured_on(scenario: &Scenario, network: &str) -> Vec<String> {
    let devices = scenario.devices.iter().filter(|device| device.measured.contains_key(network));
    let edges = scenario
        .links
        .iter()
        .filter(|(_, link)| link.edge.as_ref().is_some_and(|edge| edge.measured.contains_key(network)));
    let cloud = scenario.cloud.measured.contains_key(network).then(|| "cloud".to_owned());
    let places = devices.map(|device| device.name.clone()).chain(edges.map(|(name, _)| name.clone()));
    places.chain(cloud).collect()
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
