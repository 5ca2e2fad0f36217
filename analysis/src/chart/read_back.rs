//! Reads a chart back from its SVG as a reader with a ruler does: the ticks and their labels give the scale, and the
//! marks are measured against it.

use std::collections::BTreeMap;

use super::Scale;

/// Largest distance between a mark and its value, in CSS pixels: coordinates are written with one decimal.
const SLACK: f64 = 0.5;

/// An element of an SVG.
struct Element {
    tag: String,
    attributes: BTreeMap<String, String>,
    /// What it says: its text, or its title.
    text: String,
}

/// A direction of a chart, measured by its ticks.
pub struct Ruler {
    /// Where a tick is, and its value.
    ticks: Vec<(f64, f64)>,
    scale: Scale,
}

/// A chart over two axes as it is drawn; places are in pixels.
pub struct DrawnLines {
    /// Each name with the number of its colour.
    pub legend: Vec<(String, usize)>,
    /// Lines, from bottom layer to top.
    pub lines: Vec<DrawnLine>,
    /// Markers: colour, and where they are.
    pub markers: Vec<(usize, (f64, f64))>,
    /// Bars of intervals: colour, x, low and high.
    pub whiskers: Vec<(usize, f64, f64, f64)>,
    /// Where a text is shown, and the text.
    pub tips: Vec<((f64, f64), String)>,
    x: Ruler,
    y: Ruler,
}

/// A line of a chart.
pub struct DrawnLine {
    /// Number of its colour.
    pub colour: usize,
    /// Whether it is dashed.
    pub dashed: bool,
    /// Its corners, in pixels.
    pub corners: Vec<(f64, f64)>,
}

/// A chart of stacked bars as it is drawn.
pub struct DrawnBars {
    /// Each part with the number of its colour.
    pub legend: Vec<(String, usize)>,
    /// The rows, from top to bottom.
    pub rows: Vec<DrawnBar>,
    /// Along which the bars lie.
    x: Ruler,
}

/// A row of stacked bars.
pub struct DrawnBar {
    /// Its label.
    pub name: String,
    /// How far down its label, its parts and its total are.
    pub down: Vec<f64>,
    /// Colour, left end, right end in pixels, and text of each part.
    pub parts: Vec<(usize, f64, f64, String)>,
    /// The text at its end.
    pub total: String,
}

impl Element {
    fn number(&self, name: &str) -> f64 {
        self.attributes[name].parse().unwrap()
    }

    fn is(&self, tag: &str, class: &str) -> bool {
        self.tag == tag && self.class() == class
    }

    fn class(&self) -> &str {
        self.attributes.get("class").map_or("", String::as_str)
    }

    /// The number of its colour, if it is filled (`f`) or drawn (`s`) in one.
    fn colour(&self, how: char) -> Option<usize> {
        self.class().split(' ').next()?.strip_prefix(how)?.parse().ok()
    }

    /// Corners of a path, all in pixels.
    fn corners(&self) -> Vec<(f64, f64)> {
        corners(&self.attributes["d"])
    }
}

/// The elements of an SVG, in order.
fn elements(svg: &str) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    for piece in svg.split('<').skip(1).filter(|piece| !piece.starts_with('/')) {
        let (head, text) = piece.split_once('>').unwrap();
        let text = text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let (tag, mut rest) = head.split_once(' ').unwrap_or((head, ""));
        if tag == "title" {
            elements.last_mut().unwrap().text = text;
            continue;
        }
        let mut attributes = BTreeMap::new();
        while let Some((name, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap();
            attributes.insert(name.trim().to_owned(), value.to_owned());
            rest = after;
        }
        elements.push(Element { tag: tag.to_owned(), attributes, text });
    }
    elements
}

/// The corners of a path of straight lines and arcs.
fn corners(path: &str) -> Vec<(f64, f64)> {
    let (mut corners, mut at) = (Vec::new(), (0.0, 0.0));
    let mut rest = path;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |end| end + 1);
        let numbers: Vec<f64> = rest[1..end].split_whitespace().map(|number| number.parse().unwrap()).collect();
        rest = &rest[end..];
        at = match (command, numbers.as_slice()) {
            ('M' | 'L', [x, y]) => (*x, *y),
            ('H', [x]) => (*x, at.1),
            ('V', [y]) => (at.0, *y),
            ('h', [x]) => (at.0 + x, at.1),
            ('v', [y]) => (at.0, at.1 + y),
            ('a', [.., x, y]) => (at.0 + x, at.1 + y),
            ('z', []) => continue,
            _ => panic!("{command} with {numbers:?}"),
        };
        corners.push(at);
    }
    corners
}

/// The middle of a marker.
fn middle(corners: &[(f64, f64)]) -> (f64, f64) {
    let range = |of: fn(&(f64, f64)) -> f64| {
        let all = corners.iter().map(of);
        (all.clone().fold(f64::INFINITY, f64::min) + all.fold(f64::NEG_INFINITY, f64::max)) / 2.0
    };
    (range(|corner| corner.0), range(|corner| corner.1))
}

impl Ruler {
    fn new(ticks: Vec<(f64, f64)>, scale: Scale) -> Self {
        assert!(ticks.len() >= 2, "a direction with {} ticks cannot be measured", ticks.len());
        let ruler = Self { ticks, scale };
        for (place, value) in &ruler.ticks {
            let straight = ruler.place(*value);
            assert!((place - straight).abs() < SLACK, "the tick {value} is at {place}, not at {straight}");
        }
        ruler
    }

    /// Where a value belongs, from the first tick and the last.
    fn place(&self, value: f64) -> f64 {
        let along = |value: f64| if self.scale == Scale::Log { value.ln() } else { value };
        let ((from, first), (to, last)) = (self.ticks[0], self.ticks[self.ticks.len() - 1]);
        from + (along(value) - along(first)) / (along(last) - along(first)) * (to - from)
    }

    /// Whether larger values are at larger places.
    fn rises(&self) -> bool {
        let ((from, first), (to, last)) = (self.ticks[0], self.ticks[self.ticks.len() - 1]);
        (to > from) == (last > first)
    }

    fn check(&self, place: f64, value: f64) {
        let right = self.place(value);
        assert!((place - right).abs() < SLACK, "{value} is drawn at {place}, not at {right}");
    }
}

/// Ticks along both directions: where they are, and their values.
fn ticks(elements: &[Element]) -> [Vec<(f64, f64)>; 2] {
    let mut ticks = [Vec::new(), Vec::new()];
    for pair in elements.windows(2).filter(|pair| pair[0].is("line", "grid")) {
        let (line, value) = (&pair[0], pair[1].text.parse().unwrap());
        let upright = line.attributes["x1"] == line.attributes["x2"];
        ticks[usize::from(!upright)].push((line.number(if upright { "x1" } else { "y1" }), value));
    }
    ticks
}

/// Names in a legend, with the colour of the mark before each.
fn legend(elements: &[Element]) -> Vec<(String, usize)> {
    let named = elements.windows(2).filter(|pair| pair[1].is("text", "ink"));
    let colour = |element: &Element| element.colour('f').or(element.colour('s'));
    named.filter_map(|pair| Some((pair[1].text.clone(), colour(&pair[0])?))).collect()
}

/// Where the texts with these names begin.
pub fn names_in_legend(svg: &str, names: &[String]) -> Vec<(f64, f64)> {
    let named = elements(svg).into_iter().filter(|element| element.tag == "text" && names.contains(&element.text));
    named.map(|element| (element.number("x"), element.number("y"))).collect()
}

impl DrawnLines {
    /// Reads a chart whose axes have these scales.
    pub fn read(svg: &str, x: Scale, y: Scale) -> Self {
        let elements = elements(svg);
        let frame = elements.iter().position(|element| element.is("path", "frame")).unwrap();
        let (before, after) = elements.split_at(frame);
        let legend = legend(&before[..before.iter().position(|e| e.is("line", "grid")).unwrap()]);
        let [x_ticks, y_ticks] = ticks(before);
        let (x, y) = (Ruler::new(x_ticks, x), Ruler::new(y_ticks, y));
        assert!(x.rises(), "x does not rise to the right");
        assert!(!y.rises(), "y does not rise to the top");
        let mut drawn =
            Self { legend, lines: Vec::new(), markers: Vec::new(), whiskers: Vec::new(), tips: Vec::new(), x, y };
        for element in after {
            if let Some(colour) = element.colour('s') {
                let corners = element.corners();
                if element.attributes.contains_key("stroke-width") {
                    let dashed = element.attributes.contains_key("stroke-dasharray");
                    drawn.lines.push(DrawnLine { colour, dashed, corners });
                } else {
                    let [(x, low), (_, high)] = corners[..] else { panic!("{corners:?}") };
                    drawn.whiskers.push((colour, x, low, high));
                }
            } else if let Some(colour) = element.colour('f') {
                drawn.markers.push((colour, middle(&element.corners())));
            } else if element.is("circle", "tip") {
                drawn.tips.push(((element.number("cx"), element.number("cy")), element.text.clone()));
            }
        }
        drawn
    }

    /// Checks that places are those of values.
    pub fn check(&self, places: &[(f64, f64)], values: &[(f64, f64)]) {
        assert_eq!(places.len(), values.len(), "{places:?} of {values:?}");
        for ((x, y), (x_value, y_value)) in places.iter().zip(values) {
            self.x.check(*x, *x_value);
            self.y.check(*y, *y_value);
        }
    }

    /// Checks markers and their colours.
    pub fn check_markers(&self, values: &[(usize, f64, f64)]) {
        let colours: Vec<usize> = self.markers.iter().map(|(colour, _)| *colour).collect();
        assert_eq!(colours, values.iter().map(|(colour, ..)| *colour).collect::<Vec<_>>());
        let places: Vec<(f64, f64)> = self.markers.iter().map(|(_, place)| *place).collect();
        self.check(&places, &values.iter().map(|(_, x, y)| (*x, *y)).collect::<Vec<_>>());
    }

    /// Checks bars of intervals: colour, x, low and high.
    pub fn check_whiskers(&self, values: &[(usize, f64, f64, f64)]) {
        assert_eq!(self.whiskers.len(), values.len());
        for ((colour, x, low, high), (its, x_value, low_value, high_value)) in self.whiskers.iter().zip(values) {
            assert_eq!(colour, its);
            self.check(&[(*x, *low), (*x, *high)], &[(*x_value, *low_value), (*x_value, *high_value)]);
        }
    }

    /// Checks lines: colour and corners.
    pub fn check_lines(&self, values: &[(usize, &[(f64, f64)])]) {
        assert_eq!(self.lines.len(), values.len());
        for (line, (colour, corners)) in self.lines.iter().zip(values) {
            assert_eq!(line.colour, *colour);
            self.check(&line.corners, corners);
        }
    }

    /// Checks texts: where each is shown, and how it begins.
    pub fn check_tips(&self, values: &[(f64, f64, &str)]) {
        let places: Vec<(f64, f64)> = self.tips.iter().map(|(place, _)| *place).collect();
        self.check(&places, &values.iter().map(|(x, y, _)| (*x, *y)).collect::<Vec<_>>());
        for ((_, told), (.., expected)) in self.tips.iter().zip(values) {
            assert!(told.starts_with(expected), "'{told}' is not '{expected}'");
        }
    }
}

impl DrawnBars {
    /// Reads a chart of bars.
    pub fn read(svg: &str) -> Self {
        let elements = elements(svg);
        let first_grid = elements.iter().position(|element| element.is("line", "grid")).unwrap();
        let legend = legend(&elements[..first_grid]);
        let [x_ticks, _] = ticks(&elements);
        let x = Ruler::new(x_ticks, Scale::Linear);
        assert!(x.rises(), "x does not rise to the right");
        let mut rows: Vec<DrawnBar> = Vec::new();
        for element in &elements[first_grid..] {
            match element.attributes.get("text-anchor").map(String::as_str) {
                Some("end") => {
                    let down = vec![element.number("y")];
                    rows.push(DrawnBar { name: element.text.clone(), down, parts: Vec::new(), total: String::new() });
                }
                None if element.is("text", "ink") => {
                    let row = rows.last_mut().unwrap();
                    row.total = element.text.clone();
                    row.down.push(element.number("y"));
                }
                _ => {}
            }
            if let (true, Some(colour)) = (element.tag == "rect", element.colour('f')) {
                let (from, length) = (element.number("x"), element.number("width"));
                let row = rows.last_mut().unwrap();
                row.parts.push((colour, from, from + length, element.text.clone()));
                row.down.push(element.number("y") + element.number("height") / 2.0);
            }
        }
        Self { legend, rows, x }
    }

    /// Checks a row: its parts with their lengths, one after the other from 0, each in its colour of the legend.
    pub fn check_row(&self, row: usize, name: &str, parts: &[(&str, f64)], total: &str) {
        let DrawnBar { name: its, down, parts: drawn, total: told } = &self.rows[row];
        let of_it = |down: f64| self.rows.iter().position(|row| (row.down[0] - down).abs() < 8.0);
        assert!(down.iter().all(|down| of_it(*down) == Some(row)), "{name} is not in one row: {down:?}");
        assert_eq!((its.as_str(), told.as_str(), drawn.len()), (name, total, parts.len()));
        let mut so_far = 0.0;
        for ((colour, from, to, tip), (part, length)) in drawn.iter().zip(parts) {
            self.x.check(*from, so_far);
            so_far += length;
            self.x.check(*to, so_far);
            assert!(self.legend.contains(&((*part).to_owned(), *colour)), "{part} is not in its colour");
            assert!(tip.starts_with(&format!("{name}: {part} ")), "'{tip}' is not of {part}");
        }
    }
}
