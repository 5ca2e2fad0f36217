//! Recordings of rates in scenario files: which file, how it is to be read, and how it is played.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A recording: a text file with one column of deliveries, or with times and rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TraceFile {
    /// One column is Mahimahi's format: a line for each packet of 1,504 bytes that could be sent, with its millisecond.
    /// More columns are times, counted from the first line, and the rate from then on, separated by commas, semicolons,
    /// tabs or blanks.
    pub file: PathBuf,
    /// The column of rates, by its name in the heading; the second of two by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The unit of the rates, such as `Mbps` or `kB/s`, if neither the heading nor the cells state it; bits a second by
    /// default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The unit of the times, such as `ms`, if neither the heading nor the cells state it; seconds by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<String>,
    /// What happens at its end.
    #[serde(default)]
    pub end: TraceEnd,
    /// Where each device or cell begins in it.
    #[serde(default)]
    pub offset: TraceOffset,
}

/// What happens at the end of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TraceEnd {
    /// It starts over.
    #[default]
    Loop,
    /// It keeps its last rate for ever.
    Hold,
}

/// Where a device begins in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TraceOffset {
    /// At its beginning.
    #[default]
    Start,
    /// At a random place, different for each device; only with `end: loop`.
    Random,
}
