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
    // The frame reaches from 2.2 · 13 px down to 400 − 3.4 · 13 px, and 60 to 120 take up 60/64.8 of it.
    let (top, bottom) = (13.0 * 2.2, 400.0 - 13.0 * 3.4);
    let beside = (bottom - top) * 2.4 / 64.8;
    assert!((low - (bottom - beside)).abs() < 0.1 && (high - (top + beside)).abs() < 0.1, "{low} {high}");
    let empty = DrawnLines::read(&svg(Vec::new()), Scale::Linear, Scale::Linear);
    assert!(empty.markers.is_empty() && empty.legend.is_empty());
}

/// The second and the third line in a colour are dashed, each in its way, in the picture as in the legend, and their
/// markers have other shapes; the front, in a dash of its own, takes no turn. What has no points is in no legend.
#[test]
fn series_of_one_colour_are_told_apart() {
    let line = |name: &str, colour, mark| series(name, colour, mark, vec![point(1.0, 1.0), point(2.0, 2.0)]);
    let lines = Lines {
        x: Axis::linear("x"),
        y: Axis::linear("y"),
        series: vec![
            line("front", 0, Mark::Dashed),
            line("a", 0, Mark::Line),
            line("b", 0, Mark::Line),
            line("c", 0, Mark::PlainLine),
            line("other", 3, Mark::Line),
            series("nothing", 3, Mark::Line, Vec::new()),
        ],
    };
    let chart = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture: Picture::Lines(lines) };
    let svg = chart.svg(&Style::PAGE);
    for dash in ["4 3", "8 3", "2 2"] {
        assert_eq!(svg.matches(&format!("stroke-dasharray=\"{dash}\"")).count(), 2, "{dash}: {svg}");
    }
    assert_eq!(svg.matches("stroke-dasharray").count(), 6, "the first of a colour is not dashed: {svg}");
    // Round markers are arcs: those of the first alone, at two points and in the legend.
    let markers: Vec<&str> = svg.split("<path class=\"f0\" d=\"").skip(1).collect();
    let round = markers.iter().filter(|marker| marker.split('"').next().unwrap_or_default().contains('a')).count();
    assert_eq!((markers.len(), round), (6, 3), "{svg}");
    assert!(!svg.contains("nothing"), "{svg}");
}

/// A legend of many lines does not make what is drawn smaller.
#[test]
fn a_long_legend_takes_nothing_from_the_picture() {
    let height = |names: usize| {
        let of = |number: usize| {
            series(&format!("a policy with a long name, {number}"), 1, Mark::PlainLine, vec![point(1.0, 1.0)])
        };
        let lines = Lines { x: Axis::linear("x"), y: Axis::linear("y"), series: (0..names).map(of).collect() };
        let chart = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture: Picture::Lines(lines) };
        let svg = chart.svg(&Style::COLUMN);
        let number = |after: &str| svg.split(after).nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap();
        number(" height=\"")
    };
    assert_eq!((height(1), height(2)), (230.0, 230.0));
    assert!(height(12) > 250.0, "{}", height(12));
}

/// Of a name that would take half of the picture, all is shown, above its bar.
#[test]
fn long_names_stand_above_their_bars() {
    let name = "appealnet accuracy-gain 90 %, split for energy in 4 bits";
    let bars = |name: &str| Bars {
        label: "mJ".into(),
        parts: vec!["one".into()],
        bars: vec![Bar { name: name.into(), parts: vec![5.0] }],
    };
    let svg = |name: &str| {
        let picture = Picture::Bars(bars(name));
        Chart { kind: "k", title: "t".into(), caption: "c".into(), picture }.svg(&Style::COLUMN)
    };
    let long = svg(name);
    assert!(long.contains("text-anchor=\"start\" x=\"6.0\"") && long.contains(name), "{long}");
    assert!(svg("short").contains("text-anchor=\"end\""));
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

/// A page with a font of 10 px, so that places follow from the margins, which are in font sizes.
const TEN: Style = Style { width: 400.0, height: 300.0, font: 10.0, complete: false };

fn with_font_of_ten(picture: Picture) -> String {
    Chart { kind: "k", title: "t".into(), caption: "c".into(), picture }.svg(&TEN)
}

fn check_parts(svg: &str, parts: &[&str]) {
    for part in parts {
        assert!(svg.contains(part), "there is no '{part}' in\n{svg}");
    }
}

/// A legend of one line takes 14 px, so the frame reaches from 46 to 400 - 12 and from 8 + 14 down to 300 - 34. Along x
/// there is room for 342 / 50, six, ticks: 0, 2 ... 10, 68.4 px apart; along y, up to 11, for 244 / 30, eight, which
/// makes it 0, 2 ... 10, 44.4 px apart. Their labels are centred 13 px below the frame, and end 4 px beside it. The
/// names of the axes are in the middle of their sides.
#[test]
fn axes_have_their_labels_beside_them() {
    let svg = with_font_of_ten(Picture::Lines(Lines {
        x: Axis::linear("to the right").including(0.0).including(10.0),
        y: Axis::linear("up & away").including(0.0).including(11.0),
        series: vec![series("a", 0, Mark::Points, vec![point(5.0, 5.0)])],
    }));
    let x_tick = |at: &str, label: &str| {
        format!(
            "x1=\"{at}\" x2=\"{at}\" y1=\"22.0\" y2=\"266.0\"/>\
             <text class=\"muted\" text-anchor=\"middle\" x=\"{at}\" y=\"279.0\">{label}</text>"
        )
    };
    let y_tick = |at: &str, text: &str, label: &str| {
        format!(
            "x1=\"46.0\" x2=\"388.0\" y1=\"{at}\" y2=\"{at}\"/>\
             <text class=\"muted\" text-anchor=\"end\" x=\"42.0\" y=\"{text}\">{label}</text>"
        )
    };
    check_parts(
        &svg,
        &[
            "d=\"M46.0 22.0V266.0H388.0\"",
            &x_tick("46.0", "0"),
            &x_tick("114.4", "2"),
            &x_tick("388.0", "10"),
            &y_tick("266.0", "269.5", "0"),
            &y_tick("221.6", "225.1", "2"),
            &y_tick("44.2", "47.7", "10"),
            "x=\"217.0\" y=\"294.0\">to the right<",
            "translate(10.0 144.0) rotate(-90)\">up &amp; away<",
        ],
    );
    assert_eq!(svg.matches("class=\"grid\"").count(), 6 + 6);
}

/// A name begins 16 px after its mark, a line of 14 px or a marker in the middle of that. A letter is 5.7 px wide, and
/// a name with its mark 26 px wider: after "a" and "bc", which take 31.7 and 37.4 px, there are 6 + 69.1 px gone. A
/// name of 70 letters does not fit beside them, and not even into a line of its own, which begins 14 px further down.
#[test]
fn a_legend_shows_how_each_series_is_drawn() {
    let long = "x".repeat(70);
    let kinds =
        [("a", Mark::Line), ("bc", Mark::Points), ("", Mark::Line), ("d", Mark::Dashed), (&long, Mark::PlainLine)];
    let lines = |kinds: &[(&str, Mark)]| {
        // Each in a colour of its own, of which the fifth has the marker of the first.
        let one =
            |(colour, (name, mark)): (usize, &(&str, Mark))| series(name, 4 * colour + 1, *mark, vec![point(1.0, 1.0)]);
        let (x, y) = (Axis::linear("x"), Axis::linear("y"));
        with_font_of_ten(Picture::Lines(Lines { x, y, series: kinds.iter().enumerate().map(one).collect() }))
    };
    let svg = lines(&kinds);
    let stroke = |colour: usize, from: &str, to: &str, y: &str, more: &str| {
        format!("<line class=\"s{colour}\" stroke-width=\"2\"{more} x1=\"{from}\" x2=\"{to}\" y1=\"{y}\" y2=\"{y}\"/>")
    };
    let square = |colour: usize, corner: &str, side: &str| {
        format!("<path class=\"f{colour}\" d=\"M{corner}h{side}v{side}h-{side}z\"/>")
    };
    let text = |x: &str, y: &str, name: &str| format!("<text class=\"ink\" x=\"{x}\" y=\"{y}\">{name}</text>");
    check_parts(
        &svg,
        &[
            &(stroke(1, "6.0", "20.0", "9.5", "") + &square(1, "10.2 6.7", "5.6") + &text("22.0", "13.0", "a")),
            &(square(5, "41.5 6.3", "6.4") + &text("53.7", "13.0", "bc")),
            &(stroke(13, "75.1", "89.1", "9.5", " stroke-dasharray=\"4 3\"") + &text("91.1", "13.0", "d")),
            &(stroke(17, "6.0", "20.0", "23.5", "") + &text("22.0", "27.0", &long)),
            // Two lines of 14 px.
            "d=\"M46.0 36.0V266.0H388.0\"",
        ],
    );
    check_parts(&lines(&kinds[4..]), &[&text("22.0", "13.0", &long)]);
    // 58 letters and their mark take 356.6 px after the 37.7 of "a", which fits; 60 take 11.4 more, which does not.
    let second = |letters: usize| lines(&[("a", Mark::Line), (&"x".repeat(letters), Mark::Line)]);
    check_parts(&second(58), &[&text("53.7", "13.0", &"x".repeat(58))]);
    check_parts(&second(60), &[&text("22.0", "27.0", &"x".repeat(60))]);
}

/// At 5 and 5 of 10, the middle of the frame: 217 and 144. Markers are 3 px in radius, a triangle and a diamond a
/// little more, so that they look as large. A tip can be pointed at twice as far out.
#[test]
fn markers_differ_in_shape() {
    let marker = |colour: usize| {
        let axis = || Axis::linear("x").including(0.0).including(10.0);
        let series = vec![series("a", colour, Mark::Points, vec![point(5.0, 5.0)])];
        let svg = with_font_of_ten(Picture::Lines(Lines { x: axis(), y: axis(), series }));
        assert!(svg.contains("cx=\"217.0\" cy=\"144.0\" r=\"6.0\""), "{svg}");
        svg.rsplit_once(&format!("<path class=\"f{colour}\" d=\"")).unwrap().1.split('"').next().unwrap().to_owned()
    };
    for more in [0, 4] {
        assert_eq!(marker(more), "M214.0 144.0a3.0 3.0 0 1 0 6.0 0a3.0 3.0 0 1 0 -6.0 0z");
        assert_eq!(marker(more + 1), "M214.0 141.0h6.0v6.0h-6.0z");
        assert_eq!(marker(more + 2), "M217.0 140.4L220.6 147.0H213.4z");
        assert_eq!(marker(more + 3), "M217.0 140.1L220.9 144.0L217.0 147.9L213.1 144.0z");
    }
}

/// A line needs two points, and an interval a width.
#[test]
fn what_has_no_length_is_not_drawn() {
    let single = vec![Point { y_half: Some(0.0), ..point(5.0, 5.0) }];
    let axis = || Axis::linear("x").including(0.0).including(10.0);
    let drawn = drawn(Lines { x: axis(), y: axis(), series: vec![series("a", 2, Mark::Line, single)] });
    assert_eq!((drawn.lines.len(), drawn.whiskers.len(), drawn.markers.len()), (0, 0, 1));
}

/// The longer name has four letters: 22.8 px and 14 px of margin. On the right 45 px are left for totals. Rows are 21
/// px high and begin below the legend, at 22; below them there are 36 px. Lengths go up to 7 and 4 % more: 318.2 / 7.28
/// px for each unit. There is room for 318.2 / 60, five, ticks: 0, 2, 4 and 6.
#[test]
fn bars_have_their_labels_beside_them() {
    let bar = |name: &str, parts: [f64; 3]| Bar { name: name.into(), parts: parts.to_vec() };
    let picture = |names: [&str; 2], part: &str| {
        with_font_of_ten(Picture::Bars(Bars {
            label: "ms".into(),
            parts: [part, "b", "none"].map(str::to_owned).to_vec(),
            bars: vec![bar(names[0], [2.0, 3.0, 0.0]), bar(names[1], [6.999, 0.001, 0.0])],
        }))
    };
    let svg = picture(["ab", "abcd"], "one");
    let text = |anchor: &str, x: &str, y: &str, text: &str| {
        format!("<text class=\"ink\"{anchor} x=\"{x}\" y=\"{y}\">{text}</text>")
    };
    let (end, middle) = (" text-anchor=\"end\"", " text-anchor=\"middle\"");
    check_parts(
        &svg,
        &[
            "viewBox=\"0 0 400 100\"",
            "<rect class=\"f2\" x=\"6.0\" y=\"5.0\" width=\"10.0\" height=\"8.0\"/>",
            &text("", "19.0", "13.0", "one"),
            // A name of three letters, and 22 px.
            "<rect class=\"f3\" x=\"45.1\" y=\"5.0\" width=\"10.0\" height=\"8.0\"/>",
            "x1=\"36.8\" x2=\"36.8\" y1=\"22.0\" y2=\"64.0\"/>\
             <text class=\"muted\" text-anchor=\"middle\" x=\"36.8\" y=\"77.0\">0</text>",
            "x=\"124.2\" y=\"77.0\">2</text>",
            &text(end, "31.8", "33.5", "ab"),
            &text(end, "31.8", "54.5", "abcd"),
            "<rect class=\"f2 tip\" x=\"36.8\" y=\"24.1\" width=\"87.4\" height=\"14.3\">",
            "<rect class=\"f3 tip\" x=\"124.2\" y=\"24.1\" width=\"131.1\" height=\"14.3\">",
            // The totals, 4 px after their bars: 36.8 + 5 · 318.2 / 7.28 + 4, and the same with 7.
            &text("", "259.3", "33.5", "5"),
            &text("", "346.8", "54.5", "7"),
            &text(middle, "195.9", "93.0", "ms"),
        ],
    );
    assert_eq!(svg.matches("class=\"grid\"").count(), 4);
    // A thousandth is 0.03 px long, which nobody sees; the rest of its bar is there.
    assert_eq!(svg.matches(" tip\"").count(), 3);
    // A part's long name begins its line; the next one is 14 px further down, and the rows with it.
    let part = "x".repeat(70);
    check_parts(&picture(["ab", "abcd"], &part), &[&text("", "19.0", "13.0", &part), &text("", "19.0", "27.0", "b")]);
    check_parts(&picture(["ab", "abcd"], &part), &[&text(end, "31.8", "47.5", "ab")]);
}
