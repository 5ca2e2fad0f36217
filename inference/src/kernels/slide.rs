//! How a window moves over an image: its extent, its steps, and the zeros around the image.

use super::Shape;

/// The largest figure of a window, so that no product of them overflows.
const LARGEST: usize = 1 << 12;

/// A figure for rows and one for columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sides {
    /// Down the image.
    pub rows: usize,
    /// Across the image.
    pub columns: usize,
}

impl Sides {
    /// The same figure for both.
    pub const fn both(figure: usize) -> Self {
        Self { rows: figure, columns: figure }
    }

    /// Their product.
    pub const fn area(self) -> usize {
        self.rows * self.columns
    }
}

/// Rows and columns on each side of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Margin {
    /// Rows above.
    pub top: usize,
    /// Columns to the left.
    pub left: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Margin {
    /// As many on every side.
    pub const fn all(width: usize) -> Self {
        Self { top: width, left: width, bottom: width, right: width }
    }

    /// The largest of the four.
    pub fn widest(self) -> usize {
        self.top.max(self.left).max(self.bottom).max(self.right)
    }
}

/// Why a window does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A figure is 0.
    #[error("window, stride and dilation must be at least 1")]
    Zero,
    /// A figure is larger than any that is meant.
    #[error("window, stride, dilation and padding must be at most {LARGEST}")]
    TooLarge,
    /// The window is larger than the image with its padding.
    #[error(
        "a window of {}×{} does not fit into {}×{}, padding included",
        window.rows, window.columns, image.rows, image.columns
    )]
    Larger {
        /// From the first tap to the last.
        window: Sides,
        /// The image with its padding.
        image: Sides,
    },
}

/// A window that moves over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slide {
    /// Taps of the window.
    pub window: Sides,
    /// From one position of the window to the next, in pixels.
    pub stride: Sides,
    /// From a tap to the next, in pixels.
    pub dilation: Sides,
    /// What is around the image, and read as zeros.
    pub padding: Margin,
}

impl Slide {
    /// A `side`×`side` window, with `side / 2` zeros around the image: an odd one is centred on every pixel in turn.
    pub const fn centred(side: usize, stride: usize) -> Self {
        Self {
            window: Sides::both(side),
            stride: Sides::both(stride),
            dilation: Sides::both(1),
            padding: Margin::all(side / 2),
        }
    }

    /// A window that covers its part of the image once, without padding.
    pub const fn tiled(window: Sides) -> Self {
        Self { window, stride: window, dilation: Sides::both(1), padding: Margin::all(0) }
    }

    /// Pixels from the first tap to the last.
    pub const fn span(self) -> Sides {
        Sides {
            rows: (self.window.rows - 1) * self.dilation.rows + 1,
            columns: (self.window.columns - 1) * self.dilation.columns + 1,
        }
    }

    /// The taps at a pixel of the window's span, if there is one.
    pub const fn tap(self, row: usize, column: usize) -> Option<usize> {
        let Sides { rows, columns } = self.dilation;
        if row.is_multiple_of(rows) && column.is_multiple_of(columns) {
            Some(row / rows * self.window.columns + column / columns)
        } else {
            None
        }
    }

    /// The extent of the outputs, one per position of the window.
    ///
    /// # Errors
    /// If the window does not fit.
    pub fn output(self, input: Shape, channels: usize) -> Result<Shape, Misfit> {
        let Self { window, stride, dilation, padding } = self;
        let figures = [window, stride, dilation].into_iter().flat_map(|side| [side.rows, side.columns]);
        if figures.clone().any(|figure| figure == 0) {
            return Err(Misfit::Zero);
        }
        if figures.chain([padding.widest()]).any(|figure| figure > LARGEST) {
            return Err(Misfit::TooLarge);
        }
        let span = self.span();
        let height = input.height + padding.top + padding.bottom;
        let width = input.width + padding.left + padding.right;
        if span.rows > height || span.columns > width {
            return Err(Misfit::Larger { window: span, image: Sides { rows: height, columns: width } });
        }
        Ok(Shape {
            height: (height - span.rows) / stride.rows + 1,
            width: (width - span.columns) / stride.columns + 1,
            channels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Shape = Shape { height: 7, width: 10, channels: 3 };

    /// Rows: 7 + 1 + 2 padded, a span of (2 − 1)·3 + 1 = 4, so (10 − 4)/2 + 1 = 4. Columns: 10 + 0 + 1, a span of 3, so
    /// (11 − 3)/3 + 1 = 3, and two columns are left over.
    #[test]
    fn the_extent_of_outputs_by_hand() {
        let slide = Slide {
            window: Sides { rows: 2, columns: 3 },
            stride: Sides { rows: 2, columns: 3 },
            dilation: Sides { rows: 3, columns: 1 },
            padding: Margin { top: 1, left: 0, bottom: 2, right: 1 },
        };
        assert_eq!(slide.output(IMAGE, 5), Ok(Shape { height: 4, width: 3, channels: 5 }));
        // Taps in rows 0 and 3 of the span, three in each.
        assert_eq!([(0, 2), (3, 0), (1, 0)].map(|(row, column)| slide.tap(row, column)), [Some(2), Some(3), None]);
    }

    #[test]
    fn windows_that_do_not_fit_are_errors() {
        let output = |slide: Slide| slide.output(IMAGE, 1);
        let small = Slide::centred(3, 1);
        assert_eq!(output(Slide { stride: Sides::both(0), ..small }), Err(Misfit::Zero));
        assert_eq!(output(Slide { window: Sides::both(5000), ..small }), Err(Misfit::TooLarge));
        assert_eq!(output(Slide { padding: Margin { left: 5000, ..Margin::all(1) }, ..small }), Err(Misfit::TooLarge));
        let tall = Sides { rows: 8, columns: 1 };
        let larger = Misfit::Larger { window: tall, image: Sides { rows: 7, columns: 10 } };
        assert_eq!(output(Slide::tiled(tall)), Err(larger));
        assert_eq!(larger.to_string(), "a window of 8×1 does not fit into 7×10, padding included");
    }
}
