use crate::chart::{Axis, Scale};
use crate::manifest::{Manifest, PointEntry};

/// Most points on a line.
const MOST_POINTS: usize = 120;

/// The points of a sweep that differ in one axis alone, ascending in its value.
pub struct Along<'a> {
    manifest: &'a Manifest,
    axis: usize,
    /// At least two.
    points: Vec<&'a PointEntry>,
}

impl<'a> Along<'a> {
    /// The points that differ from the first in this axis alone, or in axes that change together with it; none if its
    /// values are not numbers, or there is one only.
    pub fn new(manifest: &'a Manifest, axis: usize) -> Option<Self> {
        let first = manifest.points.first()?;
        let same_elsewhere = |point: &&PointEntry| {
            point.settings.iter().zip(&first.settings).enumerate().all(|(at, (a, b))| at == axis || a == b)
        };
        let is_number = |point: &&PointEntry| point.values.get(axis).copied().flatten().is_some();
        let mut points: Vec<&PointEntry> = manifest.points.iter().filter(same_elsewhere).filter(is_number).collect();
        points.sort_by(|a, b| value(a, axis).total_cmp(&value(b, axis)));
        // More points than the eye can distinguish would only make the page large; the first and the last stay.
        let last = points.len().saturating_sub(1);
        if last >= MOST_POINTS {
            points = (0..MOST_POINTS).map(|place| points[place * last / (MOST_POINTS - 1)]).collect();
        }
        (points.len() > 1).then_some(Self { manifest, axis, points })
    }

    /// What is swept.
    pub fn name(&self) -> &'a str {
        &self.manifest.axes[self.axis]
    }

    /// The points, ascending.
    pub fn points(&self) -> &[&'a PointEntry] {
        &self.points
    }

    /// A point's place, in the unit that is [written](Along::axis) at the axis.
    pub fn at(&self, point: &PointEntry) -> f64 {
        value(point, self.axis) / self.unit().0
    }

    /// What a point sets, as the scenario file writes it.
    pub fn setting(&self, point: &'a PointEntry) -> &'a str {
        &point.settings[self.axis]
    }

    /// The axis of a chart.
    pub fn axis(&self) -> Axis {
        let (least, most) = (value(self.points[0], self.axis), value(self.last(), self.axis));
        let scale = if least > 0.0 && most / least >= 8.0 { Scale::Log } else { Scale::Linear };
        let label = match (self.name(), self.unit().1) {
            (name, "") => name.to_owned(),
            (name, unit) => format!("{name}, {unit}"),
        };
        Axis { label, scale, includes: Vec::new() }
    }

    /// Where the other axes stay, as a sentence after others; empty if there are none.
    pub fn elsewhere(&self) -> String {
        let axes = self.manifest.axes.iter().zip(&self.points[0].settings).enumerate();
        let others: Vec<String> =
            axes.filter(|(at, _)| *at != self.axis).map(|(_, (axis, value))| format!("{axis} = {value}")).collect();
        if others.is_empty() { String::new() } else { format!(" Other axes are at {}.", others.join(", ")) }
    }

    fn last(&self) -> &'a PointEntry {
        self.points[self.points.len() - 1]
    }

    /// The unit in which the last value is written, and its size in base units.
    fn unit(&self) -> (f64, &'a str) {
        let (written, value) = (self.setting(self.last()), value(self.last(), self.axis));
        let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | '_');
        let (number, unit) = written.split_at(written.find(|c| !numeric(c)).unwrap_or(written.len()));
        match number.replace('_', "").parse::<f64>() {
            Ok(number) if number != 0.0 => (value / number, unit.trim()),
            _ => (1.0, ""),
        }
    }
}

fn value(point: &PointEntry, axis: usize) -> f64 {
    point.values.get(axis).copied().flatten().unwrap_or(0.0)
}
