/// Size and colours of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Width, in CSS pixels (1/96 inch).
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Font size.
    pub font: f64,
    /// Whether the picture itself has colours and background; a page provides its own.
    pub complete: bool,
}

/// Colours of the series, in the order of their numbers (Okabe & Ito, 2008; the first is a neutral grey).
const COLOURS: [&str; 8] = ["#777777", "#222222", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

impl Style {
    /// For a page.
    pub const PAGE: Self = Self { width: 640.0, height: 400.0, font: 13.0, complete: false };
    /// For a column of a paper: 88 mm wide, 7.5 pt font.
    pub const COLUMN: Self = Self { width: 333.0, height: 230.0, font: 10.0, complete: true };
    /// For the full width of a paper: 180 mm.
    pub const WIDE: Self = Self { width: 680.0, height: 380.0, font: 11.0, complete: true };

    /// Approximate width of a text in this style's font.
    pub(super) fn text_width(&self, text: &str) -> f64 {
        let of = |c: char| match c {
            'i' | 'j' | 'l' | ' ' | '.' | ',' | ':' | '\'' | '|' => 0.26,
            'f' | 'r' | 't' | 'I' | '(' | ')' | '-' | '/' => 0.36,
            'm' | 'w' | 'M' | 'W' | '%' => 0.88,
            'A'..='Z' => 0.66,
            _ => 0.57,
        };
        text.chars().map(of).sum::<f64>() * self.font
    }

    /// Opens the SVG element.
    pub(super) fn open(&self, height: f64, title: &str) -> String {
        let (width, font) = (self.width, self.font);
        let title = super::escaped(title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{title}\" font-size=\"{font}\" font-family=\"Roboto, \
             'Helvetica Neue', Arial, sans-serif\">\n"
        );
        if self.complete {
            svg += &format!(
                "<style>{}</style>\n<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n",
                Self::css()
            );
        }
        svg
    }

    /// Rules for a standalone picture: dark on white.
    fn css() -> String {
        let mut css = String::from(
            ".ground{fill:#ffffff}.ink{fill:#222222}.muted{fill:#555555}.grid{stroke:#dddddd;fill:none}\
             .frame{stroke:#555555;fill:none}",
        );
        for (number, colour) in COLOURS.iter().enumerate() {
            css += &format!(".f{number}{{fill:{colour}}}.s{number}{{stroke:{colour};fill:none}}");
        }
        css
    }

    /// The same for a page, in a light and a dark theme.
    pub fn page_css() -> String {
        let mut css = String::from(
            ".ink{fill:var(--ink)}.muted{fill:var(--muted)}.grid{stroke:var(--grid);fill:none}\
             .frame{stroke:var(--muted);fill:none}",
        );
        for (number, colour) in COLOURS.iter().enumerate() {
            let colour = if number == 1 { "var(--ink)" } else { colour };
            css += &format!(".f{number}{{fill:{colour}}}.s{number}{{stroke:{colour};fill:none}}");
        }
        css
    }
}
