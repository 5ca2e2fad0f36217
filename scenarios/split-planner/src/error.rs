//! What can be wrong with what the planner is given.

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A network without steps.
    #[error("a network has at least one step")]
    NoSteps,
    /// Nothing to choose from.
    #[error("at least one bit-width must be allowed")]
    NoWidths,
    /// A width that no layer can have.
    #[error("a bit-width is from 2 to 8, not {width}")]
    Width {
        /// The width.
        width: u8,
    },
    /// Allowed widths that are repeated, or not in ascending order.
    #[error("allowed bit-widths must ascend: {width} comes after {before}")]
    WidthOrder {
        /// A width.
        before: u8,
        /// The one after it.
        width: u8,
    },
    /// A step that reads nothing.
    #[error("step {step} reads nothing")]
    ReadsNothing {
        /// The step, from 0.
        step: usize,
    },
    /// A step that reads what a later one makes, or itself.
    #[error("step {step} reads value {value}, which has not been made by then")]
    ReadBeforeMade {
        /// The step, from 0.
        step: usize,
        /// What it reads.
        value: usize,
    },
    /// A step that passes on what it reads, but reads several values.
    #[error("step {step} passes numbers on, so it must read one value, not {values}")]
    PassesSeveral {
        /// The step, from 0.
        step: usize,
        /// How many values it reads.
        values: usize,
    },
    /// A table of errors that does not have one figure for each allowed width.
    #[error("step {step}: errors of {of} for {given} bit-widths, where {widths} are allowed")]
    TableLength {
        /// The step, from 0.
        step: usize,
        /// Weights or activations.
        of: Of,
        /// How many figures there are.
        given: usize,
        /// How many widths are allowed.
        widths: usize,
    },
    /// An error that is negative or no number.
    #[error("step {step}: the error of {of} in {width} bits must be a number of at least 0, not {found}")]
    NotAnError {
        /// The step, from 0.
        step: usize,
        /// Weights or activations.
        of: Of,
        /// The width.
        width: u8,
        /// The figure.
        found: f64,
    },
    /// More numbers than can be counted in bits.
    #[error("step {step}: the network has more numbers than can be counted")]
    TooLarge {
        /// The step, from 0, at which there are too many.
        step: usize,
    },
    /// A cost that is no finite number.
    #[error("cut {cut}: the cost of the {part} must be a finite number, not {found}")]
    Cost {
        /// The cut.
        cut: usize,
        /// Device, link or server.
        part: Part,
        /// The figure.
        found: f64,
    },
    /// A cost that grows as numbers get narrower, against the contract of [`Costs`](crate::Costs).
    #[error("cut {cut}: the cost of the {part} must not grow as numbers get narrower, as from {wide} to {narrow}")]
    CostGrows {
        /// The cut.
        cut: usize,
        /// Device or link.
        part: Part,
        /// The cost in wider numbers.
        wide: f64,
        /// The cost in narrower ones.
        narrow: f64,
    },
    /// A list of costs that does not have one figure for each step or value.
    #[error("{given} costs of {of}, where there are {needed}")]
    CostsLength {
        /// Steps on the device, steps at the server, or values on the link.
        of: &'static str,
        /// How many figures there are.
        given: usize,
        /// How many there should be.
        needed: usize,
    },
    /// A cost of a step or value that is negative, infinite or no number.
    #[error("cost {at} of {of} must be a finite number of at least 0, not {found}")]
    NotACost {
        /// Steps on the device, steps at the server, or values on the link.
        of: &'static str,
        /// The step or value.
        at: usize,
        /// The figure.
        found: f64,
    },
}

/// Which of a layer's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Its weights.
    Weights,
    /// What it makes.
    Activations,
}

impl std::fmt::Display for Of {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::Weights => "weights",
            Self::Activations => "activations",
        })
    }
}

/// Where a cost arises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// On the device.
    Device,
    /// Between device and server.
    Link,
    /// At the server.
    Server,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::Device => "device",
            Self::Link => "link",
            Self::Server => "server",
        })
    }
}
