//! Models by name. Each figure of a preset has a unit, a source, a year and a mark of how far to trust it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_yaml::Value;

/// The presets that ship.
pub struct Presets {
    all: Vec<Preset>,
}

/// A model by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its name in scenario files.
    #[serde(skip)]
    pub name: String,
    /// The kind of model.
    #[serde(skip, default = "processor")]
    pub kind: Kind,
    /// A description.
    pub title: String,
    /// Its figures, by the name of the model's field.
    pub figures: BTreeMap<String, Figure>,
}

/// A figure and its source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Number and unit, or several that belong together and have one source.
    pub value: Value,
    /// The source, and how the figure was derived if it was.
    pub source: String,
    /// Year of the source.
    pub year: u16,
    /// How far to trust it.
    pub mark: Mark,
}

/// How a figure was obtained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// Measured and published, with the method.
    Measured,
    /// The manufacturer states it.
    Vendor,
    /// A published standard prescribes it.
    Standard,
    /// Computed from such figures, as the source describes.
    Derived,
    /// Taken from memory or by analogy; replace it if it matters.
    Guess,
}

/// The kinds of models that presets describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// [`crate::Processor`].
    Processor,
    /// [`crate::Radio`].
    Radio,
    /// [`crate::Server`].
    Server,
    /// [`crate::Transport`].
    Transport,
}

fn processor() -> Kind {
    Kind::Processor
}

impl Kind {
    /// As words.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Processor => "processor",
            Kind::Radio => "radio",
            Kind::Server => "server",
            Kind::Transport => "transport",
        }
    }
}

impl Mark {
    /// As a word.
    pub fn name(self) -> &'static str {
        match self {
            Mark::Measured => "measured",
            Mark::Vendor => "vendor",
            Mark::Standard => "standard",
            Mark::Derived => "derived",
            Mark::Guess => "guess",
        }
    }
}

impl Presets {
    /// Reads the files that are part of the program.
    ///
    /// # Errors
    /// Never, unless the program was built from damaged files.
    pub fn shipped() -> Result<Self, serde_yaml::Error> {
        const FILES: [(Kind, &str); 4] = [
            (Kind::Processor, include_str!("../presets/processors.yaml")),
            (Kind::Radio, include_str!("../presets/radios.yaml")),
            (Kind::Server, include_str!("../presets/servers.yaml")),
            (Kind::Transport, include_str!("../presets/transports.yaml")),
        ];
        let mut all = Vec::new();
        for (kind, text) in FILES {
            let presets: BTreeMap<String, Preset> = serde_yaml::from_str(text)?;
            all.extend(presets.into_iter().map(|(name, preset)| Preset { name, kind, ..preset }));
        }
        Ok(Self { all })
    }

    /// All presets of a kind, by name.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Preset> {
        self.all.iter().filter(move |preset| preset.kind == kind)
    }

    /// All presets, by kind and name.
    pub fn iter(&self) -> impl Iterator<Item = &Preset> {
        self.all.iter()
    }

    /// The preset of that kind and name.
    pub fn find(&self, kind: Kind, name: &str) -> Option<&Preset> {
        self.of(kind).find(|preset| preset.name == name)
    }
}

impl Preset {
    /// The model with these figures.
    ///
    /// # Errors
    /// If the figures are not those of model `T`.
    pub fn model<T: DeserializeOwned>(&self) -> Result<T, serde_yaml::Error> {
        let figures: BTreeMap<&str, &Value> =
            self.figures.iter().map(|(name, figure)| (name.as_str(), &figure.value)).collect();
        serde_yaml::from_value(serde_yaml::to_value(figures)?)
    }
}

impl Figure {
    /// The value as a line of YAML.
    pub fn text(&self) -> String {
        inline(&self.value)
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Mapping(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", inline(key), inline(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Sequence(values) => format!("[{}]", values.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null | Value::Tagged(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Processor, Radio, Server, Transport};

    #[test]
    fn every_preset_makes_its_model() {
        let presets = Presets::shipped().unwrap();
        for preset in presets.iter() {
            let made = match preset.kind {
                Kind::Processor => preset.model::<Processor>().map(|p| assert!(p.busy.get() >= p.idle.get())),
                Kind::Radio => preset.model::<Radio>().map(drop),
                Kind::Server => preset.model::<Server>().map(drop),
                Kind::Transport => preset.model::<Transport>().map(|t| assert_eq!(t.check(), Ok(()))),
            };
            assert!(made.is_ok(), "{}: {made:?}", preset.name);
        }
    }

    #[test]
    fn every_figure_says_where_it_is_from() {
        for preset in Presets::shipped().unwrap().iter() {
            for (name, figure) in &preset.figures {
                assert!(figure.source.len() > 10 && figure.year >= 2000, "{}.{name}", preset.name);
            }
        }
    }

    /// Promotion and tail of an isolated LTE transfer: 11 to 12 J, far above any small inference.
    #[test]
    fn an_isolated_lte_transfer_costs_its_tail() {
        let presets = Presets::shipped().unwrap();
        let lte: Radio = presets.find(Kind::Radio, "lte").unwrap().model().unwrap();
        let (promotion, tail) = lte.around();
        assert!((11.0..12.0).contains(&(promotion + tail)), "{promotion} + {tail} J");
    }

    /// All figures of every kind that a value may have, as one line.
    #[test]
    fn a_value_is_written_on_a_line() {
        for text in [
            "5 ms",
            "12",
            "0.5",
            "true",
            "[1 ms, 2 ms]",
            "{1: 10 ms, 4: 25 ms}",
            "{macs: 4 GMAC, batches: {1: [2, 3]}}",
        ] {
            let figure = format!("{{value: {text}, source: a paper, year: 2020, mark: measured}}");
            assert_eq!(serde_yaml::from_str::<Figure>(&figure).unwrap().text(), text);
        }
    }

    #[test]
    fn presets_are_found_by_kind_and_name() {
        let presets = Presets::shipped().unwrap();
        let lte = presets.find(Kind::Radio, "lte").unwrap();
        assert_eq!((lte.kind, lte.name.as_str()), (Kind::Radio, "lte"));
        assert!(presets.find(Kind::Processor, "lte").is_none() && presets.find(Kind::Radio, "ltd").is_none());
        let kinds = [Kind::Processor, Kind::Radio, Kind::Server, Kind::Transport];
        for kind in kinds {
            let names: Vec<&str> = presets.of(kind).map(|preset| preset.name.as_str()).collect();
            assert!(!names.is_empty() && names.is_sorted(), "{names:?}");
            assert!(presets.of(kind).all(|preset| preset.kind == kind));
        }
        assert_eq!(presets.iter().count(), kinds.map(|kind| presets.of(kind).count()).iter().sum::<usize>());
        assert!(lte.model::<Processor>().is_err(), "a radio's figures make no processor");
    }

    #[test]
    fn kinds_and_marks_have_names() {
        let kinds = [Kind::Processor, Kind::Radio, Kind::Server, Kind::Transport].map(Kind::name);
        assert_eq!(kinds, ["processor", "radio", "server", "transport"]);
        let marks = [Mark::Measured, Mark::Vendor, Mark::Standard, Mark::Derived, Mark::Guess];
        assert_eq!(marks.map(Mark::name), ["measured", "vendor", "standard", "derived", "guess"]);
        // As they are written in the files, too.
        assert!(marks.iter().all(|mark| serde_yaml::from_str::<Mark>(mark.name()).unwrap() == *mark));
    }
}
