use super::axis::Axis;
use super::escaped;
use super::legend::legend;
use super::style::Style;
use crate::unit::three_digits;

/// Rows of stacked bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// What the lengths measure, with the unit.
    pub label: String,
    /// Names of the parts, in the order in which they are stacked.
    pub parts: Vec<String>,
    /// The rows, from top to bottom.
    pub bars: Vec<Bar>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its label.
    pub name: String,
    /// Length of each part.
    pub parts: Vec<f64>,
}

impl Bars {
    pub(super) fn svg(&self, style: &Style, title: &str) -> String {
        let Style { width, font, .. } = *style;
        let longest = self.bars.iter().map(|bar| style.text_width(&bar.name)).fold(0.0, f64::max);
        // Names too long to stand beside their bars stand above them.
        let above = if longest + font * 1.4 > width * 0.45 { font * 1.3 } else { 0.0 };
        let row = font * 2.1 + above;
        let (left, right) = (if above > 0.0 { font * 0.6 } else { longest + font * 1.4 }, width - font * 4.5);
        let colours = self.colours();
        let (legend, top) = self.legend(style, &colours);
        let bottom = top + row * self.bars.len() as f64;
        let totals = || self.bars.iter().map(|bar| bar.parts.iter().sum::<f64>());
        let x = Axis::linear("").including(0.0).layout(totals(), left, right);
        let mut svg = style.open(bottom + font * 3.6, title);
        svg += &legend;
        for (tick, label) in x.ticks(((right - left) / (font * 6.0)) as usize) {
            let at = x.at(tick);
            svg += &format!(
                "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"muted\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{label}</text>\n",
                bottom + font * 1.3
            );
        }
        for (index, (bar, total)) in self.bars.iter().zip(totals()).enumerate() {
            let y = top + row * index as f64;
            let (height, text) = ((row - above) * 0.68, y + above + (row - above) * 0.5 + font * 0.1);
            let (anchor, name_x, name_y) = match above > 0.0 {
                true => ("start", left, y + font * 1.1),
                false => ("end", left - font * 0.5, text),
            };
            svg += &format!(
                "<text class=\"ink\" text-anchor=\"{anchor}\" x=\"{name_x:.1}\" y=\"{name_y:.1}\">{}</text>\n",
                escaped(&bar.name)
            );
            let mut so_far = 0.0;
            for (number, (part, name)) in bar.parts.iter().zip(&self.parts).enumerate() {
                let (from, to) = (x.at(so_far), x.at(so_far + part));
                so_far += part;
                if to - from < 0.05 {
                    continue;
                }
                let tip = format!("{}: {name} {} {}", bar.name, three_digits(*part), self.label);
                svg += &format!(
                    "<rect class=\"f{} tip\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"><title>{}</title></rect>\n",
                    colours[number],
                    y + above + (row - above) * 0.1,
                    to - from,
                    escaped(&tip)
                );
            }
            svg += &format!(
                "<text class=\"ink\" x=\"{:.1}\" y=\"{text:.1}\">{}</text>\n",
                x.at(total) + font * 0.4,
                three_digits(total)
            );
        }
        svg += &format!(
            "<text class=\"ink\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            (left + right) / 2.0,
            bottom + font * 2.9,
            escaped(&self.label)
        );
        svg + "</svg>\n"
    }

    /// The legend of the parts that occur, and where the rows may begin.
    fn legend(&self, style: &Style, colours: &[usize]) -> (String, f64) {
        let occurring = self.parts.iter().enumerate().filter(|(number, _)| self.occurs(*number));
        legend(style, occurring.map(|(number, name)| (format!("class=\"f{}\"", colours[number]), name.as_str())))
    }

    /// Whether some row has this part.
    fn occurs(&self, part: usize) -> bool {
        self.bars.iter().any(|bar| bar.parts.get(part).is_some_and(|length| *length != 0.0))
    }

    /// The colour of each part: those that occur have their own as long as there are any; adjacent ones always differ.
    fn colours(&self) -> Vec<usize> {
        let mut occurring = 0;
        let colour = |part| {
            let colour = [2, 3, 4, 6, 5, 7, 0, 1][occurring % 8];
            occurring += usize::from(self.occurs(part));
            colour
        };
        (0..self.parts.len()).map(colour).collect()
    }
}
