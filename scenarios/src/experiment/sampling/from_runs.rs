//! How figures vary with the images, read off the runs.
//!
//! A figure of a run is a ratio of sums over its requests, such as right answers over requests that ended. Each image
//! contributes what the requests that carried it add to the sum above the line, beyond their share of it: its *influence*.
//! With other images, there would have been other influences, so the variance of a figure over the choice of images is
//! the sum of the squared mean influences. In a single run, though, an image's influence is mostly chance: few requests
//! carried it, and they found queues and channels as they happened to be. What is an image's own is what recurs. So the
//! influence in one replication is multiplied by that in another, and these products are averaged over all pairs of
//! replications. Where images are drawn, two replications have nothing in common but the image, and this is an estimate
//! without bias, whatever the policy looks at; it may come out below 0 where images hardly matter. Where images come in
//! order, an image also recurs at its place in the run, and what that does (empty queues at first, the hour of the day)
//! counts as the image's: such an interval is rather too wide.
//!
//! Covariances of figures, of different policies too, are found in the same way, so that the variance of a difference is
//! that of the differences.

use std::collections::BTreeMap;

use analysis::{ImageSampling, ImageShare, ImageSums, RunDigest};
use sim_core::Moments;

/// Takes in the runs of a point, replication by replication.
pub struct FromRuns {
    policies: usize,
    replications: u32,
    /// Sum over the replications of each image's influence on every share.
    sums: BTreeMap<u32, Vec<f64>>,
    /// Sum over images and replications of the products of an influence with itself or another: what to leave out.
    alone: Vec<f64>,
    /// Responses of each policy's energy, bytes and deadlines to its appeal rate.
    responses: Vec<[Moments; 3]>,
}

/// What a share is read off: a sum above the line, and one below.
type Read = fn(&ImageSums) -> (f64, u64);

impl FromRuns {
    /// For a point with so many policies.
    pub fn new(policies: usize) -> Self {
        let responses = vec![[Moments::default(); 3]; policies];
        Self { policies, replications: 0, sums: BTreeMap::new(), alone: Vec::new(), responses }
    }

    /// Takes in the runs of all policies in a replication, in the order of the policies.
    pub fn add(&mut self, runs: &[RunDigest]) {
        let influences = self.influences(runs);
        let pairs = || pairs(ImageShare::of_runs(self.policies).count());
        self.alone.resize(pairs().count(), 0.0);
        for influence in influences.values() {
            for (sum, (one, other)) in self.alone.iter_mut().zip(pairs()) {
                *sum += influence[one] * influence[other];
            }
        }
        for (image, influence) in influences {
            let sums = self.sums.entry(image).or_insert_with(|| vec![0.0; influence.len()]);
            sums.iter_mut().zip(influence).for_each(|(sum, by)| *sum += by);
        }
        for (moments, run) in self.responses.iter_mut().zip(runs) {
            let of = run.summary.responses;
            let of = [of.energy, of.uplink_bytes, of.deadline_misses];
            moments.iter_mut().zip(of).for_each(|(moments, response)| moments.add(response));
        }
        self.replications += 1;
    }

    /// Fills in the covariances: what the runs say, and what thresholds add, which reaches energy, bytes and deadlines
    /// through the appeal rate.
    pub fn complete(&self, sampling: &mut ImageSampling) {
        let shares: Vec<ImageShare> = ImageShare::of_runs(self.policies).collect();
        let through: Vec<(ImageShare, f64)> = shares.iter().map(|share| self.through(*share)).collect();
        // With a single replication, nothing is known to recur.
        let n = f64::from(self.replications);
        let per_pair = if n > 1.0 { 1.0 / (n * (n - 1.0)) } else { 0.0 };
        let covariance = |(place, (one, other)): (usize, (usize, usize))| {
            let all: f64 = self.sums.values().map(|sums| sums[one] * sums[other]).sum();
            let alone = self.alone.get(place).copied().unwrap_or(0.0);
            let ((a, by), (b, times)) = (through[one], through[other]);
            (all - alone) * per_pair + by * times * sampling.by_thresholds(a, b)
        };
        sampling.covariances = pairs(shares.len()).enumerate().map(covariance).collect();
    }

    /// The share that a threshold changes, and by how much another then changes.
    fn through(&self, share: ImageShare) -> (ImageShare, f64) {
        let (policy, which) = match share {
            ImageShare::Energy(policy) => (policy, 0),
            ImageShare::UplinkBytes(policy) => (policy, 1),
            ImageShare::DeadlineMisses(policy) => (policy, 2),
            _ => return (share, 1.0),
        };
        (ImageShare::AppealRate(policy), self.responses[policy][which].mean())
    }

    /// The influence of each image on every share, in one replication.
    fn influences(&self, runs: &[RunDigest]) -> BTreeMap<u32, Vec<f64>> {
        let shares: Vec<ImageShare> = ImageShare::of_runs(self.policies).collect();
        let mut influences: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (place, share) in shares.iter().enumerate() {
            let (policies, read) = read(*share, self.policies);
            let rows = || runs[policies.clone()].iter().flat_map(|run| &run.images);
            let (above, below) = rows().map(read).fold((0.0, 0), |(a, b), (above, below)| (a + above, b + below));
            if below == 0 {
                continue;
            }
            let below = below as f64;
            for row in rows() {
                let (of_image, requests) = read(row);
                let influence = influences.entry(row.image).or_insert_with(|| vec![0.0; shares.len()]);
                influence[place] += (of_image - above / below * requests as f64) / below;
            }
        }
        influences
    }
}

/// The policies whose runs a share is read off, and how.
fn read(share: ImageShare, policies: usize) -> (std::ops::Range<usize>, Read) {
    match share {
        ImageShare::LittleAccuracy => (0..policies, |sums| (sums.little_right as f64, sums.ended)),
        ImageShare::BigAccuracy => (0..policies, |sums| (sums.big_right as f64, sums.ended)),
        ImageShare::Accuracy(policy) => (policy..policy + 1, |sums| (sums.right as f64, sums.ended)),
        ImageShare::AppealRate(policy) => (policy..policy + 1, |sums| (sums.appealed as f64, sums.requests)),
        ImageShare::Energy(policy) => (policy..policy + 1, |sums| (sums.joules, sums.requests)),
        ImageShare::UplinkBytes(policy) => (policy..policy + 1, |sums| (sums.uplink_bytes as f64, sums.requests)),
        ImageShare::DeadlineMisses(policy) => (policy..policy + 1, |sums| (sums.late as f64, sums.with_deadline)),
    }
}

/// Every share with itself and all before it: the order of covariances.
fn pairs(shares: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..shares).flat_map(|one| (0..=one).map(move |other| (one, other)))
}

#[cfg(test)]
mod tests;
