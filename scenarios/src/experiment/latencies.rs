//! Percentiles of the latency over all requests of a run, in memory that does not grow with it.
//!
//! A system that cannot keep up answers the early requests; percentiles of the answers alone would describe only the
//! lucky ones. So requests without an answer count as later than every answer: first those still under way when the run
//! ended, whose ages are known, then those that never get one.
//!
//! Every run cuts off what is under way at its end, and in a system that keeps up, being cut off says nothing about a
//! request. So a percentile is computed both ways: with those under way at their ages (a lower bound on their latency),
//! and as later than every answer. If that makes little difference they are left out, which lies between the two.

use analysis::Percentile;
use sim_core::{Sketch, enough};

use super::sampling::ENDS;

/// Largest ratio of the two, the later over the earlier, at which requests under way are left out.
const LITTLE_DIFFERENCE: f64 = 1.1;

/// Takes in a run's requests.
#[derive(Default)]
pub struct Latencies {
    answered: Sketch,
    /// Those of the answered that were sent up.
    appealed: Sketch,
    /// Ages of those still under way at the end.
    under_way: Sketch,
    never: u64,
    longest: f64,
}

impl Latencies {
    /// Adds a request that was answered after `seconds`, and whether it was sent up.
    pub fn answered(&mut self, seconds: f64, appealed: bool) {
        self.answered.add(seconds);
        if appealed {
            self.appealed.add(seconds);
        }
        self.longest = self.longest.max(seconds);
    }

    /// Adds a request that had been under way for `seconds` when the run ended.
    pub fn under_way(&mut self, seconds: f64) {
        self.under_way.add(seconds);
        self.longest = self.longest.max(seconds);
    }

    /// Adds a request that never gets an answer.
    pub fn never(&mut self) {
        self.never += 1;
    }

    /// The share without an answer; none if there were no requests.
    pub fn unanswered(&self) -> Option<f64> {
        let all = self.count();
        (all > 0).then(|| (all - self.answered.count()) as f64 / all as f64)
    }

    /// The `p`-quantile of all requests, or nothing if fewer than ten are expected beyond it.
    pub fn percentile(&self, p: f64) -> Option<Percentile> {
        if self.under_way.count() == 0 {
            return self.with_latest(p, &self.answered, &Sketch::default());
        }
        let as_late = self.with_latest(p, &self.answered, &self.under_way);
        let mut at_their_ages = self.answered.clone();
        at_their_ages.merge(&self.under_way);
        match (as_late, self.with_latest(p, &at_their_ages, &Sketch::default())) {
            (Some(Percentile::Exactly(late)), Some(Percentile::Exactly(early)))
                if late <= early * LITTLE_DIFFERENCE =>
            {
                self.with_latest(p, &self.answered, &Sketch::default())
            }
            _ => as_late,
        }
    }

    /// How the `p`-quantile responds to the share sent up, from what it is at both ends of that share's 95 % interval,
    /// `spread` being the share's standard deviation. Where the quantile lies between requests that were kept and those
    /// that were sent up it jumps, so the larger of the two changes is taken. 0 where it is not among the answers, or
    /// where all or none are sent up.
    pub fn response(&self, p: f64, spread: f64) -> f64 {
        let appealed = self.appealed.count();
        let both = appealed > 0 && appealed < self.answered.count();
        let (Some(Percentile::Exactly(_)), true) = (self.percentile(p), both && spread > 0.0) else { return 0.0 };
        let here = self.with_more_appeals(p, 0.0);
        let change = |by: f64| (self.with_more_appeals(p, by) - here) / by;
        let (more, less) = (change(ENDS * spread), change(-ENDS * spread));
        if more.abs() > less.abs() { more } else { less }
    }

    /// The `p`-quantile if `more` of the answered requests had been sent up: those sent up and those kept keep their
    /// distributions, and count for more or less.
    fn with_more_appeals(&self, p: f64, more: f64) -> f64 {
        let answers = self.answered.count();
        let among_answers = (p * self.count() as f64 / answers as f64).min(1.0);
        let share = self.appealed.count() as f64 / answers as f64;
        let shifted = (share + more).clamp(0.0, 1.0);
        let reached = |seconds: f64| {
            let all = self.answered.share_up_to(seconds).unwrap_or(1.0);
            let appealed = self.appealed.share_up_to(seconds).unwrap_or(1.0);
            let kept = (all - share * appealed) / (1.0 - share);
            shifted * appealed + (1.0 - shifted) * kept >= among_answers - 1e-12
        };
        // The first answer, by length, up to which there are as many as that.
        let (mut low, mut high) = (0, answers - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.answered.at_rank(middle).is_some_and(reached) { high = middle } else { low = middle + 1 }
        }
        self.answered.at_rank(low).unwrap_or(self.longest)
    }

    /// The `p`-quantile of `answered`, followed by those `under_way`, followed by those that never get an answer.
    fn with_latest(&self, p: f64, answered: &Sketch, under_way: &Sketch) -> Option<Percentile> {
        let answers = answered.count();
        let all = answers + under_way.count() + self.never;
        if all == answers {
            return answered.quantile(p).map(Percentile::Exactly);
        }
        if !enough(all, p) {
            return None;
        }
        let place = p * (all - 1) as f64;
        let (below, above) = (place.floor() as u64, place.ceil() as u64);
        if let (Some(shorter), Some(longer)) = (answered.at_rank(below), answered.at_rank(above)) {
            return Some(Percentile::Exactly(shorter + (longer - shorter) * place.fract()));
        }
        let longest_answer = answered.at_rank(answers.saturating_sub(1)).unwrap_or(0.0);
        // Between the last answer and the first request without one, only the last answer is known.
        let Some(beyond) = below.checked_sub(answers) else { return Some(Percentile::AtLeast(longest_answer)) };
        match under_way.at_rank(beyond) {
            Some(seconds) => Some(Percentile::AtLeast(seconds.max(longest_answer))),
            None => Some(Percentile::Never(self.longest)),
        }
    }

    fn count(&self) -> u64 {
        self.answered.count() + self.under_way.count() + self.never
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(told: Option<Percentile>, expected: Percentile) {
        let seconds = |percentile| match percentile {
            Percentile::Exactly(seconds) => (0, seconds),
            Percentile::AtLeast(seconds) => (1, seconds),
            Percentile::Never(seconds) => (2, seconds),
        };
        let ((kind, told), (wanted, expected)) = (seconds(told.unwrap()), seconds(expected));
        assert!(kind == wanted && (told / expected - 1.0).abs() < 0.006, "{kind}: {told}, not {wanted}: {expected}");
    }

    /// A request every second that takes 1.5 s, for a minute: the k-th is answered after 1 + k/2 s, if that is before
    /// the end, so forty are, and the rest are 20, 19, ... 1 s old. Half of all sixty take no more than 16.25 s; from
    /// the answers alone it would be 11.25 s.
    #[test]
    fn those_who_still_wait_are_late() {
        let mut latencies = Latencies::default();
        (1..=40).for_each(|k| latencies.answered(1.0 + f64::from(k) / 2.0, true));
        (1..=20).for_each(|age| latencies.under_way(f64::from(age)));
        near(latencies.percentile(0.5), Percentile::Exactly(16.25));
        near(latencies.percentile(0.7), Percentile::AtLeast(21.0));
        assert_eq!(latencies.unanswered(), Some(20.0 / 60.0));
        assert_eq!(latencies.percentile(0.95), None, "three requests are too few beyond it");
    }

    /// The requests that wait longest have waited longer than any answer took.
    #[test]
    fn a_bound_is_what_the_request_it_falls_on_had_waited() {
        let mut latencies = Latencies::default();
        (0..100).for_each(|_| latencies.answered(2.0, true));
        (1..=300).for_each(|age| latencies.under_way(f64::from(age)));
        near(latencies.percentile(0.2), Percentile::Exactly(2.0));
        near(latencies.percentile(0.5), Percentile::AtLeast(100.0));
        near(latencies.percentile(0.95), Percentile::AtLeast(280.0));
    }

    #[test]
    fn what_is_never_answered_has_no_latency() {
        let mut latencies = Latencies::default();
        (0..900).for_each(|_| latencies.answered(0.5, false));
        (0..20).for_each(|_| latencies.under_way(0.1));
        (0..80).for_each(|_| latencies.never());
        near(latencies.percentile(0.5), Percentile::Exactly(0.5));
        // Although young, they count as later than every answer.
        near(latencies.percentile(0.91), Percentile::AtLeast(0.5));
        near(latencies.percentile(0.95), Percentile::Never(0.5));
        let mut nobody = Latencies::default();
        (0..50).for_each(|_| nobody.never());
        assert_eq!((nobody.percentile(0.5), nobody.unanswered()), (Some(Percentile::Never(0.0)), Some(1.0)));
        assert_eq!(Latencies::default().unanswered(), None);
    }

    /// A system that keeps up: what the end cuts off is left out, and the percentiles are those of the answers.
    #[test]
    fn being_cut_off_by_the_end_says_nothing() {
        let mut latencies = Latencies::default();
        (0..2_000).for_each(|k| latencies.answered(0.05 + f64::from(k * 7 % 2_000) * 1e-5, k % 2 == 0));
        let before = [0.05, 0.5, 0.95, 0.99].map(|p| latencies.percentile(p));
        latencies.under_way(0.01);
        latencies.under_way(0.03);
        assert_eq!([0.05, 0.5, 0.95, 0.99].map(|p| latencies.percentile(p)), before);
        assert_eq!(latencies.unanswered(), Some(2.0 / 2_002.0));
    }

    /// Answers take 1 to 2 s, evenly. With 40 that have been under way for half a second, the median is at 1.48 s if
    /// they count by their ages and at 1.52 s if they are late: of the answers alone, it is 1.5 s. With 400 it would be
    /// at
    /// 1.3 or 1.7 s, and they do count.
    #[test]
    fn what_makes_little_difference_is_left_out() {
        let median = |under_way: u32| {
            let mut latencies = Latencies::default();
            (0..1_000).for_each(|k| latencies.answered(1.0 + f64::from(k) / 1_000.0, true));
            (0..under_way).for_each(|_| latencies.under_way(0.5));
            latencies.percentile(0.5)
        };
        near(median(40), Percentile::Exactly(1.4995));
        near(median(400), Percentile::Exactly(1.6995));
    }

    /// Where all are answered, the percentiles are the sketch's.
    #[test]
    fn answers_alone_are_as_ever() {
        let (mut latencies, mut sketch) = (Latencies::default(), Sketch::default());
        for k in 0..1_000 {
            let seconds = f64::from(k * 7 % 1_000) / 100.0;
            latencies.answered(seconds, false);
            sketch.add(seconds);
        }
        for p in [0.01, 0.5, 0.95, 0.99] {
            assert_eq!(latencies.percentile(p), sketch.quantile(p).map(Percentile::Exactly));
        }
    }

    /// Of 10,000, a fifth is sent up and takes 1 to 3 s evenly, the rest 0.1 s. The 95th percentile is the three
    /// quarters of those sent up, 2.5 s. With a share a it is at 1 − 0.05/a of them, 1 + 2 (1 − 0.05/a) s, whose slope
    /// is
    /// 0.1/a² = 2.5 s. The median is 0.1 s whatever is sent up.
    #[test]
    fn a_percentile_responds_to_the_share_sent_up() {
        let mut latencies = Latencies::default();
        (0..8_000).for_each(|_| latencies.answered(0.1, false));
        (0..2_000).for_each(|k| latencies.answered(1.0 + f64::from(k) / 1_000.0, true));
        let slope = latencies.response(0.95, 0.01);
        assert!((slope / 2.5 - 1.0).abs() < 0.15, "{slope}");
        // With 16 points less, less than a twentieth is sent up, and the percentile is 0.1 s.
        let jump = latencies.response(0.95, 0.16 / 1.96);
        assert!((jump * 0.16 / 2.4 - 1.0).abs() < 0.02, "{jump}");
        assert_eq!(latencies.response(0.5, 0.01), 0.0);
        assert_eq!(latencies.response(0.95, 0.0), 0.0);
        // The fifth of ten answers is the first with half of them, whoever gave them; with none or all sent up, nothing
        // is known of the others.
        for appealed in [0, 4, 10] {
            let mut few = Latencies::default();
            (1..=10).for_each(|k| few.answered(f64::from(k), k <= appealed));
            if appealed == 4 {
                near(Some(Percentile::Exactly(few.with_more_appeals(0.5, 0.0))), Percentile::Exactly(5.0));
            } else {
                assert_eq!(few.response(0.5, 0.1), 0.0);
            }
        }
    }
}
