//! Charts written down by hand, read back from their pictures.

use super::read_back::{DrawnBars, DrawnLines, names_in_legend};
use super::*;

fn point(x: f64, y: f64) -> Point {
    Point { x, y, y_half: None, tip: format!("{x} and {y}") }
}

fn series(name: &str, colour: usize, mark: Mark, points: Vec<Point>) -> Series {
    Series { name: name.into(), colour, mark, points }
}

fn drawn(lines: Lines) -> DrawnLines {
    let (x, y) = (lines.x.scale, lines.y.scale);
    let chart = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture: Picture::Lines(lines) };
    DrawnLines::read(&chart.svg(&Style::PAGE), x, y)
}

#[test]
fn points_lines_and_intervals_are_where_their_values_are() {
    let rising = vec![point(1.0, 20.0), Point { y_half: Some(5.0), ..point(4.0, 35.0) }, point(9.0, 80.0)];
    let picture = Lines {
        x: Axis::linear("x").including(0.0),
        y: Axis::linear("y").including(0.0).including(100.0),
        series: vec![
            series("rising", 2, Mark::Line, rising),
            series("alone", 5, Mark::Points, vec![Point { y_half: Some(10.0), ..point(6.0, 50.0) }]),
            series("plain", 3, Mark::PlainLine, vec![point(2.0, 90.0), point(8.0, 10.0)]),
            series("joined", 0, Mark::Dashed, vec![point(1.0, 10.0), point(9.0, 30.0)]),
        ],
    };
    let drawn = drawn(picture);
    let legend = [("rising", 2), ("alone", 5), ("plain", 3), ("joined", 0)];
    assert_eq!(drawn.legend, legend.map(|(name, colour)| (name.to_owned(), colour)));
    drawn.check_lines(&[
        (2, &[(1.0, 20.0), (4.0, 35.0), (9.0, 80.0)]),
        (3, &[(2.0, 90.0), (8.0, 10.0)]),
        (0, &[(1.0, 10.0), (9.0, 30.0)]),
    ]);
    assert_eq!(drawn.lines.iter().map(|line| line.dashed).collect::<Vec<_>>(), [false, false, true]);
    drawn.check_markers(&[(2, 1.0, 20.0), (2, 4.0, 35.0), (2, 9.0, 80.0), (5, 6.0, 50.0)]);
    drawn.check_whiskers(&[(2, 4.0, 30.0, 40.0), (5, 6.0, 40.0, 60.0)]);
    drawn.check_tips(&[
        (1.0, 20.0, "1 and 20"),
        (4.0, 35.0, "4 and 35"),
        (9.0, 80.0, "9 and 80"),
        (6.0, 50.0, "6 and 50"),
        (2.0, 90.0, "2 and 90"),
        (8.0, 10.0, "8 and 10"),
        (1.0, 10.0, "1 and 10"),
        (9.0, 30.0, "9 and 30"),
    ]);
}

/// On a logarithmic axis each factor of ten has the same length. 0 has no place there, so that its point is left out.
#[test]
fn a_logarithmic_axis_shows_equal_ratios_as_equal_lengths() {
    let points = vec![point(0.0, 2.0), point(1.0, 1.0), point(10.0, 2.0), point(1000.0, 3.0)];
    let picture = Lines { x: Axis::log("x"), y: Axis::linear("y"), series: vec![series("a", 1, Mark::Line, points)] };
    let drawn = drawn(picture);
    drawn.check_lines(&[(1, &[(1.0, 1.0), (10.0, 2.0), (1000.0, 3.0)])]);
    let x: Vec<f64> = drawn.lines[0].corners.iter().map(|corner| corner.0).collect();
    assert!(((x[2] - x[1]) / (x[1] - x[0]) - 2.0).abs() < 0.01, "{x:?}");
}

/// A step goes sideways at its value and then to the next one's.
#[test]
fn a_step_holds_until_the_next() {
    let points = vec![point(0.0, 10.0), point(1.0, 40.0), point(3.0, 20.0)];
    let picture = Lines {
        x: Axis::linear("x"),
        y: Axis::linear("y").including(0.0),
        series: vec![series("a", 1, Mark::Steps, points)],
    };
    let drawn = drawn(picture);
    drawn.check_lines(&[(1, &[(0.0, 10.0), (1.0, 10.0), (1.0, 40.0), (3.0, 40.0), (3.0, 20.0)])]);
    assert_eq!((drawn.markers.len(), drawn.tips.len()), (0, 3));
}

/// Intervals are in view in full: 90 ± 30 reaches from 60 to 120. A chart without points has axes nevertheless.
#[test]
fn everything_is_in_view() {
    let wide = Point { y_half: Some(30.0), ..point(5.0, 90.0) };
    let axes = || (Axis::linear("x").including(0.0), Axis::linear("y"));
    let (x, y) = axes();
    let svg = |series| {
        let picture = Picture::Lines(Lines { x: x.clone(), y: y.clone(), series });
        Chart { kind: "k", title: "t".into(), caption: "c".into(), picture }.svg(&Style::PAGE)
    };
    let drawn = DrawnLines::read(&svg(vec![series("a", 1, Mark::Points, vec![wide])]), Scale::Linear, Scale::Linear);
    drawn.check_whiskers(&[(1, 5.0, 60.0, 120.0)]);
    let (_, _, low, high) = drawn.whiskers[0];
    assert!(low < Style::PAGE.height && high > 0.0 && low > high, "{low} {high}");
    let empty = DrawnLines::read(&svg(Vec::new()), Scale::Linear, Scale::Linear);
    assert!(empty.markers.is_empty() && empty.legend.is_empty());
}

/// The first bar is 2 + 3 = 5 long, the second 10 + 0.5 = 10.5. A part that no bar has is in no legend, and a part of
/// length 0 is not drawn.
#[test]
fn bars_are_as_long_as_their_values() {
    let bar = |name: &str, parts: [f64; 4]| Bar { name: name.into(), parts: parts.to_vec() };
    let bars = Bars {
        label: "ms".into(),
        parts: ["one", "two", "none", "three"].map(str::to_owned).to_vec(),
        bars: vec![bar("short", [2.0, 3.0, 0.0, 0.0]), bar("long & wide", [0.0, 10.0, 0.0, 0.5])],
    };
    let chart = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture: Picture::Bars(bars) };
    let drawn = DrawnBars::read(&chart.svg(&Style::PAGE));
    let names: Vec<&str> = drawn.legend.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["one", "two", "three"]);
    let colours: std::collections::BTreeSet<usize> = drawn.legend.iter().map(|(_, colour)| *colour).collect();
    assert_eq!(colours.len(), 3, "each part has its own colour");
    assert_eq!(drawn.rows.len(), 2);
    drawn.check_row(0, "short", &[("one", 2.0), ("two", 3.0)], "5");
    drawn.check_row(1, "long & wide", &[("two", 10.0), ("three", 0.5)], "10.5");
    assert_eq!(drawn.rows[1].parts[0].3, "long & wide: two 10 ms");
}

/// Ten pixels of a bar in the picture are ten pixels of its colour: the SVG is what the PNG shows.
#[test]
fn a_png_shows_the_colours_of_the_bars() {
    let bars =
        Bars { label: "ms".into(), parts: vec!["one".into()], bars: vec![Bar { name: "a".into(), parts: vec![7.0] }] };
    let chart = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture: Picture::Bars(bars) };
    let drawn = DrawnBars::read(&chart.svg(&Style::COLUMN));
    let png = chart.png(&Style::COLUMN, 2.0).unwrap();
    let picture = resvg::tiny_skia::Pixmap::decode_png(&png).unwrap();
    assert_eq!(picture.width(), 2 * 333);
    // The first part is blue: #0072b2.
    let blue = |x: u32, y: u32| {
        let pixel = picture.pixel(x, y).unwrap();
        (pixel.red(), pixel.green(), pixel.blue()) == (0x00, 0x72, 0xb2)
    };
    let row = (0..picture.height()).max_by_key(|y| (0..picture.width()).filter(|x| blue(*x, *y)).count()).unwrap();
    let length = (0..picture.width()).filter(|x| blue(*x, row)).count() as f64;
    let (_, from, to, _) = &drawn.rows[0].parts[0];
    assert!((length - 2.0 * (to - from)).abs() <= 2.0, "{length} pixels of {}", 2.0 * (to - from));
}

/// However many names a legend has, each is within the picture, and the chart is below them all.
#[test]
fn a_long_legend_is_broken_into_lines() {
    let names: Vec<String> = (0..20).map(|number| format!("a policy with a long name, number {number}")).collect();
    let lines = Lines {
        x: Axis::linear("x").including(0.0).including(10.0),
        y: Axis::linear("y").including(0.0).including(10.0),
        series: names.iter().map(|name| series(name, 3, Mark::Line, vec![point(1.0, 1.0), point(2.0, 10.0)])).collect(),
    };
    let bar = Bar { name: "a".into(), parts: vec![1.0; 20] };
    let bars = Bars { label: "ms".into(), parts: names.clone(), bars: vec![bar] };
    for picture in [Picture::Lines(lines), Picture::Bars(bars)] {
        let chart = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture };
        let places = names_in_legend(&chart.svg(&Style::PAGE), &names);
        assert_eq!(places.len(), 20);
        let widest = Style::PAGE.text_width(&names[19]);
        assert!(places.iter().all(|(x, _)| *x >= 0.0 && x + widest <= Style::PAGE.width), "{places:?}");
        // Two fit into a line: no two are at the same place.
        assert!(places.windows(2).all(|pair| pair[0].1 < pair[1].1 || pair[0].0 + widest <= pair[1].0), "{places:?}");
        assert!(places[0].1 == places[1].1 && places[1].1 < places[2].1, "{places:?}");
    }
}

/// A series in black is in the page's own ink, which is light in a dark theme; all other colours are those of a paper.
#[test]
fn a_page_has_the_colours_of_a_paper_but_for_black() {
    let (page, paper) = (Style::page_css(), Style::COLUMN.open(1.0, "t"));
    for number in 0..8 {
        let rule =
            |css: &str| css.split(&format!(".f{number}{{fill:")).nth(1).unwrap().split('}').next().unwrap().to_owned();
        match number {
            1 => assert_eq!((rule(&page).as_str(), rule(&paper).as_str()), ("var(--ink)", "#222222")),
            _ => assert_eq!(rule(&page), rule(&paper)),
        }
    }
}

#[test]
fn text_cannot_become_markup() {
    assert_eq!(escaped("a < b & \"c\" > d"), "a &lt; b &amp; &quot;c&quot; &gt; d");
}
