//! Recordings of arrivals.

use std::path::Path;

use sim_core::{Span, Time};

/// The moments of a recording and its length, which goes one mean gap beyond the last of them.
pub fn read_times(path: &Path) -> Result<(Vec<Time>, Span), String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {file}: {e}"))?;
    let mut moments: Vec<Time> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let first = line.split(',').next().unwrap_or_default().trim();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let seconds = match first.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => seconds,
            Err(_) if index == 0 => continue,
            _ => return Err(format!("{file}, line {}: '{first}' is no number of seconds", index + 1)),
        };
        let at = Time::ZERO + Span::from_secs(seconds);
        if moments.last().is_some_and(|last| at < *last) {
            return Err(format!("{file}, line {}: {seconds} s comes before the line above", index + 1));
        }
        moments.push(at);
    }
    let Some(last) = moments.last().copied() else { return Err(format!("{file}: there are no arrivals in it")) };
    let gap = last.as_nanos() / moments.len() as u64;
    Ok((moments, Span::from_nanos((last.as_nanos() + gap).max(1))))
}
