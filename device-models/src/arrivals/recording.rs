//! Recordings of arrivals.

use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use sim_core::{Span, Time};
use xxhash_rust::xxh3::xxh3_128;

/// When somebody's requests arrived, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The moments.
    pub(super) moments: Arc<[Time]>,
    /// Until it begins again: one mean gap beyond the last of them.
    pub(super) length: Span,
}

impl Recording {
    /// Reads a text: a number of seconds a line, perhaps under a heading; what stands behind a comma is passed over.
    ///
    /// # Errors
    /// A sentence that names the file and the line.
    pub fn read(path: &Path) -> Result<Self, String> {
        let file = path.display();
        let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {file}: {e}"))?;
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let first = line.split(',').next().unwrap_or_default().trim();
            if first.is_empty() || first.starts_with('#') {
                continue;
            }
            match first.parse::<f64>() {
                Ok(seconds) => entries.push((index + 1, seconds)),
                Err(_) if index == 0 => {}
                Err(_) => return Err(format!("{file}, line {}: '{first}' is no number of seconds", index + 1)),
            }
        }
        Self::of(entries, "line").map_err(|what| format!("{file}{what}"))
    }

    /// From seconds, each with the number of its `place` (a line, a row) in whatever they come from.
    ///
    /// # Errors
    /// What is wrong, from the place on: for behind the name of a file.
    pub fn of(entries: impl IntoIterator<Item = (usize, f64)>, place: &str) -> Result<Self, String> {
        let mut moments: Vec<Time> = Vec::new();
        for (number, seconds) in entries {
            if !(seconds.is_finite() && seconds >= 0.0) {
                return Err(format!(", {place} {number}: {seconds} is no number of seconds from 0 on"));
            }
            let at = Time::ZERO + Span::from_secs(seconds);
            if moments.last().is_some_and(|last| at < *last) {
                return Err(format!(", {place} {number}: {seconds} s comes before the {place} above"));
            }
            moments.push(at);
        }
        let Some(last) = moments.last() else { return Err(": there are no arrivals in it".into()) };
        let gap = last.as_nanos() / moments.len() as u64;
        let length = Span::from_nanos((last.as_nanos() + gap).max(1));
        Ok(Self { moments: moments.into(), length })
    }

    /// The moments.
    pub fn moments(&self) -> &[Time] {
        &self.moments
    }
}

/// By its contents, whatever its file is called.
impl Serialize for Recording {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.moments.iter().flat_map(|moment| moment.as_nanos().to_le_bytes()).collect();
        (format!("{:032x}", xxh3_128(&bytes)), self.length.as_nanos()).serialize(serializer)
    }
}
