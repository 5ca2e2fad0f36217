//! Where the requests of a policy were cut that takes a network apart: counted over the run and over the rates they met.

use serde::{Deserialize, Serialize};

/// Steps of a network that a device had run when it sent up what crosses there, 0 if it sent the input; none if it ran
/// all of them, and answered.
pub type Cut = Option<u16>;

/// Equal parts of a run in which requests are counted.
pub const TIME_BINS: u16 = 30;

/// Bins in each factor of ten of the rate.
const RATE_BINS_IN_A_DECADE: f64 = 3.0;

/// Requests of one bin that were cut at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutCount {
    /// Number of the bin.
    pub bin: i16,
    /// Where they were cut.
    pub cut: Cut,
    /// How many.
    pub requests: u64,
}

/// Counts of all places in all bins; bins without requests have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cuts {
    /// By time of arrival, in [`TIME_BINS`] bins.
    pub over_time: Vec<CutCount>,
    /// By the uplink's rate when the device decided; a bin reaches from [`rate_from`] its number to that of the next.
    pub over_rate: Vec<CutCount>,
}

/// Bits a second from which on a rate is in this bin.
pub fn rate_from(bin: i16) -> f64 {
    10f64.powf(f64::from(bin) / RATE_BINS_IN_A_DECADE)
}

impl Cuts {
    /// Adds a request that arrived when `part` of the run was over, 0 to 1. Where the rate is not known, or is 0, it is
    /// counted over time alone.
    pub fn add(&mut self, part: f64, rate: Option<f64>, cut: Cut) {
        let bin = (part * f64::from(TIME_BINS)).floor().clamp(0.0, f64::from(TIME_BINS - 1));
        count(&mut self.over_time, CutCount { bin: bin as i16, cut, requests: 1 });
        if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
            // A rate on the edge of a bin, such as 1 Mbps, is in the bin above.
            let bin = (rate.log10() * RATE_BINS_IN_A_DECADE + 1e-9).floor();
            count(&mut self.over_rate, CutCount { bin: bin as i16, cut, requests: 1 });
        }
    }

    /// Adds those of another run.
    pub fn merge(&mut self, other: &Self) {
        other.over_time.iter().for_each(|counted| count(&mut self.over_time, *counted));
        other.over_rate.iter().for_each(|counted| count(&mut self.over_rate, *counted));
    }

    /// Requests at each place, from the input sent to the answer of the device.
    pub fn places(&self) -> Vec<(Cut, u64)> {
        let mut places: Vec<(Cut, u64)> = Vec::new();
        for CutCount { cut, requests, .. } in &self.over_time {
            match places.iter_mut().find(|(place, _)| place == cut) {
                Some((_, sum)) => *sum += requests,
                None => places.push((*cut, *requests)),
            }
        }
        places.sort_by_key(|(place, _)| (place.is_none(), *place));
        places
    }
}

/// Adds requests to a list, which is in the order of bins and places.
fn count(counts: &mut Vec<CutCount>, more: CutCount) {
    match counts.binary_search_by_key(&(more.bin, more.cut), |counted| (counted.bin, counted.cut)) {
        Ok(place) => counts[place].requests += more.requests,
        Err(place) => counts.insert(place, more),
    }
}

/// Neighbouring places that are shown as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) first: Cut,
    pub(crate) last: Cut,
}

impl Places {
    pub(crate) fn contain(self, cut: Cut) -> bool {
        (self.first..=self.last).contains(&cut)
    }

    /// `after 3`, `after 3 to 7`.
    pub(crate) fn name(self) -> String {
        match (self.first, self.last) {
            (None, _) | (_, None) => "all on the device".to_owned(),
            (Some(0), _) => "input sent".to_owned(),
            (Some(first), Some(last)) if first == last => format!("after {first}"),
            (Some(first), Some(last)) => format!("after {first} to {last}"),
        }
    }
}

/// At most `most` groups of `places`: neighbours with the fewest requests are put together, but never the two ends; and so
/// are neighbours that have less than a hundredth of the requests between them, which nobody would see in a picture.
pub(crate) fn grouped(places: &[(Cut, u64)], most: usize) -> Vec<Places> {
    let mut groups: Vec<(Places, u64)> =
        places.iter().map(|(cut, requests)| (Places { first: *cut, last: *cut }, *requests)).collect();
    let is_end = |places: Places| places.first.is_none_or(|step| step == 0);
    let all: u64 = places.iter().map(|(_, requests)| requests).sum();
    loop {
        let pairs = (1..groups.len()).filter(|right| !is_end(groups[right - 1].0) && !is_end(groups[*right].0));
        let Some(right) = pairs.min_by_key(|right| groups[right - 1].1 + groups[*right].1) else { break };
        if groups.len() <= most && 100 * (groups[right - 1].1 + groups[right].1) >= all {
            break;
        }
        let (merged, requests) = groups.remove(right);
        groups[right - 1].0.last = merged.last;
        groups[right - 1].1 += requests;
    }
    groups.into_iter().map(|(places, _)| places).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(bin: i16, cut: Cut, requests: u64) -> CutCount {
        CutCount { bin, cut, requests }
    }

    /// Thirty bins: half of the run is over where bin 15 begins, and what arrives at the very end is in the last. Three
    /// bins in each factor of ten: 1 Mbps begins bin 18, and 10 Mbps bin 21.
    #[test]
    fn requests_are_counted_in_their_bins() {
        let mut cuts = Cuts::default();
        cuts.add(0.5, Some(1e6), Some(4));
        cuts.add(0.51, Some(999e3), None);
        cuts.add(1.0, Some(10e6), Some(4));
        cuts.add(0.0, Some(0.0), Some(0));
        cuts.add(0.5, None, Some(4));
        assert_eq!(
            cuts.over_time,
            [counted(0, Some(0), 1), counted(15, None, 1), counted(15, Some(4), 2), counted(29, Some(4), 1)]
        );
        assert_eq!(cuts.over_rate, [counted(17, None, 1), counted(18, Some(4), 1), counted(21, Some(4), 1)]);
        assert!((rate_from(18) / 1e6 - 1.0).abs() < 1e-12 && (rate_from(21) / 1e7 - 1.0).abs() < 1e-12);
        let once = cuts.clone();
        cuts.merge(&once);
        assert_eq!(cuts.places(), [(Some(0), 2), (Some(4), 6), (None, 2)]);
        assert_eq!(cuts.over_rate[0], counted(17, None, 2));
    }

    /// The input alone and the device alone stay; of 5, 1, 2 and 9 requests, 1 and 2 are the fewest neighbours, and then
    /// 5 and their 3.
    #[test]
    fn rare_neighbours_are_put_together() {
        let places = [(Some(0), 1), (Some(1), 5), (Some(2), 1), (Some(5), 2), (Some(7), 9), (None, 1)];
        let names = |most| -> Vec<String> { grouped(&places, most).into_iter().map(Places::name).collect() };
        assert_eq!(names(6), ["input sent", "after 1", "after 2", "after 5", "after 7", "all on the device"]);
        assert_eq!(names(5), ["input sent", "after 1", "after 2 to 5", "after 7", "all on the device"]);
        assert_eq!(names(4), ["input sent", "after 1 to 5", "after 7", "all on the device"]);
        assert_eq!(names(1), ["input sent", "after 1 to 7", "all on the device"]);
        let rare = [(Some(1), 1_000), (Some(3), 2), (Some(7), 1), (None, 500)];
        let names: Vec<String> = grouped(&rare, 6).into_iter().map(Places::name).collect();
        assert_eq!(names, ["after 1", "after 3 to 7", "all on the device"]);
        let middle = Places { first: Some(2), last: Some(5) };
        let within = [None, Some(0), Some(1), Some(2), Some(3), Some(5), Some(6)].map(|cut| middle.contain(cut));
        assert_eq!(within, [false, false, false, true, true, true, false]);
    }
}
