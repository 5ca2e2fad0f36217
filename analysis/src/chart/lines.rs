use super::axis::{Axis, Layout};
use super::escaped;
use super::style::Style;

/// Points and lines over two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// What is drawn, bottom layer first.
    pub series: Vec<Series>,
}

/// A series of points.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Number of its colour, 0 to 7. Series of one colour differ in their markers and dashes.
    pub colour: usize,
    /// How it is drawn.
    pub mark: Mark,
    /// The points, in the order in which they are joined.
    pub points: Vec<Point>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Points alone.
    Points,
    /// Points joined by a line.
    Line,
    /// A line without points.
    PlainLine,
    /// A dashed line without points, which joins points of other series.
    Dashed,
    /// Steps: each point holds until the next.
    Steps,
}

/// A point, with the text shown when the reader points at it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// Position along the x axis.
    pub x: f64,
    /// Position along the y axis.
    pub y: f64,
    /// Half the height of its interval.
    pub y_half: Option<f64>,
    /// The text shown for it.
    pub tip: String,
}

impl Lines {
    pub(super) fn svg(&self, style: &Style, title: &str) -> String {
        let Style { width, height, font, .. } = *style;
        let (legend, legend_height) = self.legend(style);
        let (left, right) = (font * 4.6, width - font * 1.2);
        // A legend of more than two lines makes the picture higher, not what is drawn smaller.
        let height = height + (legend_height - font * 4.2).max(0.0);
        let (top, bottom) = (font * 0.8 + legend_height, height - font * 3.4);
        let all = || self.series.iter().flat_map(|series| &series.points);
        let ys = all().flat_map(|p| {
            let half = p.y_half.unwrap_or(0.0);
            [p.y - half, p.y + half]
        });
        let x = self.x.layout(all().map(|p| p.x), left, right);
        let y = self.y.layout(ys, bottom, top);
        let mut svg = style.open(height, title);
        svg += &legend;
        svg += &self.axes(style, &x, &y, [left, right, top, bottom]);
        for (series, again) in self.series.iter().zip(self.again()) {
            svg += &series.svg(style, &x, &y, again);
        }
        svg + "</svg>\n"
    }

    /// Of each series, how many before it have its colour.
    fn again(&self) -> Vec<usize> {
        let drawn_alike = |series: &Series, other: &Series| other.colour == series.colour && other.mark != Mark::Dashed;
        let before = |(number, series): (usize, &Series)| {
            self.series[..number].iter().filter(|other| drawn_alike(series, other)).count()
        };
        self.series.iter().enumerate().map(before).collect()
    }

    fn axes(&self, style: &Style, x: &Layout, y: &Layout, [left, right, top, bottom]: [f64; 4]) -> String {
        let font = style.font;
        let mut svg = String::new();
        for (tick, label) in x.ticks(((right - left) / (font * 5.0)) as usize) {
            let at = x.at(tick);
            svg += &format!(
                "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"muted\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{label}</text>\n",
                bottom + font * 1.3
            );
        }
        for (tick, label) in y.ticks(((bottom - top) / (font * 3.0)) as usize) {
            let at = y.at(tick);
            svg += &format!(
                "<line class=\"grid\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"muted\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{label}</text>\n",
                left - font * 0.4,
                at + font * 0.35
            );
        }
        let (middle, low) = ((top + bottom) / 2.0, bottom + font * 2.8);
        svg += &format!(
            "<path class=\"frame\" d=\"M{left:.1} {top:.1}V{bottom:.1}H{right:.1}\"/>\
             <text class=\"ink\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{low:.1}\">{}</text>\
             <text class=\"ink\" text-anchor=\"middle\" transform=\"translate({:.1} {middle:.1}) rotate(-90)\">{}</text>\n",
            (left + right) / 2.0,
            escaped(&self.x.label),
            font,
            escaped(&self.y.label),
        );
        svg
    }

    /// The legend above the picture, broken into lines, and its height.
    fn legend(&self, style: &Style) -> (String, f64) {
        let font = style.font;
        let (mut svg, mut at, mut line) = (String::new(), font * 0.6, 0.0);
        for (series, again) in self.series.iter().zip(self.again()) {
            let Series { name, colour, mark, points } = series;
            if name.is_empty() || points.is_empty() {
                continue;
            }
            let width = style.text_width(name) + font * 2.6;
            if at + width > style.width && at > font {
                (at, line) = (font * 0.6, line + 1.0);
            }
            let y = font * (1.3 + 1.4 * line);
            let (middle, text) = (at + font * 0.7, at + font * 1.6);
            let level = y - font * 0.35;
            let line_of_it = || stroke(*colour, at, level, font * 1.4, mark.dash(again));
            svg += &match mark {
                Mark::Points => marker(*colour, again, middle, level, font * 0.32),
                Mark::Line => line_of_it() + &marker(*colour, again, middle, level, font * 0.28),
                Mark::Dashed | Mark::PlainLine | Mark::Steps => line_of_it(),
            };
            svg += &format!("<text class=\"ink\" x=\"{text:.1}\" y=\"{y:.1}\">{}</text>\n", escaped(name));
            at += width;
        }
        (svg, font * (1.4 + 1.4 * line))
    }
}

fn stroke(colour: usize, x: f64, y: f64, length: f64, more: &str) -> String {
    format!(
        "<line class=\"s{colour}\" stroke-width=\"2\"{more} x1=\"{x:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
        x + length
    )
}

/// A marker; its shape depends on its colour, and on how often that has been used before.
fn marker(colour: usize, again: usize, x: f64, y: f64, r: f64) -> String {
    let d = match (colour + again) % 4 {
        0 => {
            format!("M{:.1} {y:.1}a{r:.1} {r:.1} 0 1 0 {:.1} 0a{r:.1} {r:.1} 0 1 0 {:.1} 0z", x - r, 2.0 * r, -2.0 * r)
        }
        1 => format!("M{:.1} {:.1}h{:.1}v{:.1}h{:.1}z", x - r, y - r, 2.0 * r, 2.0 * r, -2.0 * r),
        2 => format!("M{x:.1} {:.1}L{:.1} {:.1}H{:.1}z", y - 1.2 * r, x + 1.2 * r, y + r, x - 1.2 * r),
        _ => format!(
            "M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}z",
            y - 1.3 * r,
            x + 1.3 * r,
            y + 1.3 * r,
            x - 1.3 * r
        ),
    };
    format!("<path class=\"f{colour}\" d=\"{d}\"/>")
}

impl Mark {
    /// How a line is dashed whose colour has been used so often before.
    fn dash(self, again: usize) -> &'static str {
        match (self, again % 4) {
            (Self::Dashed, _) => " stroke-dasharray=\"4 3\"",
            (_, 0) => "",
            (_, 1) => " stroke-dasharray=\"8 3\"",
            (_, 2) => " stroke-dasharray=\"2 2\"",
            _ => " stroke-dasharray=\"8 2 2 2\"",
        }
    }
}

impl Series {
    fn svg(&self, style: &Style, x: &Layout, y: &Layout, again: usize) -> String {
        let colour = self.colour;
        let shown: Vec<&Point> = self.points.iter().filter(|p| x.shows(p.x) && y.shows(p.y)).collect();
        let mut svg = String::new();
        if self.mark != Mark::Points && shown.len() > 1 {
            let mut path = String::new();
            for (index, p) in shown.iter().enumerate() {
                let (px, py) = (x.at(p.x), y.at(p.y));
                path += &match (index, self.mark) {
                    (0, _) => format!("M{px:.1} {py:.1}"),
                    (_, Mark::Steps) => format!("H{px:.1}V{py:.1}"),
                    _ => format!("L{px:.1} {py:.1}"),
                };
            }
            let dash = self.mark.dash(again);
            svg += &format!("<path class=\"s{colour}\" stroke-width=\"1.6\"{dash} d=\"{path}\"/>\n");
        }
        for p in shown {
            let (px, py) = (x.at(p.x), y.at(p.y));
            if let Some(half) = p.y_half.filter(|half| *half > 0.0) {
                let (low, high) = (y.at(p.y - half), y.at(p.y + half));
                svg += &format!("<path class=\"s{colour}\" d=\"M{px:.1} {low:.1}V{high:.1}\"/>");
            }
            let visible = matches!(self.mark, Mark::Points | Mark::Line);
            if visible {
                svg += &marker(colour, again, px, py, style.font * 0.3);
            }
            if !p.tip.is_empty() {
                let tip = escaped(&p.tip);
                svg += &format!(
                    "<circle class=\"tip\" fill-opacity=\"0\" cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"{:.1}\"><title>{tip}</title></circle>\n",
                    style.font * 0.6
                );
            }
        }
        svg
    }
}
