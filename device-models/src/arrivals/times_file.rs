//! Recordings of arrivals in scenario files: which file, how it is to be read, and how it is played.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rate::TraceOffset;

/// A recording of arrivals: a text file or a Parquet file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimesFile {
    /// A text file with one stamp per line, ascending, or a Parquet file. Stamps are numbers that count from 0, or
    /// dates; where they are dates (or seconds since 1970), the first is 0.
    pub file: PathBuf,
    /// The column of stamps, by its name; the first by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The unit of the stamps, such as `ms`, if neither the name of the column (`arrival_ms`) nor its type states it;
    /// seconds by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_unit: Option<String>,
    /// What happens at its end.
    #[serde(default)]
    pub end: TimesEnd,
    /// Where each device begins in it.
    #[serde(default)]
    pub offset: TraceOffset,
}

/// What happens at the end of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimesEnd {
    /// It starts over.
    #[default]
    Loop,
    /// There are no more arrivals.
    Stop,
}
