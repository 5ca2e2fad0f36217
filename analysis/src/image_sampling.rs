//! What is left to chance in the choice of images.
//!
//! Replications of a run draw from the same evaluation half, with thresholds set on the same calibration half. However
//! many there are, other halves would have given other figures. How far other figures is known without another run: by
//! drawing the halves again from themselves.
//!
//! That takes policies that do the same with an image whenever they meet it. Where one does not, the runs are asked how
//! their figures vary from image to image ([`ImageSampling::is_of_runs`]).

use serde::{Deserialize, Serialize};

/// How the accuracies and appeal rates of a point vary with the images that the halves happen to contain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageSampling {
    /// Images on which thresholds were set; none if no policy has a threshold to set.
    pub calibration_images: usize,
    /// Images that results come from.
    pub evaluation_images: usize,
    /// Covariances of the [`Shares`](ImageShare), in their order: the first with itself; the second with the first and
    /// with itself; and so on.
    pub covariances: Vec<f64>,
    /// For each policy, how far the longer side of its appeal rate's 95 % range reaches, relative to 1.96 standard
    /// deviations. On a flat stretch of the curve a threshold overshoots further than it falls short.
    pub skews: Vec<f64>,
    /// Comparisons at equal accuracy.
    pub leads: Vec<Lead>,
    /// What any threshold comes to on the evaluation half, for each family of thresholds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<ThresholdCurve>,
    /// What thresholds add to the covariances, where the rest of them is known from the runs; of the shares that are
    /// always there. Empty where everything is known from the images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by_thresholds: Vec<f64>,
}

/// What every threshold on a score comes to on the evaluation half.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThresholdCurve {
    /// Numbers of the policies that have a threshold on it.
    pub policies: Vec<usize>,
    /// Share sent up, ascending, and accuracy.
    pub points: Vec<(f64, f64)>,
}

/// A share of the images, or a mean over them, that depends on which images there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageShare {
    /// The little network's accuracy.
    LittleAccuracy,
    /// The big network's accuracy.
    BigAccuracy,
    /// Accuracy of the policy of that number in the scenario's list.
    Accuracy(usize),
    /// Share that this policy sends up.
    AppealRate(usize),
    /// Joules per request under this policy; this and what follows only where the runs say how they vary.
    Energy(usize),
    /// Bytes sent per request.
    UplinkBytes(usize),
    /// Share of requests not answered by their deadline.
    DeadlineMisses(usize),
}

/// What two policies have to send up to be equally accurate: as accurate as the first is with its threshold, or as the
/// second ever is, if that is less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lead {
    /// Number of the first policy.
    pub policy: usize,
    /// Number of the other policy.
    pub rival: usize,
    /// The accuracy on the evaluation half that both reach.
    pub accuracy: f64,
    /// Whether that is the most that the other policy reaches with any threshold, and less than the first does.
    #[serde(default)]
    pub limited: bool,
    /// Share that the first has to send up.
    pub appeals: f64,
    /// Share that the other has to send up.
    pub rival_appeals: f64,
    /// Variance of the difference of the two, over the choice of images.
    pub variance: f64,
    /// Variance of each.
    pub variances: [f64; 2],
}

impl ImageShare {
    /// The shares that are always there, of which a point with that many policies has one each.
    pub fn all(policies: usize) -> impl Iterator<Item = Self> {
        let of_policies = (0..policies).flat_map(|policy| [Self::Accuracy(policy), Self::AppealRate(policy)]);
        [Self::LittleAccuracy, Self::BigAccuracy].into_iter().chain(of_policies)
    }

    /// Those, and the means that the runs of that many policies add.
    pub fn of_runs(policies: usize) -> impl Iterator<Item = Self> {
        let of = |policy| [Self::Energy(policy), Self::UplinkBytes(policy), Self::DeadlineMisses(policy)];
        Self::all(policies).chain((0..policies).flat_map(of))
    }

    /// Its place among those of that many policies.
    fn place(self, policies: usize) -> usize {
        match self {
            Self::LittleAccuracy => 0,
            Self::BigAccuracy => 1,
            Self::Accuracy(policy) => 2 + 2 * policy,
            Self::AppealRate(policy) => 3 + 2 * policy,
            Self::Energy(policy) => 2 + 2 * policies + 3 * policy,
            Self::UplinkBytes(policy) => 3 + 2 * policies + 3 * policy,
            Self::DeadlineMisses(policy) => 4 + 2 * policies + 3 * policy,
        }
    }
}

impl ImageSampling {
    /// Whether the runs say how figures vary with the images, because some policy does not always do the same with one.
    pub fn is_of_runs(&self) -> bool {
        !self.by_thresholds.is_empty()
    }

    /// Covariance of two shares; 0 for what is not there.
    pub fn covariance(&self, a: ImageShare, b: ImageShare) -> f64 {
        self.of_pair(&self.covariances, a, b)
    }

    /// What thresholds add to the covariance of two shares, where the rest is known from the runs.
    pub fn by_thresholds(&self, a: ImageShare, b: ImageShare) -> f64 {
        self.of_pair(&self.by_thresholds, a, b)
    }

    fn of_pair(&self, of: &[f64], a: ImageShare, b: ImageShare) -> f64 {
        let [a, b] = [a, b].map(|share| share.place(self.skews.len()));
        let (low, high) = (a.min(b), a.max(b));
        of.get(high * (high + 1) / 2 + low).copied().unwrap_or(0.0)
    }

    /// Variance of a sum of shares, each multiplied by its factor. For a figure that depends on one appeal rate alone,
    /// scaled to its longer side.
    pub fn variance(&self, sum: &[(ImageShare, f64)]) -> f64 {
        let varies = |(share, factor): &(ImageShare, f64)| *factor != 0.0 && self.covariance(*share, *share) > 0.0;
        let varying: Vec<(ImageShare, f64)> = sum.iter().copied().filter(varies).collect();
        let skew = match varying[..] {
            [(ImageShare::AppealRate(policy), _)] => self.skews.get(policy).copied().unwrap_or(1.0),
            _ => 1.0,
        };
        // Rounding may leave the variance of what does not vary below 0.
        (self.covariance_of_sums(sum, sum) * skew * skew).max(0.0)
    }

    /// Covariance of two sums of shares, each multiplied by its factor.
    pub fn covariance_of_sums(&self, a: &[(ImageShare, f64)], b: &[(ImageShare, f64)]) -> f64 {
        let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
        pairs.map(|((a, by), (b, times))| by * times * self.covariance(*a, *b)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covariances of the four shares of one policy: little 1; big 2, 3; accuracy 4, 5, 6; appeals 7, 8, 9, 10.
    #[test]
    fn covariances_of_sums() {
        let sampling = ImageSampling { covariances: (1..=10).map(f64::from).collect(), ..ImageSampling::default() };
        let (little, big, accuracy) = (ImageShare::LittleAccuracy, ImageShare::BigAccuracy, ImageShare::Accuracy(0));
        assert_eq!(sampling.covariance(little, big), 2.0);
        assert_eq!(sampling.covariance(ImageShare::AppealRate(0), accuracy), 9.0);
        assert_eq!(sampling.covariance(accuracy, ImageShare::AppealRate(0)), 9.0);
        // Variance of accuracy − little: 6 − 2·4 + 1. Covariance of it with 2·big: 2·5 − 2·2.
        let gain = [(accuracy, 1.0), (little, -1.0)];
        assert_eq!(sampling.covariance_of_sums(&gain, &gain), -1.0);
        assert_eq!(sampling.covariance_of_sums(&gain, &[(big, 2.0)]), 6.0);
        // Skewed by 3, for the appeal rate alone: 10 · 9; with the accuracy, 10 + 2·9 + 6.
        let skewed = ImageSampling { skews: vec![3.0], ..sampling };
        let appeals = (ImageShare::AppealRate(0), 1.0);
        assert_eq!((skewed.variance(&[appeals]), skewed.variance(&[appeals, (accuracy, 1.0)])), (90.0, 34.0));
        // What does not vary, or does not count, leaves the appeal rate alone.
        assert_eq!(skewed.variance(&[appeals, (accuracy, 0.0)]), 90.0);
        let constant = ImageSampling { covariances: [0.0; 9].into_iter().chain([10.0]).collect(), ..skewed };
        assert_eq!(constant.variance(&[appeals, (accuracy, 1.0)]), 90.0);
        assert_eq!(ImageShare::all(1).collect::<Vec<_>>(), [little, big, accuracy, ImageShare::AppealRate(0)]);
    }

    /// Of two policies: the second one's accuracy 11 to 15, its appeals 16 to 21.
    #[test]
    fn each_policy_has_its_own_shares() {
        let sampling = ImageSampling { covariances: (1..=21).map(f64::from).collect(), ..ImageSampling::default() };
        assert_eq!(sampling.covariance(ImageShare::Accuracy(1), ImageShare::AppealRate(0)), 14.0);
        assert_eq!(sampling.covariance(ImageShare::LittleAccuracy, ImageShare::AppealRate(1)), 16.0);
        assert_eq!(sampling.variance(&[(ImageShare::AppealRate(1), 2.0)]), 4.0 * 21.0);
        let second = ImageSampling { skews: vec![1.0, 3.0], ..sampling };
        assert_eq!(second.variance(&[(ImageShare::AppealRate(1), 1.0)]), 9.0 * 21.0);
        assert_eq!(second.variance(&[(ImageShare::AppealRate(0), 1.0)]), 10.0);
    }

    /// Of one policy: energy 11 to 15, bytes 16 to 21, deadlines missed 22 to 28; what thresholds add is of the first
    /// four shares only.
    #[test]
    fn runs_add_means() {
        let sampling = ImageSampling {
            covariances: (1..=28).map(f64::from).collect(),
            skews: vec![1.0],
            by_thresholds: (1..=10).map(|value| f64::from(value) / 10.0).collect(),
            ..ImageSampling::default()
        };
        let [energy, bytes, late] = [ImageShare::Energy(0), ImageShare::UplinkBytes(0), ImageShare::DeadlineMisses(0)];
        let appeals = ImageShare::AppealRate(0);
        assert_eq!([energy, bytes, late].map(|share| sampling.covariance(share, share)), [15.0, 21.0, 28.0]);
        assert_eq!((sampling.covariance(late, appeals), sampling.covariance(appeals, energy)), (25.0, 14.0));
        assert_eq!((sampling.by_thresholds(appeals, appeals), sampling.by_thresholds(energy, energy)), (1.0, 0.0));
        assert_eq!(ImageShare::of_runs(1).collect::<Vec<_>>()[3..], [appeals, energy, bytes, late]);
        assert!(sampling.is_of_runs() && !ImageSampling::default().is_of_runs());
    }
}
