//! Charts of where requests were cut, for policies that cut a network at more than one place.

use super::results::PolicyView;
use crate::chart::{Axis, Bin, Chart, Panel, Picture, Shares};
use crate::cuts::{CutCount, Cuts, Places, TIME_BINS, grouped, rate_from};
use crate::unit::{RATE, TIME, Unit, fitting, three_digits};

/// Most colours: more are hard to tell from each other.
const MOST_PLACES: usize = 8;

/// The charts; none if every policy cuts all its requests at one place. A run lasts `duration` seconds.
pub fn charts(policies: &[PolicyView], duration: f64) -> Vec<Chart> {
    let views: Vec<&PolicyView> = policies.iter().filter(|view| view.cuts.places().len() > 1).collect();
    if views.is_empty() {
        return Vec::new();
    }
    let mut all = Cuts::default();
    views.iter().for_each(|view| all.merge(&view.cuts));
    let places = grouped(&all.places(), MOST_PLACES);
    let chart = |kind, title: &str, caption: &str, x: Axis, panels: Vec<Panel>| {
        let parts = places.iter().map(|places| places.name()).collect();
        let picture = Picture::Shares(Shares { x, whole: "requests".into(), parts, panels });
        Chart { kind, title: title.into(), caption: caption.into(), picture }
    };
    let time = fitting(duration, TIME);
    let over_time = |bin: i16| duration * f64::from(bin) / f64::from(TIME_BINS);
    let mut charts = vec![chart(
        "cuts-time",
        "Where requests were cut, over time",
        "The darker, the more steps of the network the device ran before it sent up what crosses there: from the input, \
         none, to all of them.",
        Axis::linear(format!("arrival, {}", time.1)).including(0.0).including(duration / time.0),
        panels(&views, &places, |cuts| &cuts.over_time, over_time, time),
    )];
    let rates = all.over_rate.iter().map(|counted| counted.bin);
    let (least, most) = (rates.clone().min(), rates.max());
    if let Some(most) = most.filter(|_| least < most) {
        let rate = fitting(rate_from(most), RATE);
        charts.push(chart(
            "cuts-rate",
            "Where requests were cut, by rate",
            "The rate is the one at which the device would have begun to send when it last decided about the request, \
             whether it knew that or not. Left out are requests for which there was no choice, and those during outages.",
            Axis::log(format!("uplink, {}", rate.1)),
            panels(&views, &places, |cuts| &cuts.over_rate, rate_from, rate),
        ));
    }
    charts
}

/// A panel for each policy; a bin reaches from `from` its number to that of the next.
fn panels(
    views: &[&PolicyView],
    places: &[Places],
    counts: fn(&Cuts) -> &[CutCount],
    from: impl Fn(i16) -> f64,
    (size, unit): Unit,
) -> Vec<Panel> {
    let bin = |of_bin: &[CutCount]| {
        let (begin, end) = (from(of_bin[0].bin) / size, from(of_bin[0].bin + 1) / size);
        let requests = |places: &Places| of_bin.iter().filter(|c| places.contain(c.cut)).map(|c| c.requests).sum();
        Bin {
            from: begin,
            to: end,
            place: format!("{} to {} {unit}", three_digits(begin), three_digits(end)),
            parts: places.iter().map(requests).collect(),
        }
    };
    let panel = |view: &&PolicyView| Panel {
        name: view.row.policy.clone(),
        bins: counts(&view.cuts).chunk_by(|a, b| a.bin == b.bin).map(bin).collect(),
    };
    views.iter().map(panel).collect()
}
