//! Charts as SVG: lines and points over two axes, stacked bars, and shares over an axis.
//!
//! A chart is a value that holds what is shown; a [`Style`] sets its size and medium: a page, where colours follow the
//! reader's light or dark theme, or a paper, where they are fixed. Colours are those of Okabe & Ito (2008), which
//! readers with any colour vision can distinguish, and lines differ in their markers, too.

mod axis;
mod bars;
mod legend;
mod lines;
#[cfg(test)]
pub(crate) mod read_back;
mod shares;
mod style;
#[cfg(test)]
mod tests;

use std::fmt::Display;

pub use axis::{Axis, Scale};
pub use bars::{Bar, Bars};
pub use lines::{Lines, Mark, Point, Series};
pub use shares::{Bin, Panel, Shares};
pub use style::Style;

/// A chart, with its title and caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Name for commands and links: `pareto`.
    pub kind: &'static str,
    /// Title.
    pub title: String,
    /// A sentence on what to look for.
    pub caption: String,
    /// The picture.
    pub picture: Picture,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// Over two axes.
    Lines(Lines),
    /// Rows of stacked bars.
    Bars(Bars),
    /// Panels of shares, bin by bin.
    Shares(Shares),
}

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DrawError(String);

impl Chart {
    /// The chart as a complete SVG element.
    pub fn svg(&self, style: &Style) -> String {
        match &self.picture {
            Picture::Lines(lines) => lines.svg(style, &self.title),
            Picture::Bars(bars) => bars.svg(style, &self.title),
            Picture::Shares(shares) => shares.svg(style, &self.title),
        }
    }

    /// The chart as a PNG of `pixels_per_unit` times the style's size.
    ///
    /// # Errors
    /// If it cannot be drawn, which is a bug.
    pub fn png(&self, style: &Style, pixels_per_unit: f32) -> Result<Vec<u8>, DrawError> {
        const FONT: &[u8] = include_bytes!("../fonts/Roboto-Regular-latin.ttf");
        let mut options = resvg::usvg::Options { font_family: "Roboto".into(), ..Default::default() };
        options.fontdb_mut().load_font_data(FONT.to_vec());
        let failed = |why: &dyn Display| DrawError(why.to_string());
        let tree = resvg::usvg::Tree::from_str(&self.svg(style), &options).map_err(|e| failed(&e))?;
        let size =
            tree.size().to_int_size().scale_by(pixels_per_unit).ok_or_else(|| failed(&"the picture has no size"))?;
        let mut picture = resvg::tiny_skia::Pixmap::new(size.width(), size.height())
            .ok_or_else(|| failed(&"the picture is too large to draw"))?;
        let scale = resvg::tiny_skia::Transform::from_scale(pixels_per_unit, pixels_per_unit);
        resvg::render(&tree, scale, &mut picture.as_mut());
        picture.encode_png().map_err(|e| failed(&e))
    }
}

/// Text escaped for SVG and HTML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
