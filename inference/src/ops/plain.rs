//! Values in double precision, for the plain twins of ops that the tests compare with.

use crate::kernels::{Shape, Slide};

/// A value, channels-last.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    pub shape: Shape,
    pub values: Vec<f64>,
}

/// The values of an op's tensors.
#[derive(Clone, Copy)]
pub struct Tensors<'a> {
    pub parameters: &'a [f32],
    pub statistics: &'a [f32],
}

impl Plain {
    /// The value of each row, column and channel.
    pub fn each(shape: Shape, value: impl Fn(usize, usize, usize) -> f64) -> Self {
        let Shape { width, channels, .. } = shape;
        let at = |index: usize| value(index / channels / width, index / channels % width, index % channels);
        Self { shape, values: (0..shape.len()).map(at).collect() }
    }

    pub fn at(&self, y: usize, x: usize, channel: usize) -> f64 {
        self.pixel(y, x)[channel]
    }

    fn pixel(&self, y: usize, x: usize) -> &[f64] {
        let Shape { width, channels, .. } = self.shape;
        &self.values[(y * width + x) * channels..][..channels]
    }

    /// The taps of the window at output (y, x) that are inside, with their pixels.
    pub fn window(&self, slide: Slide, y: usize, x: usize) -> impl Iterator<Item = (usize, &[f64])> {
        (0..slide.window.area()).filter_map(move |tap| {
            let (row, column) = (tap / slide.window.columns, tap % slide.window.columns);
            let y = (y * slide.stride.rows + row * slide.dilation.rows).checked_sub(slide.padding.top)?;
            let x = (x * slide.stride.columns + column * slide.dilation.columns).checked_sub(slide.padding.left)?;
            let inside = y < self.shape.height && x < self.shape.width;
            inside.then(|| (tap, self.pixel(y, x)))
        })
    }
}
