use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use sim_core::quantity;

use crate::problem::Problem;

/// An axis of a sweep: a place in this file and the values it takes; or several places that change together (`zip`).
/// Several axes are crossed, the first changing slowest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Axis {
    /// The place, written as for `--set`: `links.wifi.uplink`, `devices.camera.count`,
    /// `policies.2.appealnet.accuracy-gain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Vec<Value>>,
    /// Its values as a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<ValueRange>,
    /// Places that change together, each with as many values as the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<Vec<Axis>>,
}

/// Values from one to another, in the unit of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ValueRange {
    /// The first value.
    pub from: Value,
    /// The last value.
    pub to: Value,
    /// How many values, including the first and the last.
    pub steps: u32,
    /// How they are spaced.
    #[serde(default)]
    pub spacing: Spacing,
}

/// How the values of a range are spaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spacing {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios.
    Log,
}

/// What a point of a sweep sets: places and values.
pub type Settings = Vec<(String, Value)>;

/// Most points of a sweep.
const MOST_POINTS: usize = 100_000;

/// The points of a sweep: one that sets nothing if there are no axes.
///
/// # Errors
/// If an axis is incomplete, is empty, or sets what another sets; the problem's place is below `sweep`.
pub fn points(axes: &[Axis]) -> Result<Vec<Settings>, Problem> {
    let mut points: Vec<Settings> = vec![Vec::new()];
    for (index, axis) in axes.iter().enumerate() {
        let steps = axis.steps(&format!("sweep[{index}]"))?;
        if points.len() * steps.len() > MOST_POINTS {
            return Err(Problem::new("sweep", format!("more than {MOST_POINTS} points")));
        }
        let cross = |point: &Settings| -> Vec<Settings> {
            steps.iter().map(|step| point.iter().chain(step).cloned().collect()).collect()
        };
        points = points.iter().flat_map(cross).collect();
    }
    if let Some(point) = points.first() {
        for (index, (place, _)) in point.iter().enumerate() {
            if point[..index].iter().any(|(other, _)| other == place) {
                return Err(Problem::new("sweep", format!("'{place}' is set twice")));
            }
        }
    }
    Ok(points)
}

impl Axis {
    fn steps(&self, place: &str) -> Result<Vec<Settings>, Problem> {
        let one_of = || Problem::new(place, "give either set with to or range, or zip");
        match (&self.set, &self.to, &self.range, &self.zip) {
            (Some(set), Some(to), None, None) if to.is_empty() => {
                Err(Problem::new(format!("{place}.to"), format!("no values for '{set}'")))
            }
            (Some(set), Some(to), None, None) => {
                Ok(to.iter().map(|value| vec![(set.clone(), value.clone())]).collect())
            }
            (Some(set), None, Some(range), None) => {
                let values = range.values(&format!("{place}.range"))?;
                Ok(values.into_iter().map(|value| vec![(set.clone(), value)]).collect())
            }
            (None, None, None, Some(axes)) => {
                let parts: Vec<Vec<Settings>> = axes
                    .iter()
                    .enumerate()
                    .map(|(index, axis)| axis.steps(&format!("{place}.zip[{index}]")))
                    .collect::<Result<_, _>>()?;
                let length = parts.first().map_or(0, Vec::len);
                if length == 0 || parts.iter().any(|part| part.len() != length) {
                    let lengths: Vec<String> = parts.iter().map(|part| part.len().to_string()).collect();
                    let what = format!("zipped axes need the same number of values; these have {}", lengths.join(", "));
                    return Err(Problem::new(format!("{place}.zip"), what));
                }
                Ok((0..length).map(|step| parts.iter().flat_map(|part| part[step].clone()).collect()).collect())
            }
            _ => Err(one_of()),
        }
    }
}

impl ValueRange {
    fn values(&self, place: &str) -> Result<Vec<Value>, Problem> {
        let wrong = |what: String| Err(Problem::new(place, what));
        let ((from, unit), (to, other)) = (parse(place, &self.from)?, parse(place, &self.to)?);
        if unit != other {
            return wrong(format!("from is in '{unit}', but to is in '{other}'; use one unit"));
        }
        if self.steps < 2 {
            return wrong("a range needs at least 2 steps".to_owned());
        }
        if self.steps as usize > MOST_POINTS {
            return wrong(format!("more than {MOST_POINTS} points"));
        }
        if self.spacing == Spacing::Log && (from <= 0.0 || to <= 0.0) {
            return wrong("values that are spaced logarithmically must be above 0".to_owned());
        }
        let whole = unit.is_empty() && from.fract() == 0.0 && to.fract() == 0.0;
        let value = |step: u32| {
            let part = f64::from(step) / f64::from(self.steps - 1);
            let value = match self.spacing {
                _ if step == 0 => from,
                _ if step + 1 == self.steps => to,
                Spacing::Linear => from + part * (to - from),
                Spacing::Log => from * (to / from).powf(part),
            };
            written(if whole { value.round() } else { value }, &unit)
        };
        let mut values: Vec<Value> = (0..self.steps).map(value).collect();
        values.dedup();
        Ok(values)
    }
}

/// A number and its unit.
fn parse(place: &str, value: &Value) -> Result<(f64, String), Problem> {
    let wrong = |what: String| Problem::new(place, what);
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        other => return Err(wrong(format!("'{other}' is not a number with a unit"))),
    };
    let (number, unit) =
        quantity::split(&text).ok_or_else(|| wrong(format!("'{text}' does not begin with a number")))?;
    Ok((number, unit.to_owned()))
}

/// With six digits, which is precise enough.
fn written(value: f64, unit: &str) -> Value {
    let digits = if value == 0.0 { 0.0 } else { (5.0 - value.abs().log10().floor()).clamp(0.0, 15.0) };
    let scale = 10f64.powf(digits);
    let value = (value * scale).round() / scale;
    if unit.is_empty() {
        let whole = (value.fract() == 0.0 && value.abs() < 9e15).then(|| Number::from(value as i64));
        whole.or_else(|| Number::from_f64(value)).map_or(Value::Null, Value::Number)
    } else {
        Value::String(format!("{value} {unit}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn axes(yaml: &str) -> Vec<Axis> {
        serde_yaml::from_str(yaml).unwrap()
    }

    fn values(yaml: &str) -> Vec<Vec<Value>> {
        let points = points(&axes(yaml)).unwrap();
        points.into_iter().map(|point| point.into_iter().map(|(_, value)| value).collect()).collect()
    }

    #[test]
    fn axes_are_crossed_and_the_first_changes_slowest() {
        let points = values("[{set: a, to: [1, 2]}, {set: b, to: [x, y]}]");
        assert_eq!(
            points,
            [[json!(1), json!("x")], [json!(1), json!("y")], [json!(2), json!("x")], [json!(2), json!("y")]]
        );
        assert_eq!(super::points(&[]).unwrap(), [vec![]]);
    }

    #[test]
    fn ranges_keep_the_unit_and_whole_numbers() {
        let points = values("[{set: a, range: {from: 1 Mbps, to: 100 Mbps, steps: 3, spacing: log}}]");
        assert_eq!(points, [[json!("1 Mbps")], [json!("10 Mbps")], [json!("100 Mbps")]]);
        let points = values("[{set: a, range: {from: 1, to: 10, steps: 3, spacing: log}}]");
        assert_eq!(points, [[json!(1)], [json!(3)], [json!(10)]]);
        let points = values("[{set: a, range: {from: 0.1, to: 0.3, steps: 3}}]");
        assert_eq!(points, [[json!(0.1)], [json!(0.2)], [json!(0.3)]]);
    }

    #[test]
    fn zipped_places_change_together() {
        let points = values("[{zip: [{set: a, to: [1, 2]}, {set: b, to: [x, y]}]}]");
        assert_eq!(points, [[json!(1), json!("x")], [json!(2), json!("y")]]);
    }

    #[test]
    fn problems_have_their_place() {
        let told = |yaml: &str| points(&axes(yaml)).map_err(|p| (p.place, p.what)).unwrap_err();
        let (place, what) = told("[{set: a, to: [1]}, {zip: [{set: b, to: [1]}, {set: c, to: [1, 2]}]}]");
        assert_eq!(
            (place.as_str(), what.as_str()),
            ("sweep[1].zip", "zipped axes need the same number of values; these have 1, 2")
        );
        assert_eq!(told("[{set: a}]").0, "sweep[0]");
        assert_eq!(told("[{set: a, to: []}]").0, "sweep[0].to");
        assert_eq!(told("[{set: a, to: [1]}, {set: a, to: [2]}]").1, "'a' is set twice");
        assert_eq!(told("[{set: a, range: {from: 1 s, to: 2 min, steps: 3}}]").0, "sweep[0].range");
    }
}
