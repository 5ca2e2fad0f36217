//! Where the figures of a point come from: its images, its networks, and the presets that it names.

use analysis::{DatasetEntry, NetworkEntry, PresetFigure, Provenance};
use device_models::{AsIf, Presets};

use crate::answers::Networks;
use crate::policies::Way;
use crate::schema::{Named, Scenario};

/// The provenance of a point whose scenario is `scenario`.
pub fn provenance(scenario: &Scenario, networks: &Networks, presets: &Presets) -> Provenance {
    let entry = |way: Way, as_if: Option<AsIf>| {
        let (name, cost) = (networks.of(way).name().to_owned(), networks.of(way).cost());
        let as_if = as_if.map(|as_if| as_if.to_string());
        NetworkEntry { name, macs: cost.macs, weight_bytes: cost.weight_bits.div_ceil(8), as_if }
    };
    let named = scenario.named_networks();
    let as_if = |way: Way| named.get(way.network()).and_then(|network| network.as_if);
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
        little: entry(Way::LITTLE, as_if(Way::LITTLE)),
        big: entry(Way::BIG, as_if(Way::BIG)),
        others: networks.ways().skip(2).map(|way| entry(way, as_if(way))).collect(),
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
