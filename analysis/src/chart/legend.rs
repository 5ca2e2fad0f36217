//! The legend of coloured areas.

use super::escaped;
use super::style::Style;

/// The legend of areas, each with the attribute that paints it and its name; and where what it explains may begin.
pub fn legend<'a>(style: &Style, areas: impl IntoIterator<Item = (String, &'a str)>) -> (String, f64) {
    let font = style.font;
    let (mut svg, mut at, mut line) = (String::new(), font * 0.6, 0.0);
    for (paint, name) in areas {
        let width = style.text_width(name) + font * 2.2;
        if at + width > style.width && at > font {
            (at, line) = (font * 0.6, line + 1.0);
        }
        let y = font * (1.3 + 1.4 * line);
        svg += &format!(
            "<rect {paint} x=\"{at:.1}\" y=\"{:.1}\" width=\"{font:.1}\" height=\"{:.1}\"/>\
             <text class=\"ink\" x=\"{:.1}\" y=\"{y:.1}\">{}</text>\n",
            y - font * 0.8,
            font * 0.8,
            at + font * 1.3,
            escaped(name)
        );
        at += width;
    }
    (svg, font * (2.2 + 1.4 * line))
}
