//! What is shown when the reader points at a mark of a chart.

use crate::comparison::Interval;

/// Mean and interval in a unit.
pub fn told(figure: Option<Interval>, (size, unit): (f64, &str)) -> String {
    figure.map_or("-".into(), |figure| format!("{} {unit}", figure.written(size)))
}
