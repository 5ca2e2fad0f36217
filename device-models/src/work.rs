//! The work of a network, layer by layer.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FigureError;
use crate::shape::{self, Shaped};
use crate::units::{DataSize, Macs};

/// How a layer uses a processor: kinds that differ in how much of it they keep busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Dense convolution with a window larger than one pixel.
    Convolution,
    /// Dense convolution of single pixels.
    Pointwise,
    /// Convolution of each channel by itself.
    Depthwise,
    /// Fully connected.
    Dense,
    /// Anything without multiplications: pooling, additions.
    Other,
}

/// The work of one layer, for one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerWork {
    /// How it uses the processor.
    pub kind: LayerKind,
    /// Multiply-accumulates.
    pub macs: f64,
    /// Bytes read and written: weights, input and output.
    pub bytes: f64,
    /// Those of them that are weights.
    pub weights: f64,
    /// Whether its multiply-accumulates are those of integers of 8 bits or fewer.
    pub integers: bool,
}

/// The work of a network, for one input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// Its layers, in the order they run.
    pub layers: Vec<LayerWork>,
}

/// A network that is charged for without being run, as written in files: `300 MMAC`, or in more detail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AsIf(AsIfFigures);

/// The most layers that a network charged for may have; the deepest ones in use have some hundreds.
const MOST_LAYERS: u32 = 100_000;

/// The cost of a network that is charged for without being run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AsIfFigures {
    /// Multiply-accumulates for one input.
    macs: Macs,
    /// Bytes of its weights, which are read for each input.
    #[serde(default = "no_data")]
    weights: DataSize,
    /// Bytes of activations that are written, and read again.
    #[serde(default = "no_data")]
    activations: DataSize,
    /// Its layers: each pays a processor's `layer-overhead`.
    #[serde(default = "one")]
    layers: u32,
}

impl AsIf {
    /// Checks its figures.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), FigureError> {
        match self.0.layers {
            1..=MOST_LAYERS => Ok(()),
            _ => Err(FigureError::new(format_args!("layers: from 1 to {MOST_LAYERS}"))),
        }
    }
}

/// As results show it.
impl fmt::Display for AsIf {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let AsIfFigures { macs, weights, activations, layers } = self.0;
        write!(f, "{macs}")?;
        for (size, what) in [(weights, "weights"), (activations, "activations")] {
            if size.get() > 0.0 {
                write!(f, ", {size} of {what}")?;
            }
        }
        if layers > 1 { write!(f, ", {layers} layers") } else { Ok(()) }
    }
}

impl Shaped for AsIf {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an amount of computation such as '300 MMAC', or {macs: 300 MMAC, weights: 14 MB}")
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        let (macs, nothing) = (Macs::parse(text)?, no_data());
        Ok(Self(AsIfFigures { macs, weights: nothing, activations: nothing, layers: one() }))
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        AsIfFigures::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}

impl<'de> Deserialize<'de> for AsIf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::read(deserializer)
    }
}

impl Serialize for AsIf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for AsIf {
    fn schema_name() -> Cow<'static, str> {
        "AsIf".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape::either::<Macs, AsIfFigures>(generator)
    }
}

fn no_data() -> DataSize {
    DataSize::new(0.0)
}

fn one() -> u32 {
    1
}

impl Work {
    /// Multiply-accumulates for one input.
    pub fn macs(&self) -> f64 {
        self.layers.iter().map(|layer| layer.macs).sum()
    }

    /// Bytes of its weights.
    pub fn weights(&self) -> f64 {
        self.layers.iter().map(|layer| layer.weights).sum()
    }
}

/// Dense convolutions of equal size, which is all that a few figures can express.
impl From<AsIf> for Work {
    fn from(AsIf(as_if): AsIf) -> Self {
        let layers = as_if.layers;
        let bytes = as_if.weights.get() + 2.0 * as_if.activations.get();
        let share = |total: f64| total / f64::from(layers);
        let layer = LayerWork {
            kind: LayerKind::Convolution,
            macs: share(as_if.macs.get()),
            bytes: share(bytes),
            weights: share(as_if.weights.get()),
            integers: false,
        };
        Self { layers: vec![layer; layers as usize] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_if(text: &str) -> AsIf {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_charged_for_is_told() {
        let all = "{macs: 300 MMAC, weights: 14 MB, activations: 2 MB, layers: 10}";
        assert_eq!(as_if(all).to_string(), "300 MMAC, 14 MB of weights, 2 MB of activations, 10 layers");
        assert_eq!(as_if("{macs: 300 MMAC, activations: 2 MB}").to_string(), "300 MMAC, 2 MB of activations");
        assert_eq!(as_if("300 MMAC").to_string(), "300 MMAC");
        assert_eq!(serde_json::to_value(as_if(all)).unwrap()["layers"], 10);
        for (layers, allowed) in [(0, false), (1, true), (100_000, true), (100_001, false)] {
            let checked = as_if(&format!("{{macs: 1 MAC, layers: {layers}}}")).check();
            assert_eq!(checked.is_ok(), allowed, "{layers}: {checked:?}");
        }
        assert_eq!(as_if("{macs: 1 MAC, layers: 0}").check().unwrap_err().what, "layers: from 1 to 100000");
    }

    /// Ten layers of 30 M MACs; each reads a tenth of 14 MB of weights, and writes and reads a tenth of 2 MB.
    #[test]
    fn its_work_is_divided_equally() {
        let work = Work::from(as_if("{macs: 300 MMAC, weights: 14 MB, activations: 2 MB, layers: 10}"));
        let layer =
            LayerWork { kind: LayerKind::Convolution, macs: 30e6, bytes: 1.8e6, weights: 1.4e6, integers: false };
        assert_eq!(work.layers, [layer; 10]);
        assert_eq!((work.macs(), work.weights()), (300e6, 14e6));
        assert_eq!((Work::default().macs(), Work::default().weights()), (0.0, 0.0));
    }
}
