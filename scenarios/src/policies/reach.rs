//! Which of many thresholds reaches a target with the fewest appeals.

use super::{Target, Unreachable};

/// The largest share of images that ties may add to the share of appeals asked for.
const TIED: f64 = 0.05;

/// Differences of shares that are rounding.
const ROUNDING: f64 = 1e-12;

/// What a threshold comes to: sending up the first images of a ranking, and no others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Share of the images that is sent up.
    pub appeals: f64,
    /// Share that is then right.
    pub right: f64,
    /// Whether there is such a threshold: there is none between equal scores.
    pub separable: bool,
}

/// The accuracies between which an accuracy gain is a share of the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Of the answers that are kept if all are.
    pub kept: f64,
    /// Of those that are had instead if none is.
    pub referred: f64,
}

/// A target that was missed.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed<N> {
    /// Why.
    pub why: Unreachable,
    /// The threshold that comes nearest.
    pub nearest: N,
}

/// The number of the first of `places`, in ascending order of their thresholds, that reaches `target`; of a
/// [`Target::Delta`], the first.
///
/// # Errors
/// If none does, or if it is a share of a gain that is none.
pub fn reach(places: impl Iterator<Item = Place> + Clone, ends: Ends, target: Target) -> Result<usize, Missed<usize>> {
    let separable = || places.clone().enumerate().filter(|(_, place)| place.separable);
    let first = separable().next().map_or(0, |(number, _)| number);
    let most_accurate = || {
        let better =
            |best: (usize, Place), place: (usize, Place)| if place.1.right > best.1.right { place } else { best };
        separable().reduce(better).map_or((first, ends.kept), |(number, place)| (number, place.right))
    };
    let no_gain = |referred: f64| {
        let why = Unreachable::NoGain { target, kept: ends.kept * 100.0, referred: referred * 100.0 };
        Err(Missed { why, nearest: first })
    };
    let (mut least_right, mut least_appeals) = (0.0, 0.0);
    match target {
        Target::Delta(_) => return Ok(first),
        Target::AccuracyGain(share) => {
            if ends.referred <= ends.kept + ROUNDING {
                return no_gain(ends.referred);
            }
            least_right = ends.kept + share.get() * (ends.referred - ends.kept);
        }
        Target::GainShare(share) => {
            let (_, most) = most_accurate();
            if most <= ends.kept + ROUNDING {
                return no_gain(most);
            }
            least_right = ends.kept + share.get() * (most - ends.kept);
        }
        Target::Points(points) => least_right = ends.kept + points.get() / 100.0,
        Target::Accuracy(share) => least_right = share.get(),
        Target::AppealRate(share) => least_appeals = share.get(),
        Target::Energy(_) | Target::Battery(_) | Target::Late(_) => {
            return Err(Missed { why: Unreachable::OnlyByRunning { target }, nearest: first });
        }
    }
    let enough = |appeals: f64| appeals >= least_appeals - ROUNDING;
    // At the last place that was not enough.
    let mut below = 0.0;
    for (number, place) in separable() {
        if place.right < least_right - ROUNDING || !enough(place.appeals) {
            below = place.appeals;
            continue;
        }
        // Equal scores go up together: more may go up than the first images that would have been enough.
        let first = places.clone().map(|place| place.appeals).find(|appeals| enough(*appeals));
        let too_many = place.appeals - first.unwrap_or(place.appeals);
        if matches!(target, Target::AppealRate(_)) && too_many > TIED {
            let [below, above] = [below, place.appeals].map(|appeals| (appeals * 1e4).round() / 100.0);
            return Err(Missed { why: Unreachable::Ties { target, below, above }, nearest: number });
        }
        return Ok(number);
    }
    let (nearest, right) = most_accurate();
    let most = match target {
        Target::AccuracyGain(_) => (right - ends.kept) / (ends.referred - ends.kept),
        Target::Points(_) => right - ends.kept,
        Target::AppealRate(_) => separable().map(|(_, place)| place.appeals).fold(0.0, f64::max),
        _ => right,
    };
    Err(Missed { why: Unreachable::TooMuch { target, most: most * 100.0 }, nearest })
}
