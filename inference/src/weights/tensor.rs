//! A tensor of an op: its shape, how it lies in memory, and what it is for.

/// A tensor of a weights file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name, after that of the op.
    pub name: &'static str,
    /// Its extents in a file.
    pub shape: Vec<usize>,
    /// How it lies in memory.
    pub order: Order,
    /// What it is for.
    pub role: Role,
}

/// The order of a tensor in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As in a file.
    AsInFile,
    /// The taps of a window first, then inputs, then outputs; a file has `[out, in, rows, columns]`.
    TapsFirst,
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Trained, and decays. `inputs` is how many of them a unit sums up, and `gain` what He's rule (2015) multiplies
    /// the variance of the first weights by.
    Weights {
        /// Number of inputs of a unit.
        inputs: usize,
        /// The numerator of the variance.
        gain: f32,
    },
    /// Trained, does not decay, and begins at this value.
    Vector(f32),
    /// Seen in training, and begins at this value.
    Statistic(f32),
}

impl Tensor {
    /// One trained value per channel, which begins at `value`.
    pub fn vector(name: &'static str, channels: usize, value: f32) -> Self {
        Self { name, shape: vec![channels], order: Order::AsInFile, role: Role::Vector(value) }
    }

    /// Weights of a window, `[out, in, rows, columns]`.
    pub fn window(shape: [usize; 4]) -> Self {
        let role = Role::Weights { inputs: shape[1..].iter().product(), gain: 2.0 };
        Self { name: "weight", shape: shape.to_vec(), order: Order::TapsFirst, role }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Visits every value: its place in a file, and in memory.
    pub fn places(&self, mut visit: impl FnMut(usize, usize)) {
        let (outputs, inputs, taps) = match (self.order, &self.shape[..]) {
            (Order::TapsFirst, [outputs, inputs, window @ ..]) => (*outputs, *inputs, window.iter().product()),
            _ => (1, 1, self.len()),
        };
        for o in 0..outputs {
            for i in 0..inputs {
                for tap in 0..taps {
                    visit((o * inputs + i) * taps + tap, (tap * inputs + i) * outputs + o);
                }
            }
        }
    }
}
