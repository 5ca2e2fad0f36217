//! Each chart is read back from its picture and compared with the figures it is drawn from.

use super::*;
use crate::chart::read_back::{DrawnBars, DrawnLines};
use crate::chart::{Axis, Chart, Lines, Mark, Picture, Scale, Shares, Style};
use crate::digest::TimelineStep;
use crate::report::charts;

// Colours of the families, as the charts' module sets them.
const LOCAL_ONLY: usize = 0;
const OFFLOAD_ALL: usize = 1;
const APPEALNET: usize = 2;
const MAX_SOFTMAX: usize = 3;

fn chart(results: &Results, kind: &str) -> Chart {
    let found = charts(results).into_iter().find(|chart| chart.kind == kind);
    found.unwrap_or_else(|| panic!("there is no chart of the kind {kind}"))
}

fn axes(chart: &Chart) -> (&Axis, &Axis) {
    match &chart.picture {
        Picture::Lines(lines) => (&lines.x, &lines.y),
        Picture::Bars(_) | Picture::Shares(_) => panic!("{} has no lines", chart.kind),
    }
}

fn drawn(chart: &Chart, x: Scale) -> DrawnLines {
    DrawnLines::read(&chart.svg(&Style::PAGE), x, Scale::Linear)
}

fn labels(chart: &Chart) -> (&str, &str) {
    let (x, y) = axes(chart);
    (&x.label, &y.label)
}

fn names(legend: &[(String, usize)]) -> Vec<(&str, usize)> {
    legend.iter().map(|(name, colour)| (name.as_str(), *colour)).collect()
}

/// In mJ: 2, 200, 50, 20 and 60. The front joins all but max-softmax, from the cheapest to the dearest; a family's
/// points are joined from the cheapest, too.
#[test]
fn the_pareto_chart_shows_each_policy_and_joins_the_front() {
    let results = results(rows().into_iter().map(view).collect());
    let chart = chart(&results, "pareto");
    assert_eq!(labels(&chart), ("energy per request, mJ", "accuracy, %"));
    let drawn = drawn(&chart, Scale::Log);
    assert_eq!(
        names(&drawn.legend),
        [
            ("Pareto front", 0),
            ("local-only", LOCAL_ONLY),
            ("offload-all", OFFLOAD_ALL),
            ("appealnet", APPEALNET),
            ("max-softmax", MAX_SOFTMAX)
        ]
    );
    drawn.check_lines(&[
        (0, &[(2.0, 90.0), (20.0, 92.0), (50.0, 94.0), (200.0, 95.0)]),
        (APPEALNET, &[(20.0, 92.0), (50.0, 94.0)]),
    ]);
    assert!(drawn.lines[0].dashed && !drawn.lines[1].dashed);
    let Picture::Lines(Lines { series, .. }) = &chart.picture else { panic!() };
    let marks: Vec<Mark> = series.iter().map(|series| series.mark).collect();
    assert_eq!(
        marks,
        [Mark::Dashed, Mark::Points, Mark::Points, Mark::Line, Mark::Points],
        "a single point is no line"
    );
    drawn.check_markers(&[
        (LOCAL_ONLY, 2.0, 90.0),
        (OFFLOAD_ALL, 200.0, 95.0),
        (APPEALNET, 20.0, 92.0),
        (APPEALNET, 50.0, 94.0),
        (MAX_SOFTMAX, 60.0, 93.0),
    ]);
    // Those with an interval: 90 ± 1, 95 ± 0.5 and 94 ± 0.25.
    drawn.check_whiskers(&[
        (LOCAL_ONLY, 2.0, 89.0, 91.0),
        (OFFLOAD_ALL, 200.0, 94.5, 95.5),
        (APPEALNET, 50.0, 93.75, 94.25),
    ]);
    drawn.check_tips(&[
        (2.0, 90.0, "local-only\naccuracy 90.0 ±1.0 %\nenergy 2.00 mJ\nappeals 0 %"),
        (200.0, 95.0, "offload-all\naccuracy 95.0 ±0.5 %\nenergy 200 mJ\nappeals 100 %"),
        (20.0, 92.0, "appealnet 0.5\naccuracy 92.0 %\nenergy 20.0 mJ\nappeals 15.0 %"),
        (50.0, 94.0, "appealnet 0.9\naccuracy 94.0"),
        (60.0, 93.0, "max-softmax 0.9\naccuracy 93.0 %\nenergy 60.0 mJ\nappeals 40.0 %"),
    ]);
}

/// The same policies at the shares they keep: 100, 0, 70, 85 and 60 %.
#[test]
fn the_chart_of_what_is_kept_has_shares_from_left_to_right() {
    let results = results(rows().into_iter().map(view).collect());
    let chart = chart(&results, "kept");
    assert_eq!(labels(&chart), ("kept at the edge, %", "accuracy, %"));
    let drawn = drawn(&chart, Scale::Linear);
    drawn.check_lines(&[(APPEALNET, &[(70.0, 94.0), (85.0, 92.0)])]);
    drawn.check_markers(&[
        (LOCAL_ONLY, 100.0, 90.0),
        (OFFLOAD_ALL, 0.0, 95.0),
        (APPEALNET, 70.0, 94.0),
        (APPEALNET, 85.0, 92.0),
        (MAX_SOFTMAX, 60.0, 93.0),
    ]);
}

/// Policies of one family are joined if they differ in their targets alone: with a split, they are another line.
#[test]
fn lines_join_targets_and_nothing_else() {
    let with =
        |policy: &str, variant: &str, energy| Row { variant: variant.into(), ..row(policy, 0.9, None, energy, 0.5) };
    let rows = [
        with("appealnet 0.5", "appealnet", 0.001),
        with("appealnet 0.5, split", "appealnet, split", 0.002),
        with("appealnet 0.9", "appealnet", 0.003),
        with("appealnet 0.9, split", "appealnet, split", 0.004),
    ];
    let drawn = drawn(&chart(&results(rows.into_iter().map(view).collect()), "pareto"), Scale::Log);
    assert_eq!(names(&drawn.legend)[1..], [("appealnet", APPEALNET), ("appealnet, split", 5)]);
    drawn.check_lines(&[(APPEALNET, &[(1.0, 90.0), (3.0, 90.0)]), (5, &[(2.0, 90.0), (4.0, 90.0)])]);
}

/// The caption speaks of a bound and of chance where there are any, by their names.
#[test]
fn captions_speak_of_what_is_there() {
    let caption = |rows: Vec<Row>| chart(&results(rows.into_iter().map(view).collect()), "pareto").caption;
    assert_eq!(caption(rows()), "Up and to the left is better. Bars are 95 % intervals of the accuracy.");
    let bound = Row { role: Role::Bound, ..row("oracle", 0.96, None, 0.1, 0.8) };
    let chance = Row { role: Role::Chance, ..row("random 20 %", 0.91, None, 0.1, 0.8) };
    let told = caption(rows().into_iter().chain([bound, chance]).collect());
    assert!(
        told.contains("No policy can be more accurate than oracle. A score is worth something if it beats random."),
        "{told}"
    );
}

/// A policy that pays more for the same accuracy is no corner of the front, though it may be on it.
#[test]
fn the_front_has_a_corner_where_the_accuracy_rises() {
    let rows = [
        row("local-only", 0.90, None, 0.001, 1.0),
        row("margin 0.5", 0.90, None, 0.002, 0.9),
        row("offload-all", 0.95, None, 0.003, 0.0),
    ];
    let chart = chart(&results(rows.into_iter().map(view).collect()), "pareto");
    drawn(&chart, Scale::Log).check_lines(&[(0, &[(1.0, 90.0), (3.0, 95.0)])]);
}

/// Half of the requests within 100 ms and 95 % within 400 ms; the other policy answers a quarter in 20 ms and 90 % in
/// 200 ms, and is never done with the rest.
#[test]
fn latencies_are_shares_of_requests_over_time() {
    let known: [&[(f64, f64)]; 2] = [&[(50.0, 0.1), (95.0, 0.4)], &[(25.0, 0.02), (90.0, 0.2)]];
    let mut views: Vec<PolicyView> = rows().into_iter().take(2).map(view).collect();
    views.iter_mut().zip(known).for_each(|(view, known)| view.percentiles = percentiles(known));
    let chart = chart(&results(views), "latency");
    assert_eq!(labels(&chart), ("within, ms", "requests, %"));
    let drawn = drawn(&chart, Scale::Log);
    assert_eq!(names(&drawn.legend), [("local-only", LOCAL_ONLY), ("offload-all", OFFLOAD_ALL)]);
    drawn.check_lines(&[(LOCAL_ONLY, &[(100.0, 50.0), (400.0, 95.0)]), (OFFLOAD_ALL, &[(20.0, 25.0), (200.0, 90.0)])]);
    drawn.check_tips(&[
        (100.0, 50.0, "local-only\n50 % within 100 ms"),
        (400.0, 95.0, "local-only\n95 % within 400 ms"),
        (20.0, 25.0, "offload-all\n25 % within 20 ms"),
        (200.0, 90.0, "offload-all\n90 % within 200 ms"),
    ]);
    let mut alone = view(rows()[0].clone());
    alone.percentiles = percentiles(&[(50.0, 0.1)]);
    assert!(charts(&results(vec![alone])).iter().all(|chart| chart.kind != "latency"), "one percentile is no line");
}

/// Seconds by part, shown in ms: 10 + 20 + 30 + 40 + 50 + 60 + 70 + 80 + 90 + 100 + 110 + 120 = 780. The other policy has but
/// 5 ms in the little network.
#[test]
fn the_time_s_parts_are_stacked_in_their_order() {
    let mut views: Vec<PolicyView> = rows().into_iter().take(2).map(view).collect();
    views[0].latency = LatencyParts { compute: 0.005, ..LatencyParts::default() };
    views[1].latency = LatencyParts {
        queue: 0.010,
        compute: 0.020,
        prepare: 0.100,
        radio: 0.030,
        connection: 0.110,
        uplink: 0.040,
        edge_server: 0.130,
        network: 0.050,
        cloud_prepare: 0.120,
        cloud_queue: 0.060,
        cloud: 0.070,
        downlink: 0.080,
        in_vain: 0.090,
    };
    let drawn = DrawnBars::read(&chart(&results(views), "latency-parts").svg(&Style::PAGE));
    assert_eq!(drawn.rows.len(), 2);
    drawn.check_row(0, "local-only", &[("little network", 5.0)], "5");
    let parts = [
        ("device queue", 10.0),
        ("little network", 20.0),
        ("prepare", 100.0),
        ("radio wait", 30.0),
        ("connection", 110.0),
        ("uplink", 40.0),
        ("edge server", 130.0),
        ("network", 50.0),
        ("cloud prepare", 120.0),
        ("cloud queue", 60.0),
        ("cloud", 70.0),
        ("downlink", 80.0),
        ("in vain", 90.0),
    ];
    drawn.check_row(1, "offload-all", &parts, "910");
    assert_eq!(drawn.rows[1].parts[5].3, "offload-all: uplink 40 ms");
}

/// Joules by part: 1 + 2 + 3 + 4 + 5 + 6 = 21; idling belongs to no request.
#[test]
fn the_energy_s_parts_are_stacked_without_idling() {
    let mut views: Vec<PolicyView> = rows().into_iter().take(2).map(view).collect();
    views[0].energy = EnergyParts { compute: 7.5, ..EnergyParts::default() };
    views[1].energy =
        EnergyParts { compute: 1.0, transmit: 2.0, receive: 3.0, promotion: 4.0, tail: 5.0, prepare: 6.0, idle: 9.0 };
    let drawn = DrawnBars::read(&chart(&results(views), "energy").svg(&Style::PAGE));
    drawn.check_row(0, "local-only", &[("compute", 7.5)], "7.5");
    let parts =
        [("compute", 1.0), ("prepare", 6.0), ("transmit", 2.0), ("receive", 3.0), ("promotion", 4.0), ("tail", 5.0)];
    drawn.check_row(1, "offload-all", &parts, "21");
    assert!(!drawn.legend.iter().any(|(name, _)| name == "idle"));
}

/// A step of the histogram for each of twenty bins of 0.05: `shares` in some of them, 0 elsewhere.
fn steps(shares: &[(usize, f64)]) -> Vec<(f64, f64)> {
    let share = |bin: usize| shares.iter().find(|(other, _)| *other == bin).map_or(0.0, |(_, share)| *share);
    let mut corners = vec![(0.0, share(0))];
    for bin in 1..SCORE_BINS {
        let from = bin as f64 * 0.05;
        corners.extend([(from, share(bin - 1)), (from, share(bin))]);
    }
    corners.extend([(1.0, share(SCORE_BINS - 1)), (1.0, share(SCORE_BINS - 1))]);
    corners
}

/// Of forty right answers, thirty scored from 0.95 and ten from 0.5: 75 and 25 %. Of five wrong ones, four scored from
/// 0.1 and one from 0.95: 80 and 20 %. The first policy has fewer answers and is not shown; neither are other scores.
#[test]
fn scores_of_right_and_wrong_answers_are_drawn_apart() {
    let mut views: Vec<PolicyView> = rows().into_iter().take(3).map(view).collect();
    views[0].scores = vec![histogram("q", &[(3, 9)], &[(4, 9)])];
    views[1].scores =
        vec![histogram("max_softmax", &[(5, 1)], &[(6, 2)]), histogram("q", &[(19, 30), (10, 10)], &[(2, 4), (19, 1)])];
    views[2].scores = vec![histogram("q", &[(0, 40)], &[(1, 5)]), histogram("margin", &[(0, 400)], &[])];
    let results = results(views);
    let chart = chart(&results, "scores-q");
    assert_eq!(labels(&chart), ("score", "share of the answers, %"));
    let (right, wrong) = (2, 3);
    let drawn = drawn(&chart, Scale::Linear);
    assert_eq!(names(&drawn.legend), [("right edge answers", right), ("wrong edge answers", wrong)]);
    drawn.check_lines(&[(right, &steps(&[(19, 75.0), (10, 25.0)])), (wrong, &steps(&[(2, 80.0), (19, 20.0)]))]);
    let tip = |place: (f64, f64)| {
        let near = |told: &&((f64, f64), String)| (told.0.0 - place.0).abs() < 1.0 && (told.0.1 - place.1).abs() < 1.0;
        drawn.tips.iter().find(near).map(|(_, text)| text.clone()).unwrap()
    };
    assert_eq!(drawn.tips.len(), 2 * SCORE_BINS, "the end of the last step has none");
    assert_eq!(tip(drawn.lines[0].corners[20]), "right edge answers: 10 of 40\nscored 0.5 to 0.55");
    assert_eq!(tip(drawn.lines[1].corners[4]), "wrong edge answers: 4 of 5\nscored 0.1 to 0.15");
    let softmax = self::drawn(&self::chart(&results, "scores-max-softmax"), Scale::Linear);
    softmax.check_lines(&[(right, &steps(&[(5, 100.0)])), (wrong, &steps(&[(6, 100.0)]))]);
}

/// Two stretches of ten minutes. Batteries go from 0.8 to 0.5 of their charge, the cloud is busy 25 and 75 % of the
/// time with 3 and 6 requests waiting; the other policy has no battery and a cloud that idles.
#[test]
fn the_course_of_a_run_is_drawn_over_time() {
    let moment =
        |until_s, battery, cloud_busy, cloud_waiting| TimelineStep { until_s, cloud_busy, cloud_waiting, battery };
    let mut views: Vec<PolicyView> = rows().into_iter().take(2).map(view).collect();
    views[0].timeline = vec![moment(600.0, Some(0.8), 0.25, 3.0), moment(1200.0, Some(0.5), 0.75, 6.0)];
    views[1].timeline = vec![moment(600.0, None, 0.0, 0.0), moment(1200.0, None, 0.0, 0.0)];
    let results = results(views);
    let over_time = |kind, label: &str, busy: &[(f64, f64)], idle: &[(usize, &[(f64, f64)])]| {
        let chart = chart(&results, kind);
        assert_eq!(labels(&chart), ("time, min", label));
        let lines: Vec<(usize, &[(f64, f64)])> = [(LOCAL_ONLY, busy)].into_iter().chain(idle.iter().copied()).collect();
        drawn(&chart, Scale::Linear).check_lines(&lines);
    };
    let nothing: &[(f64, f64)] = &[(10.0, 0.0), (20.0, 0.0)];
    over_time("batteries", "charge left, %", &[(10.0, 80.0), (20.0, 50.0)], &[]);
    over_time("cloud-busy", "busy, %", &[(10.0, 25.0), (20.0, 75.0)], &[(OFFLOAD_ALL, nothing)]);
    over_time("cloud-queue", "waiting requests", &[(10.0, 3.0), (20.0, 6.0)], &[(OFFLOAD_ALL, nothing)]);
}

/// A run of 60 s in 30 bins of 2 s. One policy cuts after 3 steps in its first bin, and in its second once after 3, once
/// after 9 and twice not at all; another always cuts after 3 and is left out. The rates are from 10 to 21.5 kbps, bin 12,
/// and from 100 to 215 kbps, bin 15.
#[test]
fn shares_of_cuts_are_shown_over_time_and_rate() {
    let mut views: Vec<PolicyView> = rows().into_iter().take(2).map(view).collect();
    for (part, rate, cut) in [
        (0.01, Some(1.1e4), Some(3)),
        (0.04, Some(1.1e4), None),
        (0.04, Some(1.1e5), Some(3)),
        (0.04, Some(1.2e5), Some(9)),
        (0.04, None, None),
    ] {
        views[0].cuts.add(part, rate, cut);
        views[1].cuts.add(part, rate, Some(3));
    }
    let mut results = results(views);
    results.manifest.points[0].duration_s = 60.0;
    let shares = |kind: &str| match chart(&results, kind).picture {
        Picture::Shares(shares) => shares,
        _ => panic!("{kind} has no shares"),
    };
    let over_time = shares("cuts-time");
    assert_eq!(over_time.parts, ["after 3", "after 9", "all on the device"]);
    assert_eq!((over_time.x.label.as_str(), over_time.panels.len()), ("arrival, min", 1));
    let panel = |shares: &Shares| -> Vec<(String, Vec<u64>)> {
        assert_eq!(shares.panels[0].name, "local-only");
        shares.panels[0].bins.iter().map(|bin| (bin.place.clone(), bin.parts.clone())).collect()
    };
    let at = |place: &str, parts: [u64; 3]| (place.to_owned(), parts.to_vec());
    assert_eq!(panel(&over_time), [at("0 to 0.0333 min", [1, 0, 0]), at("0.0333 to 0.0667 min", [1, 1, 2])]);
    let over_rate = shares("cuts-rate");
    assert_eq!(over_rate.x.label, "uplink, kbps");
    assert_eq!(panel(&over_rate), [at("10 to 21.5 kbps", [1, 0, 1]), at("100 to 215 kbps", [1, 1, 0])]);
    // At one rate, there is nothing to see over the rate.
    results.policies[0].cuts.over_rate.retain(|counted| counted.bin == 12);
    results.policies[1].cuts = Default::default();
    let kinds: Vec<&str> = charts(&results).iter().map(|chart| chart.kind).collect();
    assert!(kinds.contains(&"cuts-time") && !kinds.contains(&"cuts-rate"), "{kinds:?}");
}

/// Without a battery, a cloud or scores there is nothing to draw of them.
#[test]
fn a_chart_without_anything_to_show_is_left_out() {
    let mut local = view(rows()[0].clone());
    local.timeline = vec![TimelineStep { until_s: 60.0, ..TimelineStep::default() }];
    let kinds: Vec<&str> = charts(&results(vec![local])).iter().map(|chart| chart.kind).collect();
    assert_eq!(kinds, ["pareto", "kept", "latency-parts", "energy"]);
}
