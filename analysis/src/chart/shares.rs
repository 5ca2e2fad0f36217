use super::axis::{Axis, Layout};
use super::escaped;
use super::legend::legend;
use super::style::Style;
use crate::unit::three_digits;

/// Shares of ordered parts over an axis, bin by bin: a panel for each of several, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// What the bins lie along.
    pub x: Axis,
    /// What is shared, with its unit left out: `requests`.
    pub whole: String,
    /// Names of the parts, from the lightest colour, on top, to the darkest.
    pub parts: Vec<String>,
    /// The panels, from top to bottom.
    pub panels: Vec<Panel>,
}

/// A panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its heading.
    pub name: String,
    /// Its bins, from left to right.
    pub bins: Vec<Bin>,
}

/// A bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Where that is, in words.
    pub place: String,
    /// How many of each part.
    pub parts: Vec<u64>,
}

/// The ends and the middle of the colours, from light to dark. They are of one hue and differ in lightness alone, so
/// that their order is seen with any colour vision; and both ends stand out from a white and from a black page.
const LIGHT_TO_DARK: [[f64; 3]; 3] = [
    [0xd3 as f64, 0xe5 as f64, 0xf4 as f64],
    [0x5b as f64, 0x9f as f64, 0xd1 as f64],
    [0x14 as f64, 0x42 as f64, 0x7d as f64],
];

/// The colour of a part of `parts`.
fn colour(part: usize, parts: usize) -> String {
    let level = if parts > 1 { part as f64 / (parts - 1) as f64 * 2.0 } else { 2.0 };
    let (low, within) = if level < 1.0 { (0, level) } else { (1, level - 1.0) };
    let channel = |number: usize| {
        let (from, to) = (LIGHT_TO_DARK[low][number], LIGHT_TO_DARK[low + 1][number]);
        (from + (to - from) * within).round() as u8
    };
    format!("fill=\"#{:02x}{:02x}{:02x}\"", channel(0), channel(1), channel(2))
}

impl Shares {
    pub(super) fn svg(&self, style: &Style, title: &str) -> String {
        let Style { width, font, .. } = *style;
        let colours: Vec<String> = (0..self.parts.len()).map(|part| colour(part, self.parts.len())).collect();
        let names = self.parts.iter().map(String::as_str);
        let (legend, top) = legend(style, colours.iter().cloned().zip(names));
        // A panel has its heading above it.
        let (heading, height) = (font * 2.2, font * 7.0);
        let (left, right) = (font * 4.6, width - font * 1.2);
        let bottom = top + (heading + height) * self.panels.len() as f64;
        let ends = self.panels.iter().flat_map(|panel| &panel.bins).flat_map(|bin| [bin.from, bin.to]);
        let x = self.x.layout(ends, left, right);
        let mut svg = style.open(bottom + font * 3.6, title);
        svg += &legend;
        let ticks = x.ticks(((right - left) / (font * 5.0)) as usize);
        for (number, panel) in self.panels.iter().enumerate() {
            let floor = top + (heading + height) * (number + 1) as f64;
            let y = Axis::linear("").including(0.0).including(100.0).layout(std::iter::empty(), floor, floor - height);
            svg += &format!(
                "<text class=\"ink\" x=\"{left:.1}\" y=\"{:.1}\">{}</text>\n",
                floor - height - font * 0.5,
                escaped(&panel.name)
            );
            for (tick, label) in y.ticks(2) {
                let at = y.at(tick);
                svg += &format!(
                    "<line class=\"grid\" x1=\"{left:.1}\" x2=\"{right:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                     <text class=\"muted\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{label}</text>\n",
                    left - font * 0.4,
                    at + font * 0.35
                );
            }
            for bin in &panel.bins {
                svg += &self.bin(panel, bin, &colours, &x, &y);
            }
            svg += &format!("<path class=\"frame\" d=\"M{left:.1} {:.1}V{floor:.1}H{right:.1}\"/>\n", floor - height);
            for (tick, _) in &ticks {
                let at = x.at(*tick);
                svg += &format!("<path class=\"frame\" d=\"M{at:.1} {floor:.1}v{:.1}\"/>\n", font * 0.3);
            }
        }
        for (tick, label) in &ticks {
            svg += &format!(
                "<text class=\"muted\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{label}</text>\n",
                x.at(*tick),
                bottom + font * 1.4
            );
        }
        svg += &format!(
            "<text class=\"ink\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
             <text class=\"ink\" text-anchor=\"middle\" transform=\"translate({font:.1} {:.1}) rotate(-90)\">{}, %</text>\n",
            (left + right) / 2.0,
            bottom + font * 2.9,
            escaped(&self.x.label),
            (top + bottom) / 2.0,
            escaped(&self.whole)
        );
        svg + "</svg>\n"
    }

    /// The parts of a bin, the last at the bottom.
    fn bin(&self, panel: &Panel, bin: &Bin, colours: &[String], x: &Layout, y: &Layout) -> String {
        let total: u64 = bin.parts.iter().sum();
        let (from, to) = (x.at(bin.from), x.at(bin.to));
        // Neighbours touch, but for a line that shows where they end.
        let wide = (to - from - 0.6).max(0.6);
        let (mut svg, mut below) = (String::new(), 0);
        for (part, count) in bin.parts.iter().enumerate().rev().filter(|(_, count)| **count > 0) {
            let percent = |count: u64| count as f64 / total as f64 * 100.0;
            let (low, high) = (y.at(percent(below)), y.at(percent(below + count)));
            below += count;
            let tip = format!(
                "{}\n{}\n{}: {} % of {total} {}",
                panel.name,
                bin.place,
                self.parts[part],
                three_digits(percent(*count)),
                self.whole
            );
            svg += &format!(
                "<rect {} class=\"tip\" x=\"{from:.1}\" y=\"{high:.1}\" width=\"{wide:.1}\" height=\"{:.1}\"><title>{}</title></rect>\n",
                colours[part],
                low - high,
                escaped(&tip)
            );
        }
        svg
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Chart, Picture};
    use super::*;

    /// A font of 10 px: the legend takes 22, the heading 22 and the panel 70 px, so 0 % is at 114 and 100 % at 44. The
    /// panel lies from 46 to 388 px; 0 to 10 fill it. Of the four requests of the first half, three are dark: 52.5 px of
    /// the panel from its floor up, and the light one is above them.
    #[test]
    fn a_part_is_as_high_as_its_share() {
        let shares = Shares {
            x: Axis::linear("time, s").including(0.0),
            whole: "requests".into(),
            parts: ["light", "middle", "dark & deep"].map(str::to_owned).to_vec(),
            panels: vec![Panel {
                name: "a policy".into(),
                bins: vec![
                    Bin { from: 0.0, to: 5.0, place: "0 to 5 s".into(), parts: vec![1, 0, 3] },
                    Bin { from: 5.0, to: 10.0, place: "5 to 10 s".into(), parts: vec![0, 2, 0] },
                ],
            }],
        };
        let style = Style { width: 400.0, height: 300.0, font: 10.0, complete: false };
        let x = Axis { includes: vec![0.0, 10.0], ..shares.x.clone() };
        let picture = Picture::Shares(Shares { x, ..shares });
        let svg = Chart { kind: "k", title: "t".into(), caption: "c".into(), picture }.svg(&style);
        for part in [
            "<rect fill=\"#d3e5f4\" x=\"6.0\"",
            "<rect fill=\"#14427d\" class=\"tip\" x=\"46.0\" y=\"61.5\" width=\"170.4\" height=\"52.5\">",
            "<rect fill=\"#d3e5f4\" class=\"tip\" x=\"46.0\" y=\"44.0\" width=\"170.4\" height=\"17.5\">",
            "<rect fill=\"#5b9fd1\" class=\"tip\" x=\"217.0\" y=\"44.0\" width=\"170.4\" height=\"70.0\">",
            "<title>a policy\n0 to 5 s\ndark &amp; deep: 75 % of 4 requests</title>",
            ">dark &amp; deep</text>",
            ">requests, %</text>",
            ">time, s</text>",
        ] {
            assert!(svg.contains(part), "there is no '{part}' in\n{svg}");
        }
        assert_eq!(svg.matches("class=\"tip\"").count(), 3, "what no request came to is not drawn");
    }

    /// However many parts there are, each has a colour of its own, darker than that of the part before it.
    #[test]
    fn colours_get_darker_part_by_part() {
        let lightness = |colour: &str| -> u32 {
            let digits = colour.split('#').nth(1).unwrap();
            (0..3).map(|channel| u32::from_str_radix(&digits[2 * channel..2 * channel + 2], 16).unwrap()).sum()
        };
        for parts in [2, 3, 8, 20] {
            let all: Vec<u32> = (0..parts).map(|part| lightness(&colour(part, parts))).collect();
            assert!(all.windows(2).all(|pair| pair[0] > pair[1] + 15), "{all:?}");
        }
        assert_eq!(colour(0, 1), "fill=\"#14427d\"");
    }
}
