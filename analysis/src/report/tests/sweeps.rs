//! Charts along a sweep, read back from their pictures.

use super::*;
use crate::chart::read_back::DrawnLines;
use crate::chart::{Chart, Picture, Scale, Style};
use crate::comparison::Reading;
use crate::report::sweeps::charts;

const LOCAL_ONLY: usize = 0;
const OFFLOAD_ALL: usize = 1;

fn point(settings: &[&str], values: &[Option<f64>], rows: Vec<Row>) -> PointEntry {
    PointEntry {
        settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
        values: values.to_vec(),
        comparison: Comparison { rows, ..Comparison::default() },
        ..PointEntry::default()
    }
}

fn swept(axes: &[&str], mut points: Vec<PointEntry>) -> Manifest {
    points.iter_mut().zip(0..).for_each(|(point, number)| point.point = number);
    Manifest { axes: axes.iter().map(|axis| (*axis).to_owned()).collect(), points, ..Manifest::default() }
}

/// Two policies: local-only is the same everywhere, offload-all as given. The 95th percentile is in seconds; without
/// one, it falls among requests that were never answered.
fn pair(accuracy: f64, energy: f64, p95: Option<f64>, late: f64) -> Vec<Row> {
    let local = Row { deadline_misses: interval(0.0, None), ..row("local-only", 0.9, None, 0.002, 1.0) };
    let latency = p95.map_or(Reading::AtLeast(9.0), |mean| {
        Reading::Seen(Interval { half_width: Some(0.1), ..Interval::point(mean) })
    });
    let offload = Row {
        latency_p95_s: Some(latency),
        deadline_misses: interval(late, None),
        ..row("offload-all", accuracy, Some(0.01), energy, 0.0)
    };
    vec![local, offload]
}

fn labels(chart: &Chart) -> (&str, &str) {
    match &chart.picture {
        Picture::Lines(lines) => (&lines.x.label, &lines.y.label),
        Picture::Bars(_) | Picture::Shares(_) => panic!("{} has no lines", chart.kind),
    }
}

fn find(manifest: &Manifest, kind: &str) -> Chart {
    charts(manifest).into_iter().find(|chart| chart.kind == kind).unwrap()
}

/// From 2 to 20 Mbps is a factor of ten, so that x is logarithmic; 8 Mbps was written between them, and is drawn there.
/// Energies are 0.1, 0.05 and 0.02 J: 100, 50 and 20 mJ. At 2 Mbps, the percentile is unknown and has no point.
#[test]
fn each_figure_is_drawn_over_what_was_swept() {
    let manifest = swept(
        &["links.wifi.uplink"],
        vec![
            point(&["2 Mbps"], &[Some(2e6)], pair(0.91, 0.1, None, 0.3)),
            point(&["20 Mbps"], &[Some(2e7)], pair(0.95, 0.02, Some(0.5), 0.1)),
            point(&["8 Mbps"], &[Some(8e6)], pair(0.93, 0.05, Some(1.5), 0.2)),
        ],
    );
    let read = |kind| DrawnLines::read(&find(&manifest, kind).svg(&Style::PAGE), Scale::Log, Scale::Linear);
    let energy = read("sweep-energy");
    let named = [("local-only".to_owned(), LOCAL_ONLY), ("offload-all".to_owned(), OFFLOAD_ALL)];
    assert_eq!(energy.legend, named);
    energy.check_lines(&[
        (LOCAL_ONLY, &[(2.0, 2.0), (8.0, 2.0), (20.0, 2.0)]),
        (OFFLOAD_ALL, &[(2.0, 100.0), (8.0, 50.0), (20.0, 20.0)]),
    ]);
    energy.check_tips(&[
        (2.0, 2.0, "local-only\n2 Mbps: 2.00 mJ"),
        (8.0, 2.0, "local-only\n8 Mbps: 2.00 mJ"),
        (20.0, 2.0, "local-only\n20 Mbps: 2.00 mJ"),
        (2.0, 100.0, "offload-all\n2 Mbps: 100 mJ"),
        (8.0, 50.0, "offload-all\n8 Mbps: 50.0 mJ"),
        (20.0, 20.0, "offload-all\n20 Mbps: 20.0 mJ"),
    ]);
    let accuracy = read("sweep-accuracy");
    accuracy.check_lines(&[
        (LOCAL_ONLY, &[(2.0, 90.0), (8.0, 90.0), (20.0, 90.0)]),
        (OFFLOAD_ALL, &[(2.0, 91.0), (8.0, 93.0), (20.0, 95.0)]),
    ]);
    accuracy.check_whiskers(&[
        (OFFLOAD_ALL, 2.0, 90.0, 92.0),
        (OFFLOAD_ALL, 8.0, 92.0, 94.0),
        (OFFLOAD_ALL, 20.0, 94.0, 96.0),
    ]);
    read("sweep-latency").check_lines(&[(OFFLOAD_ALL, &[(8.0, 1.5), (20.0, 0.5)])]);
    read("sweep-late").check_lines(&[
        (LOCAL_ONLY, &[(2.0, 0.0), (8.0, 0.0), (20.0, 0.0)]),
        (OFFLOAD_ALL, &[(2.0, 30.0), (8.0, 20.0), (20.0, 10.0)]),
    ]);
    let told = find(&manifest, "sweep-energy");
    assert_eq!(labels(&told), ("links.wifi.uplink, Mbps", "energy per request, mJ"));
    assert_eq!(
        (told.title.as_str(), told.caption.as_str()),
        ("Energy per request over links.wifi.uplink", "Bars are 95 % intervals.")
    );
    assert_eq!(labels(&find(&manifest, "sweep-latency")).1, "95th percentile of the latency, s");
    assert_eq!(labels(&find(&manifest, "sweep-late")).1, "late answers, %");
}

/// Along one axis, the other stays where the first point has it: at 10 ms for the rate, at 1 Mbps for the delay. 1 to
/// 3 Mbps is less than a factor of eight, so that x is linear.
#[test]
fn the_other_axes_stay_at_their_first_value() {
    let at = |rate: &str, bits, rtt: &str, seconds, energy| {
        point(&[rate, rtt], &[Some(bits), Some(seconds)], pair(0.9, energy, None, 0.0))
    };
    let manifest = swept(
        &["links.l.uplink", "links.l.rtt"],
        vec![
            at("1 Mbps", 1e6, "10 ms", 0.01, 5.0),
            at("1 Mbps", 1e6, "20 ms", 0.02, 6.0),
            at("3 Mbps", 3e6, "10 ms", 0.01, 7.0),
            at("3 Mbps", 3e6, "20 ms", 0.02, 8.0),
        ],
    );
    let all: Vec<Chart> = charts(&manifest).into_iter().filter(|chart| chart.kind == "sweep-energy").collect();
    assert_eq!(all.len(), 2);
    let check = |number: usize, label: &str, others: &str, line: &[(f64, f64)]| {
        let chart = &all[number];
        assert_eq!(labels(chart), (label, "energy per request, J"));
        assert!(chart.caption.ends_with(others), "{}", chart.caption);
        let drawn = DrawnLines::read(&chart.svg(&Style::PAGE), Scale::Linear, Scale::Linear);
        assert_eq!(drawn.lines[1].colour, OFFLOAD_ALL);
        drawn.check(&drawn.lines[1].corners, line);
    };
    check(0, "links.l.uplink, Mbps", " Other axes are at links.l.rtt = 10 ms.", &[(1.0, 5.0), (3.0, 7.0)]);
    check(1, "links.l.rtt, ms", " Other axes are at links.l.uplink = 1 Mbps.", &[(10.0, 5.0), (20.0, 6.0)]);
}

/// What is swept without a number, or at a single point, has no axis to be drawn along; nor is a figure drawn that is 0
/// everywhere.
#[test]
fn only_numbers_have_an_axis() {
    let words = swept(
        &["links.l.radio"],
        vec![point(&["wifi"], &[None], pair(0.9, 1.0, None, 0.1)), point(&["lte"], &[None], pair(0.9, 1.0, None, 0.1))],
    );
    assert!(charts(&words).is_empty());
    let one = swept(&["seed"], vec![point(&["1"], &[Some(1.0)], pair(0.9, 1.0, None, 0.1))]);
    assert!(charts(&one).is_empty());
    let never_late = swept(
        &["seed"],
        vec![
            point(&["1"], &[Some(1.0)], pair(0.9, 1.0, None, 0.0)),
            point(&["2"], &[Some(2.0)], pair(0.9, 1.0, None, 0.0)),
        ],
    );
    let kinds: Vec<&str> = charts(&never_late).iter().map(|chart| chart.kind).collect();
    assert_eq!(kinds, ["sweep-energy", "sweep-accuracy"]);
    assert_eq!(labels(&find(&never_late, "sweep-energy")).0, "seed", "a number without a unit");
}

/// Of 400 points, 120 are drawn, the first and the last among them.
#[test]
fn a_long_sweep_is_thinned_from_end_to_end() {
    let at = |number: u32| {
        point(&[&number.to_string()], &[Some(f64::from(number))], pair(0.9, 1.0 + f64::from(number), None, 0.0))
    };
    let manifest = swept(&["seed"], (1..=400).map(at).collect());
    let Picture::Lines(lines) = find(&manifest, "sweep-energy").picture else { panic!("no lines") };
    let points = &lines.series[1].points;
    assert_eq!((points.len(), points[0].x, points[119].x), (120, 1.0, 400.0));
    assert!(points.iter().all(|point| point.y == 1.0 + point.x));
}

/// A sweep over a policy's own threshold changes its name from point to point: the line has the family's.
#[test]
fn a_policy_that_is_swept_itself_is_named_by_its_family() {
    let at = |delta: &str, value, accuracy| {
        let rows =
            vec![row(&format!("appealnet {delta}"), accuracy, None, 1.0, 0.5), row("random 5 %", 0.9, None, 1.0, 0.5)];
        point(&[delta], &[Some(value)], rows)
    };
    let manifest = swept(&["policies.0.delta"], vec![at("0.4", 0.4, 0.91), at("0.6", 0.6, 0.93)]);
    let drawn = DrawnLines::read(&find(&manifest, "sweep-accuracy").svg(&Style::PAGE), Scale::Linear, Scale::Linear);
    let names: Vec<&str> = drawn.legend.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["appealnet", "random 5 %"]);
    drawn.check(&drawn.lines[0].corners, &[(0.4, 91.0), (0.6, 93.0)]);
}

/// Of ten policies, the first eight have lines.
#[test]
fn a_chart_has_few_enough_lines_to_tell_apart() {
    let rows = || (0..10).map(|number| row(&format!("policy-{number}"), 0.9, None, 1.0, 0.5)).collect();
    let manifest = swept(&["seed"], vec![point(&["1"], &[Some(1.0)], rows()), point(&["2"], &[Some(2.0)], rows())]);
    let Picture::Lines(lines) = find(&manifest, "sweep-energy").picture else { panic!("no lines") };
    let names: Vec<&str> = lines.series.iter().map(|series| series.name.as_str()).collect();
    assert_eq!((names.len(), names[0], names[7]), (8, "policy-0", "policy-7"));
}
