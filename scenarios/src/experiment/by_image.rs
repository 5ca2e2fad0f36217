//! What the requests with each image came to in a run: how images differ, where only runs can say.

use std::collections::BTreeMap;

use analysis::{ImageSums, Outcome, RequestRecord};

/// Takes in the requests of a run.
#[derive(Default)]
pub struct ByImage(BTreeMap<u32, ImageSums>);

impl ByImage {
    /// Adds a request.
    pub fn add(&mut self, r: &RequestRecord) {
        let sums = self.0.entry(r.image).or_insert_with(|| ImageSums { image: r.image, ..ImageSums::default() });
        sums.requests += 1;
        if r.outcome != Outcome::Unfinished {
            sums.ended += 1;
            sums.right += u64::from(r.correct());
            sums.little_right += u64::from(r.little_right);
            sums.big_right += u64::from(r.big_right);
        }
        sums.appealed += u64::from(r.appealed);
        sums.joules += r.energy.total();
        sums.uplink_bytes += r.uplink_bytes;
        if let Some(in_time) = r.in_time {
            sums.with_deadline += 1;
            sums.late += u64::from(!in_time);
        }
    }

    /// The sums, by ascending image.
    pub fn finish(self) -> Vec<ImageSums> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use analysis::EnergyParts;

    use super::*;

    /// Image 7 twice: answered rightly after an appeal, 3 J and 80 B; and kept, wrongly and late, for 1 J. Image 2 is
    /// still under way.
    #[test]
    fn requests_are_summed_by_their_image() {
        let request = |image, joules, outcome| RequestRecord {
            image,
            outcome,
            label: 4,
            energy: EnergyParts { compute: joules, ..EnergyParts::default() },
            ..RequestRecord::default()
        };
        let appealed = RequestRecord {
            answer: Some(4),
            big_right: true,
            appealed: true,
            uplink_bytes: 80,
            in_time: Some(true),
            ..request(7, 3.0, Outcome::Cloud)
        };
        let kept = RequestRecord { answer: Some(5), in_time: Some(false), ..request(7, 1.0, Outcome::Edge) };
        let under_way = RequestRecord { little_right: true, ..request(2, 0.5, Outcome::Unfinished) };
        let mut by_image = ByImage::default();
        [appealed, kept, under_way].iter().for_each(|request| by_image.add(request));
        let seven = ImageSums {
            image: 7,
            requests: 2,
            ended: 2,
            right: 1,
            little_right: 0,
            big_right: 1,
            appealed: 1,
            joules: 4.0,
            uplink_bytes: 80,
            with_deadline: 2,
            late: 1,
        };
        let two = ImageSums { image: 2, requests: 1, joules: 0.5, ..ImageSums::default() };
        assert_eq!(by_image.finish(), [two, seven]);
    }
}
