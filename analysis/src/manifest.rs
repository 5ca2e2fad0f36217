//! What ran: enough to run it again, to read the tables, and to draw the report.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::comparison::Comparison;
use crate::folder::MANIFEST;
use crate::image_sampling::ImageSampling;
use crate::role::{Palette, Role};
use crate::stage::Stage;
use crate::table::SCHEMA_VERSION;

/// `manifest.json`. It holds no wall-clock time and no number of threads: the same file and seed give the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Program and version.
    pub program: String,
    /// Version of the tables' layout.
    pub schema_version: u32,
    /// Identifies everything the result depends on.
    pub fingerprint: String,
    /// The scenario's name.
    pub name: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Which part this is, such as `1/4`; absent if it is the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Whether the requests were written.
    pub requests_written: bool,
    /// The scenario as it was run.
    pub scenario: serde_json::Value,
    /// Where figures come from; each point refers to one of these.
    pub provenances: Vec<Provenance>,
    /// The paths a sweep sets.
    pub axes: Vec<String>,
    /// The points of the sweep; a single one without a sweep.
    pub points: Vec<PointEntry>,
    /// Findings over all points, in words.
    pub findings: Vec<String>,
    /// Whether intervals are of the simulation alone, without the choice of images; never so in a file.
    #[serde(skip)]
    pub simulation_alone: bool,
}

/// Images, networks and presets of a point: where its figures come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The images.
    pub dataset: DatasetEntry,
    /// The network on the devices.
    pub little: NetworkEntry,
    /// The network in the cloud.
    pub big: NetworkEntry,
    /// Networks of other servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<NetworkEntry>,
    /// Figures of presets that are used, with their sources.
    pub presets: Vec<PresetFigure>,
}

/// A figure of a preset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PresetFigure {
    /// The preset and the figure's name: `wifi.tail`.
    pub name: String,
    /// Number and unit.
    pub value: String,
    /// How far to trust it.
    pub mark: String,
    /// Where it comes from.
    pub source: String,
    /// Year of the source.
    pub year: u16,
}

/// A data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DatasetEntry {
    /// Its name.
    pub name: String,
    /// Its images, both halves.
    pub images: usize,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkEntry {
    /// Its name.
    pub name: String,
    /// Multiply-accumulates of a pass.
    pub macs: u64,
    /// Bytes of its weights.
    pub weight_bytes: u64,
    /// Whether it did not run, and its answers are from a table.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,
    /// What is charged for a pass instead of its own work, if anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_if: Option<String>,
    /// Where what it takes was measured: names of groups of devices, of links with servers, and `cloud`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured_on: Vec<String>,
}

/// A point of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointEntry {
    /// Its number.
    pub point: u32,
    /// Index of its provenance in the manifest.
    pub provenance: usize,
    /// What is random there.
    pub chance: ChanceEntry,
    /// What its thresholds are calibrated on, as the scenario file writes it, if not what its devices see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated_on: Option<serde_json::Value>,
    /// What it sets, axis by axis.
    pub settings: Vec<String>,
    /// The same in base units, where it is a quantity.
    pub values: Vec<Option<f64>>,
    /// Number of devices.
    pub devices: u32,
    /// Simulated seconds.
    pub duration_s: f64,
    /// Requests that arrived before this are not counted.
    pub warmup_s: f64,
    /// What is used beyond the range that its model was fitted to, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extrapolated: Vec<String>,
    /// Replications made.
    pub replications: u32,
    /// The policies, in the order of the scenario file.
    pub policies: Vec<PolicyEntry>,
    /// What is left to chance in the choice of images; absent if there is a single replication, and so no interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_sampling: Option<ImageSampling>,
    /// The policies side by side.
    pub comparison: Comparison,
}

/// Identities of what is random at a point: where two agree, the same random numbers were drawn for the same things.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChanceEntry {
    /// When requests arrive, and where.
    pub requests: String,
    /// Which images they carry, and how those are degraded.
    pub observations: String,
    /// Delays, losses and changing rates in transit; outages.
    pub channels: String,
}

/// A policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyEntry {
    /// Its name in tables.
    pub policy: String,
    /// Its kind, whatever its target.
    pub family: String,
    /// Its name without its target: `appealnet, split for energy`. Policies share it that differ in nothing else.
    #[serde(default)]
    pub variant: String,
    /// What sentences call its kind.
    pub title: String,
    /// What it is in a comparison.
    pub role: Role,
    /// What its threshold is to reach, as the scenario file writes it, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<serde_json::Value>,
    /// As the scenario file specifies it.
    pub spec: serde_json::Value,
    /// Its threshold after calibration.
    pub threshold: Option<f64>,
    /// If that is a threshold on the probability of being right: what the scores of each stage mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// Whether it chooses among places at which a network is cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chooses_cuts: bool,
    /// What was planned for it, in words, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<String>,
}

impl PolicyEntry {
    /// What tells it from others of its kind, besides its target.
    pub fn options(&self) -> &str {
        self.variant.strip_prefix(&self.family).unwrap_or_default()
    }

    /// What sentences call it where its target has been told: its kind, with its options.
    pub fn in_sentences(&self) -> String {
        format!("{}{}", self.title, self.options())
    }
}

/// Its name in tables.
impl fmt::Display for PolicyEntry {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.policy)
    }
}

/// Why a folder cannot be read as a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no manifest.
    #[error("{folder} is not a result of appealsim: {why}")]
    NotAResult {
        /// The folder.
        folder: String,
        /// Why.
        why: String,
    },
    /// The tables have another layout.
    #[error("{folder} was written by {program}, whose tables have another layout; run the scenario again")]
    OtherVersion {
        /// The folder.
        folder: String,
        /// The program that wrote it.
        program: String,
    },
}

impl Manifest {
    /// The colours of its policies.
    pub(crate) fn palette(&self) -> Palette {
        let rows = self.points.iter().flat_map(|point| &point.comparison.rows);
        Palette::of(rows.map(|row| (row.variant(), row.role)))
    }

    /// Reads a result's manifest.
    ///
    /// # Errors
    /// If there is none, or it is of another version.
    pub fn read(folder: &Path) -> Result<Self, ReadError> {
        let not = |why: String| ReadError::NotAResult { folder: folder.display().to_string(), why };
        let bytes = std::fs::read(folder.join(MANIFEST)).map_err(|e| not(format!("{MANIFEST}: {e}")))?;
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(|e| not(format!("{MANIFEST}: {e}")))?;
        if value.get("schema_version").and_then(serde_json::Value::as_u64) != Some(SCHEMA_VERSION.into()) {
            let program =
                value.get("program").and_then(serde_json::Value::as_str).unwrap_or("something else").to_owned();
            return Err(ReadError::OtherVersion { folder: folder.display().to_string(), program });
        }
        serde_json::from_value(value).map_err(|e| not(format!("{MANIFEST}: {e}")))
    }

    /// As text, for the file.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Index of a provenance in the manifest, adding it if it is new.
    pub fn enter_provenance(&mut self, provenance: &Provenance) -> usize {
        let same = self.provenances.iter().position(|other| other == provenance);
        same.unwrap_or_else(|| {
            self.provenances.push(provenance.clone());
            self.provenances.len() - 1
        })
    }

    /// Where the figures of a point come from.
    pub fn provenance(&self, point: &PointEntry) -> Option<&Provenance> {
        self.provenances.get(point.provenance)
    }

    /// What a point sets, in words: `links.wifi.uplink = 1 Mbps, devices.camera.count = 4`.
    pub fn setting_words(&self, point: &PointEntry) -> String {
        let parts = self.axes.iter().zip(&point.settings).map(|(axis, value)| format!("{axis} = {value}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provenance(images: usize) -> Provenance {
        Provenance { dataset: DatasetEntry { name: "d".into(), images }, ..Provenance::default() }
    }

    #[test]
    fn equal_provenances_share_an_entry() {
        let mut manifest = Manifest::default();
        let entered = [1, 2, 1, 2].map(|images| manifest.enter_provenance(&provenance(images)));
        assert_eq!((entered, manifest.provenances.len()), ([0, 1, 0, 1], 2));
        let point = PointEntry { provenance: 1, ..PointEntry::default() };
        assert_eq!(manifest.provenance(&point), Some(&provenance(2)));
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let home = tempfile::tempdir().unwrap();
        let why = || Manifest::read(home.path()).unwrap_err().to_string();
        assert!(why().contains("is not a result of appealsim: manifest.json: "), "{}", why());
        let point = PointEntry { settings: vec!["1 Mbps".into(), "4".into()], ..PointEntry::default() };
        let written = Manifest {
            program: "appealsim 0".into(),
            schema_version: SCHEMA_VERSION,
            provenances: vec![provenance(7)],
            axes: vec!["links.wifi.uplink".into(), "devices.camera.count".into()],
            points: vec![point],
            ..Manifest::default()
        };
        let write = |manifest: &Manifest| std::fs::write(home.path().join(MANIFEST), manifest.to_text()).unwrap();
        write(&written);
        let read = Manifest::read(home.path()).unwrap();
        assert_eq!(read, written);
        assert_eq!(read.setting_words(&read.points[0]), "links.wifi.uplink = 1 Mbps, devices.camera.count = 4");
        write(&Manifest { schema_version: SCHEMA_VERSION + 1, ..written });
        assert!(
            why().ends_with("was written by appealsim 0, whose tables have another layout; run the scenario again")
        );
    }
}
