//! What thresholds are calibrated on: every image of the calibration half, degraded and weighted as the devices see
//! them.
//!
//! Devices draw images by class, and some of them see noise or darkness. Drawing from the calibration half in the same
//! way would add that draw's sampling error to every threshold, so its images are weighted instead: each is taken once,
//! and weighted by how often its class and its conditions occur among the requests. If all devices see all images
//! equally often, every weight is 1.

use std::sync::Arc;

use inference::{Dataset, Degrade, Half};
use rand::RngExt;
use serde::Serialize;
use sim_core::Streams;

use super::{FirstTier, Group, Images};
use crate::answers::{Evaluator, Networks, Observation, in_parallel};
use crate::policies::{ImageAnswers, Way};
use crate::schema::Conditions;

/// Conditions, and the share of all requests made under each.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mixture(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Part {
    conditions: Conditions,
    /// Of all requests.
    share: f64,
    /// How often each class occurs, on average over a run; none if images are equally likely.
    classes: Option<Vec<f64>>,
    /// The first tier that appeals reach.
    first_tier: FirstTier,
}

/// An image as part of a mixture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Met<'a> {
    /// Its index in the data set.
    pub image: u32,
    /// How it is degraded, if it is.
    pub degrade: Option<&'a Degrade>,
    /// How many images of the half it counts for.
    pub weight: f64,
    /// The first tier that an appeal of it reaches.
    pub first_tier: &'a FirstTier,
}

impl Met<'_> {
    /// What a device sees of it; what is random about that is drawn as for images of `half`.
    pub fn observed(&self, half: Half, seed: u64) -> Observation {
        let degrade = match half {
            Half::Calibration => "calibration-degrade",
            Half::Evaluation => "evaluation-degrade",
        };
        let random = || Streams::new(seed, 0).open(degrade, self.image.into());
        Observation::drawn(self.image, self.degrade, random)
    }
}

/// What is answered to `images` in `ways`, which begin with those of all networks, on `threads` threads; what is random
/// about them is drawn as for images of `half`.
pub fn samples(
    images: &[Met],
    networks: &Networks,
    ways: &Arc<[Way]>,
    half: Half,
    seed: u64,
    threads: usize,
) -> Vec<ImageAnswers> {
    let chance = match half {
        Half::Calibration => "calibration",
        Half::Evaluation => "evaluation",
    };
    let streams = Streams::new(seed, 0);
    in_parallel(images, threads, |part| {
        let mut evaluator = Evaluator::new(networks);
        let mut sample = |met: &Met| {
            let label = networks.data.label(met.image as usize);
            let observation = met.observed(half, seed);
            let answers: Vec<_> = ways.iter().map(|way| evaluator.answer(*way, &observation)).collect();
            let right = answers.iter().map(|answer| answer.class == label).collect();
            let chance = streams.open(chance, met.image.into()).random();
            let (ways, appeal, weight) = (ways.clone(), met.first_tier.network, met.weight);
            let image = ImageAnswers { ways, answers, right, appeal, chance, weight };
            ImageAnswers { appeal: met.first_tier.way(&image), ..image }
        };
        part.iter().map(&mut sample).collect()
    })
}

/// The place of the `number`-th of some items in [0, 1): the fractional parts of multiples of the golden ratio, of which
/// any run is spread evenly, with no period that the items' order might share.
pub fn spread(number: usize) -> f64 {
    number as f64 * 0.618_033_988_749_894_9 % 1.0
}

impl Mixture {
    /// The same conditions for all, with appeals as the devices of `groups` make them.
    pub fn of(conditions: &Conditions, images: &Images, groups: &[Group], data: &Dataset) -> Self {
        Self::by_group(groups, data, |_| (conditions, images))
    }

    /// What the devices of `groups` see, each group weighted by its number of requests.
    pub fn seen_by(groups: &[Group], data: &Dataset) -> Self {
        Self::by_group(groups, data, |group| (&group.conditions, &group.images))
    }

    fn by_group<'a>(
        groups: &'a [Group],
        data: &Dataset,
        sees: impl Fn(&'a Group) -> (&'a Conditions, &'a Images),
    ) -> Self {
        let requests = |group: &Group| f64::from(group.count) * group.arrivals.rate();
        let total: f64 = groups.iter().map(requests).sum();
        let mut parts: Vec<Part> = Vec::new();
        for group in groups {
            let share = if total > 0.0 { requests(group) / total } else { 1.0 / groups.len() as f64 };
            let (conditions, images) = sees(group);
            let first_tier = group.first_tier.clone();
            match parts.iter_mut().find(|part| part.conditions == *conditions && part.first_tier == first_tier) {
                Some(part) => part.share += share,
                None => {
                    let classes = images.class_shares(data);
                    parts.push(Part { conditions: conditions.clone(), share, classes, first_tier });
                }
            }
        }
        if let [alone] = parts.as_mut_slice() {
            alone.share = 1.0;
        }
        Self(parts)
    }

    /// Every image of a half with a weight above 0, ascending; weights sum to the number of images in the half.
    pub fn over(&self, data: &Dataset, half: Half) -> Vec<Met<'_>> {
        self.among(data, data.half(half))
    }

    /// The same of any of the images.
    pub fn among(&self, data: &Dataset, images: impl Iterator<Item = usize>) -> Vec<Met<'_>> {
        let images: Vec<u32> = images.map(|image| image as u32).collect();
        let total = images.len() as f64;
        let part_of: Vec<usize> = (0..images.len()).map(|place| self.part_at(spread(place))).collect();
        let mut counts = vec![(0.0, vec![0.0; data.classes()]); self.0.len()];
        for (image, part) in images.iter().zip(&part_of) {
            counts[*part].0 += 1.0;
            counts[*part].1[usize::from(data.label(*image as usize))] += 1.0;
        }
        // A part so small that no image falls to it is left out, and its share goes to the others.
        let met: f64 = self.0.iter().zip(&counts).filter(|(_, (n, _))| *n > 0.0).map(|(part, _)| part.share).sum();
        let met = if counts.iter().all(|(n, _)| *n > 0.0) { 1.0 } else { met };
        let weight = |image: u32, part: usize| {
            let Part { share, classes, .. } = &self.0[part];
            let (all, by_class) = &counts[part];
            match classes {
                None => total * (share / met) / all,
                Some(classes) => {
                    let class = usize::from(data.label(image as usize));
                    let there: f64 = classes.iter().zip(by_class).filter(|(_, n)| **n > 0.0).map(|(p, _)| p).sum();
                    total * (share / met) * classes[class] / there / by_class[class]
                }
            }
        };
        let met = images.iter().zip(&part_of).map(|(image, part)| Met {
            image: *image,
            degrade: self.0[*part].conditions.degrade.as_ref(),
            weight: weight(*image, *part),
            first_tier: &self.0[*part].first_tier,
        });
        met.filter(|met| met.weight > 0.0).collect()
    }

    /// A class that occurs, but of which `half` has no image.
    pub fn class_without_image(&self, data: &Dataset, half: Half) -> Option<usize> {
        let mut there = vec![false; data.classes()];
        data.half(half).for_each(|image| there[usize::from(data.label(image))] = true);
        let classes = self.0.iter().filter_map(|part| part.classes.as_ref());
        classes
            .flat_map(|classes| classes.iter().enumerate())
            .find(|(class, p)| **p > 0.0 && !there[*class])
            .map(|c| c.0)
    }

    /// The part at `place`, from 0 to 1, when the shares are laid end to end.
    fn part_at(&self, place: f64) -> usize {
        let mut up_to = 0.0;
        let at = self.0.iter().position(|part| {
            up_to += part.share;
            place < up_to
        });
        at.unwrap_or(self.0.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use inference::Strength;
    use inference::dataset::fashion_mnist;

    use super::*;
    use crate::policies::Way;
    use crate::schema::ImagesSpec;

    fn part(share: f64, spec: &ImagesSpec, noise: Option<f32>, data: &Dataset) -> Part {
        let none = Degrade { share: 1.0, noise: None, blur: None, occlusion: None, low_light: None };
        let degrade = noise.map(|noise| Degrade { noise: Some(Strength::up_to(noise)), ..none });
        let classes = Images::of("images", spec, data).unwrap().class_shares(data);
        Part {
            conditions: Conditions { images: spec.clone(), degrade },
            share,
            classes,
            first_tier: FirstTier { network: Way::BIG, policy: None },
        }
    }

    /// Share of the weight on images for which `is` holds.
    fn share(met: &[Met], is: impl Fn(&Met) -> bool) -> f64 {
        let sum = |is: &dyn Fn(&Met) -> bool| met.iter().filter(|met| is(met)).map(|met| met.weight).sum::<f64>();
        sum(&is) / sum(&|_| true)
    }

    #[test]
    fn where_all_see_all_alike_every_image_counts_once() {
        let data = fashion_mnist().unwrap();
        for spec in [ImagesSpec::Random, ImagesSpec::InOrder] {
            let mixture = Mixture(vec![part(1.0, &spec, Some(0.3), &data)]);
            let met = mixture.over(&data, Half::Calibration);
            assert!(met.len() == 5000 && met.iter().all(|met| met.weight == 1.0 && met.degrade.is_some()));
        }
    }

    /// Weights are those of the scenario, whatever the half contains; a drift counts as its mean over the run.
    #[test]
    fn classes_count_for_as_much_as_they_come() {
        let data = fashion_mnist().unwrap();
        let class = |met: &Met| data.label(met.image as usize);
        let skewed = ImagesSpec::Classes([(3, 6.0), (7, 0.0)].into());
        let mixture = Mixture(vec![part(1.0, &skewed, None, &data)]);
        let met = mixture.over(&data, Half::Calibration);
        assert!((met.iter().map(|met| met.weight).sum::<f64>() - 5000.0).abs() < 1e-6);
        assert!((share(&met, |met| class(met) == 3) - 6.0 / 14.0).abs() < 1e-9);
        assert!(met.iter().all(|met| class(met) != 7));
        let only_two = (0..10).filter(|class| *class != 2).map(|class| (class, 0.0)).collect();
        let drift = ImagesSpec::Drift { from: [(5, 11.0)].into(), to: only_two };
        let mixture = Mixture(vec![part(1.0, &drift, None, &data)]);
        let met = mixture.over(&data, Half::Calibration);
        assert!((share(&met, |met| class(met) == 2) - (0.05 + 1.0) / 2.0).abs() < 1e-9);
        assert!((share(&met, |met| class(met) == 5) - 0.55 / 2.0).abs() < 1e-9);
    }

    /// Conditions are weighted by the requests made under them, and each part sees every class.
    #[test]
    fn conditions_count_for_their_requests() {
        let data = fashion_mnist().unwrap();
        let dark = part(0.3, &ImagesSpec::Classes([(4, 0.0)].into()), Some(0.2), &data);
        let met_by = |parts| Mixture(parts).over(&data, Half::Calibration).iter().map(|met| met.weight).sum::<f64>();
        let mixture = Mixture(vec![dark.clone(), part(0.7, &ImagesSpec::Random, None, &data)]);
        let met = mixture.over(&data, Half::Calibration);
        assert!((share(&met, |met| met.degrade.is_some()) - 0.3).abs() < 1e-9);
        let noisy_fours = met.iter().filter(|met| met.degrade.is_some() && data.label(met.image as usize) == 4);
        assert_eq!(noisy_fours.count(), 0);
        // A part too small to get any image loses its share to the others.
        assert!((met_by(vec![dark, part(0.7, &ImagesSpec::Random, None, &data)]) - 5000.0).abs() < 1e-6);
        let tiny = part(1e-9, &ImagesSpec::InOrder, Some(0.1), &data);
        assert!((met_by(vec![part(1.0 - 1e-9, &ImagesSpec::Random, None, &data), tiny]) - 5000.0).abs() < 1e-3);
    }
}
