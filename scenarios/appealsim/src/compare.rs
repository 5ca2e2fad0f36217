use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use analysis::{ChanceEntry, Manifest, Outcome, PointEntry, RUNS, RunDigest, SummaryRecord, runs_in};
use clap::Args;
use serde_json::Value;
use sim_core::{Estimate, Moments};

use crate::failure::Failure;
use scenarios::experiment::outcome_share;
use scenarios::schema::Figure;

#[derive(Args)]
pub struct CompareArgs {
    /// The folder of a result.
    a: PathBuf,
    /// The folder of another result; differences are B minus A.
    b: PathBuf,
}

/// What is compared.
const FIGURES: [(&str, Figure, f64, &str); 7] = [
    ("accuracy", Figure::Accuracy, 100.0, "points"),
    ("appeals", Figure::AppealRate, 100.0, "points"),
    ("energy", Figure::Energy, 1e3, "mJ"),
    ("p50", Figure::LatencyP50, 1e3, "ms"),
    ("p95", Figure::LatencyP95, 1e3, "ms"),
    ("late", Figure::DeadlineMisses, 100.0, "points"),
    ("sent", Figure::UplinkBytes, 1e-3, "kB"),
];

/// Most differing settings that are listed by name; any further ones are only counted.
const DIFFERENCES: usize = 10;

/// The runs of a policy at a point, by replication.
type Runs = BTreeMap<u32, SummaryRecord>;

/// A result: its manifest, and its runs by point and policy.
struct Compared {
    manifest: Manifest,
    runs: BTreeMap<(u32, String), Runs>,
}

pub fn compare(args: &CompareArgs) -> Result<String, Failure> {
    let (first, second) = (Compared::read(&args.a)?, Compared::read(&args.b)?);
    let (a, b) = (args.a.display(), args.b.display());
    let pairs = points_in_common(&first.manifest, &second.manifest)
        .map_err(|why| Failure::Failed(format!("{a} and {b} cannot be compared: {why}")))?;
    let mut text =
        format!("{b} minus {a}; ± is the 95 % interval over the replications, without the choice of images\n");
    text += &differences(&first.manifest.scenario, &second.manifest.scenario);
    let mut sharing = "";
    let mut policies = 0;
    for (here, there) in &pairs {
        let apart = Apart::of(&here.chance, &there.chance);
        let how = apart.told();
        if how != sharing {
            text += how;
            sharing = how;
        }
        for policy in here.policies.iter().map(|entry| &entry.policy) {
            let of =
                |result: &'_ Compared, point: &PointEntry| result.runs.get(&(point.point, policy.clone())).cloned();
            let (Some(ours), Some(theirs)) = (of(&first, here), of(&second, there)) else { continue };
            policies += 1;
            let at = match first.manifest.setting_words(here) {
                words if words.is_empty() => words,
                words => format!(" ({words})"),
            };
            text += &format!("\n{policy}{at}\n");
            for (name, figure, scale, unit) in FIGURES {
                if let Some(line) = difference(&ours, &theirs, figure, scale, apart.paired()) {
                    text += &format!("  {name:10}{line} {unit}\n");
                } else if let Some(line) = without_an_answer(&ours, &theirs, figure) {
                    text += &format!("  {name:10}{line}\n");
                }
            }
            text += &accuracy_leaves_out([(&ours, &a), (&theirs, &b)]);
        }
    }
    if policies == 0 {
        return Err(Failure::Failed(format!("{a} and {b} have no policy in common")));
    }
    text += &left_out(&first.manifest, &second.manifest, &pairs, [&a, &b]);
    Ok(text)
}

impl Compared {
    fn read(folder: &Path) -> Result<Self, Failure> {
        let failed = |e: &dyn Display| Failure::Failed(e.to_string());
        let manifest = Manifest::read(folder).map_err(|e| failed(&e))?;
        let mut runs: BTreeMap<(u32, String), Runs> = BTreeMap::new();
        for file in runs_in(&folder.join(RUNS)) {
            let digest = RunDigest::read(&file).map_err(|e| failed(&e))?;
            let SummaryRecord { point, policy, replication, .. } = &digest.summary;
            runs.entry((*point, policy.clone())).or_default().insert(*replication, digest.summary);
        }
        Ok(Self { manifest, runs })
    }
}

/// Points at which both sweeps set the same values.
fn points_in_common<'a>(a: &'a Manifest, b: &'a Manifest) -> Result<Vec<(&'a PointEntry, &'a PointEntry)>, String> {
    if a.axes != b.axes {
        let axes = |manifest: &Manifest| match manifest.axes.as_slice() {
            [] => "nothing".to_owned(),
            axes => axes.join(" and "),
        };
        return Err(format!("one sweeps over {}, the other over {}", axes(a), axes(b)));
    }
    let twin = |here: &'a PointEntry| b.points.iter().find(|there| there.settings == here.settings);
    let pairs: Vec<_> = a.points.iter().filter_map(|here| Some((here, twin(here)?))).collect();
    if pairs.is_empty() { Err("their sweeps have no point in common".into()) } else { Ok(pairs) }
}

/// What the two results drew differently. Images and channels belong to requests: where those differ, the rest need not
/// be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Apart {
    Nothing,
    Channels,
    Images,
    ImagesAndChannels,
    Requests,
}

impl Apart {
    fn of(a: &ChanceEntry, b: &ChanceEntry) -> Self {
        match (a.requests == b.requests, a.observations == b.observations, a.channels == b.channels) {
            (false, ..) => Self::Requests,
            (true, false, false) => Self::ImagesAndChannels,
            (true, false, true) => Self::Images,
            (true, true, false) => Self::Channels,
            (true, true, true) => Self::Nothing,
        }
    }

    /// Whether differences are taken replication by replication. The same requests with the same images are enough:
    /// most of what varies from one replication to the next is then shared, and the interval is of the differences, so
    /// that delays and losses drawn apart only make it wider.
    fn paired(self) -> bool {
        matches!(self, Self::Nothing | Self::Channels)
    }

    fn told(self) -> &'static str {
        match self {
            Self::Nothing => {
                "Both drew the same requests, images, delays and losses: differences are paired by replication.\n"
            }
            Self::Channels => {
                "They drew the same requests and images, but not the same delays and losses: differences are paired by \
                 replication.\n"
            }
            Self::Images => "They did not draw the same images: differences are of two independent samples.\n",
            Self::ImagesAndChannels => {
                "They did not draw the same images, delays and losses: differences are of two independent samples.\n"
            }
            Self::Requests => "They did not draw the same requests: differences are of two independent samples.\n",
        }
    }
}

/// Accuracy is of the requests that ended; a line, if a hundredth or more had not in either result.
fn accuracy_leaves_out(results: [(&Runs, &dyn Display); 2]) -> String {
    let told = results.iter().filter_map(|(runs, name)| {
        let share = outcome_share(&runs.values().collect::<Vec<_>>(), Outcome::Unfinished)?;
        (share >= 0.01).then(|| format!("{:.0} % in {name}", share * 100.0))
    });
    match told.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        shares => format!("  accuracy leaves out requests that had not ended: {shares}\n"),
    }
}

/// `not compared: it falls among requests without an answer in 2 of 10 runs`, if it does: such a percentile is only
/// known to be later than every answer, and no difference follows.
fn without_an_answer(a: &Runs, b: &Runs, figure: Figure) -> Option<String> {
    let without = |run: &&SummaryRecord| figure.percentile(run).is_some_and(|latency| latency.exactly().is_none());
    let unknown = |runs: &Runs| runs.values().filter(without).count();
    let (unknown, all) = (unknown(a) + unknown(b), a.len() + b.len());
    (unknown > 0).then(|| format!("not compared: it falls among requests without an answer in {unknown} of {all} runs"))
}

/// The settings in which two scenarios differ, one per line; names, policies and sweeps are left out.
fn differences(a: &Value, b: &Value) -> String {
    let mut found = Vec::new();
    leaves(a, b, String::new(), &mut found);
    let apart =
        |path: &str| !["name", "policies", "sweep"].iter().any(|name| path.split(['.', '[']).next() == Some(name));
    found.retain(|(path, ..)| apart(path));
    let mut text = String::new();
    for (path, from, to) in found.iter().take(DIFFERENCES) {
        text += &format!("  {path}: {from} → {to}\n");
    }
    match found.len() {
        0 => String::new(),
        more if more > DIFFERENCES => format!("They differ in\n{text}  and {} more settings\n", more - DIFFERENCES),
        _ => format!("They differ in\n{text}"),
    }
}

fn leaves(a: &Value, b: &Value, path: String, found: &mut Vec<(String, String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (a, b) {
        _ if a == b => {}
        (Value::Object(here), Value::Object(there)) => {
            for (name, value) in here {
                leaves(value, there.get(name).unwrap_or(&Value::Null), below(name), found);
            }
            for (name, value) in there.iter().filter(|(name, _)| !here.contains_key(*name)) {
                leaves(&Value::Null, value, below(name), found);
            }
        }
        (Value::Array(here), Value::Array(there)) if here.len() == there.len() => {
            for (index, (here, there)) in here.iter().zip(there).enumerate() {
                let name = here.get("name").and_then(Value::as_str).map_or(index.to_string(), str::to_owned);
                leaves(here, there, below(&name), found);
            }
        }
        _ => {
            let shown = |value: &Value| match value {
                Value::Null => "nothing".to_owned(),
                value => scenarios::source::shown(value),
            };
            found.push((path, shown(a), shown(b)));
        }
    }
}

/// Points and policies that only one of the results has.
fn left_out(a: &Manifest, b: &Manifest, pairs: &[(&PointEntry, &PointEntry)], names: [&dyn Display; 2]) -> String {
    let mut text = String::new();
    for (manifest, other, name) in [(a, b, names[0]), (b, a, names[1])] {
        let apart = manifest.points.len() - pairs.len();
        if apart > 0 {
            text += &format!("\nonly in {name}: {apart} of {} points\n", manifest.points.len());
        }
        let policies = |manifest: &Manifest| -> Vec<String> {
            manifest.points.first().map_or(Vec::new(), |p| p.policies.iter().map(|e| e.policy.clone()).collect())
        };
        let theirs = policies(other);
        let alone: Vec<String> = policies(manifest).into_iter().filter(|policy| !theirs.contains(policy)).collect();
        if !alone.is_empty() {
            text += &format!("\nonly in {name}: {}\n", alone.join(", "));
        }
    }
    text
}

/// `from → to: difference ± half`. If paired, only replications that both results have count.
fn difference(a: &Runs, b: &Runs, figure: Figure, scale: f64, paired: bool) -> Option<String> {
    let value = |run: &SummaryRecord| figure.of(run).map(|value| value * scale);
    let moments = |values: &[f64]| values.iter().copied().collect::<Moments>();
    let (a, b): (Vec<f64>, Vec<f64>) = if paired {
        let both = a.iter().filter_map(|(replication, run)| Some((run, b.get(replication)?)));
        let both: Option<Vec<(f64, f64)>> = both.map(|(a, b)| Some((value(a)?, value(b)?))).collect();
        both?.into_iter().unzip()
    } else {
        let all = |runs: &Runs| runs.values().map(value).collect::<Option<Vec<f64>>>();
        (all(a)?, all(b)?)
    };
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mean_a, mean_b) = (moments(&a).mean(), moments(&b).mean());
    let half = if paired {
        a.iter().zip(&b).map(|(a, b)| b - a).collect::<Moments>().estimate()?.half_width()
    } else {
        let errors = moments(&a).estimate()?.uncertainty.zip(moments(&b).estimate()?.uncertainty);
        errors.and_then(|(a, b)| Estimate { mean: 0.0, uncertainty: Some(a.and(b)) }.half_width())
    };
    let half = half.map_or(String::new(), |half| format!(" ± {half:.3}"));
    Some(format!("{mean_a:9.3} → {mean_b:9.3}: {:+.3}{half}", mean_b - mean_a))
}

#[cfg(test)]
mod tests {
    use analysis::Percentile;
    use serde_json::json;

    use super::*;

    fn runs(energies: &[(u32, f64)]) -> Runs {
        let run = |(replication, energy): &(u32, f64)| {
            (*replication, SummaryRecord { energy: Some(*energy), ..SummaryRecord::default() })
        };
        energies.iter().map(run).collect()
    }

    /// By hand. Paired over replications 0 to 2: differences 1, 2, 3, mean 2, deviation 1, t(2) = 4.303, so 4.303/√3 =
    /// 2.484. Independent: A has mean 22.5 (10, 20, 30, 30) and variance of the mean 91.667/4 = 22.917, B 22 (11, 22, 33)
    /// and 121/3 = 40.333; together 63.25, with 63.25²/(22.917²/3 + 40.333²/2) = 4.047 degrees of freedom, where t is 2.764:
    /// 2.764·√63.25 = 21.98.
    #[test]
    fn differences_are_b_less_a() {
        let a = runs(&[(0, 10.0), (1, 20.0), (2, 30.0), (3, 30.0)]);
        let b = runs(&[(0, 11.0), (1, 22.0), (2, 33.0)]);
        let line = |paired| difference(&a, &b, Figure::Energy, 1.0, paired).unwrap();
        assert_eq!(line(true), "   20.000 →    22.000: +2.000 ± 2.484");
        assert!(line(false).starts_with("   22.500 →    22.000: -0.500 ± 21.9"), "{}", line(false));
        assert_eq!(difference(&a, &Runs::new(), Figure::Energy, 1.0, true), None);
    }

    #[test]
    fn a_percentile_without_an_answer_is_not_dropped_in_silence() {
        let run = |latency_p95| SummaryRecord { latency_p95, ..SummaryRecord::default() };
        let runs = |all: [Option<Percentile>; 2]| (0..).zip(all.map(run)).collect::<Runs>();
        let known = runs([Some(Percentile::Exactly(1.0)), Some(Percentile::Exactly(2.0))]);
        let partly = runs([Some(Percentile::Exactly(1.0)), Some(Percentile::AtLeast(2.0))]);
        let told = without_an_answer(&known, &partly, Figure::LatencyP95).unwrap();
        assert_eq!(told, "not compared: it falls among requests without an answer in 1 of 4 runs");
        assert_eq!(without_an_answer(&known, &known, Figure::LatencyP95), None);
        assert_eq!(without_an_answer(&runs([None, None]), &known, Figure::LatencyP95), None, "too few requests");
        assert_eq!(without_an_answer(&known, &partly, Figure::Energy), None);
    }

    #[test]
    fn settings_that_differ_are_named() {
        let a =
            json!({"seed": 1, "devices": [{"name": "camera", "count": 4}], "links": {"wifi": {"uplink": "1 Mbps"}}});
        let b = json!({"seed": 1, "devices": [{"name": "camera", "count": 4, "degrade": {"noise": 0.5}}],
            "links": {"wifi": {"uplink": "2 Mbps"}}, "policies": ["oracle"]});
        let expected = "They differ in\n  devices.camera.degrade: nothing → {\"noise\":0.5}\n  links.wifi.uplink: 1 Mbps → 2 Mbps\n";
        assert_eq!(differences(&a, &b), expected);
        assert_eq!(differences(&a, &a), "");
    }

    #[test]
    fn what_was_not_drawn_alike_is_named() {
        let entry = |requests: &str, observations: &str, channels: &str| ChanceEntry {
            requests: requests.to_owned(),
            observations: observations.to_owned(),
            channels: channels.to_owned(),
        };
        let a = entry("r", "o", "c");
        let apart = |b: ChanceEntry| Apart::of(&a, &b);
        assert_eq!(apart(a.clone()), Apart::Nothing);
        assert_eq!(apart(entry("r", "o", "y")), Apart::Channels);
        assert_eq!(apart(entry("r", "x", "c")), Apart::Images);
        assert_eq!(apart(entry("r", "x", "y")), Apart::ImagesAndChannels);
        assert_eq!(apart(entry("z", "x", "y")), Apart::Requests);
        assert!(Apart::Channels.paired() && !Apart::Images.paired());
    }
}
