//! A network as the planner sees it: steps in the order they run, their sizes, and what each bit-width would lose.

use crate::error::{Of, PlanError};

/// What a step reads or makes: 0 is the network's input, i + 1 is what step i makes.
pub type Value = usize;

/// Bits of a number that nobody chooses a width for: of the input, and of what steps other than layers make.
pub const FIXED: u8 = 8;

/// Bits of a float.
pub const FLOAT: u8 = 32;

/// One step of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it reads: the input, or what earlier steps make.
    pub reads: Vec<Value>,
    /// How many weights it has.
    pub weights: u64,
    /// How many numbers it makes.
    pub activations: u64,
    /// What decides how wide its numbers are.
    pub kind: Kind,
}

/// What decides how wide the numbers of a step are.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// The planner chooses two widths, for its weights and for what it makes.
    Layer(LayerErrors),
    /// It only moves numbers, as max pooling does: what it makes is as wide as the one value that it reads.
    Passes,
    /// It makes numbers of [`FIXED`] width, as average pooling does. So are its weights, if it has any.
    Other,
}

/// What a layer loses in each of the allowed widths, as mean squared errors, in the order of the widths.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerErrors {
    /// Dʷ, of its weights.
    pub weights: Vec<f64>,
    /// Dᵃ, of what it makes.
    pub activations: Vec<f64>,
}

/// A network and the bit-widths that its layers may have.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    widths: Vec<u8>,
    steps: Vec<Step>,
    /// For each value, the layer that decides its width; none if that is fixed.
    origins: Vec<Option<usize>>,
}

impl Problem {
    /// Checks a network of these steps, in the order they run, of which layers may have these widths, in ascending
    /// order, from 2 to 8 bits.
    ///
    /// # Errors
    /// Whatever is wrong first, with its place.
    pub fn new(widths: Vec<u8>, steps: Vec<Step>) -> Result<Self, PlanError> {
        check_widths(&widths)?;
        if steps.is_empty() {
            return Err(PlanError::NoSteps);
        }
        let (mut origins, mut numbers) = (vec![None], 0u64);
        for (index, step) in steps.iter().enumerate() {
            check_reads(index, step)?;
            let origin = match &step.kind {
                Kind::Layer(errors) => {
                    check_table(index, Of::Weights, &errors.weights, &widths)?;
                    check_table(index, Of::Activations, &errors.activations, &widths)?;
                    Some(index)
                }
                Kind::Passes => origins[step.reads[0]],
                Kind::Other => None,
            };
            origins.push(origin);
            // So that no sum of sizes in bits overflows below.
            let sum = numbers.checked_add(step.weights).and_then(|sum| sum.checked_add(step.activations));
            numbers = sum.filter(|sum| *sum <= u64::MAX / 64).ok_or(PlanError::TooLarge { step: index })?;
        }
        Ok(Self { widths, steps, origins })
    }

    /// The allowed widths, in ascending order.
    pub fn widths(&self) -> &[u8] {
        &self.widths
    }

    /// The steps, in the order they run.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The number of the last cut, after all steps.
    pub fn end(&self) -> usize {
        self.steps.len()
    }

    /// What crosses when the first `cut` steps run on the device, in the order it is made: whatever later steps read of
    /// what was there before. At least one value, except after the last step.
    pub fn crossing(&self, cut: usize) -> Vec<Value> {
        let is_read = |value: &Value| self.steps[cut..].iter().any(|step| step.reads.contains(value));
        (0..=cut).filter(is_read).collect()
    }

    /// The layer that decides how wide a value is; none if it has [`FIXED`] width.
    pub fn origin(&self, value: Value) -> Option<usize> {
        self.origins[value]
    }
}

fn check_widths(widths: &[u8]) -> Result<(), PlanError> {
    if widths.is_empty() {
        return Err(PlanError::NoWidths);
    }
    if let Some(width) = widths.iter().find(|width| !(2..=8).contains(*width)) {
        return Err(PlanError::Width { width: *width });
    }
    match widths.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(PlanError::WidthOrder { before: pair[0], width: pair[1] }),
        None => Ok(()),
    }
}

fn check_reads(index: usize, step: &Step) -> Result<(), PlanError> {
    if step.reads.is_empty() {
        return Err(PlanError::ReadsNothing { step: index });
    }
    if let Some(value) = step.reads.iter().find(|value| **value > index) {
        return Err(PlanError::ReadBeforeMade { step: index, value: *value });
    }
    match (&step.kind, step.reads.len()) {
        (Kind::Passes, values @ 2..) => Err(PlanError::PassesSeveral { step: index, values }),
        _ => Ok(()),
    }
}

fn check_table(step: usize, of: Of, table: &[f64], widths: &[u8]) -> Result<(), PlanError> {
    if table.len() != widths.len() {
        return Err(PlanError::TableLength { step, of, given: table.len(), widths: widths.len() });
    }
    let wrong = |(_, error): &(&u8, &f64)| !error.is_finite() || **error < 0.0;
    match widths.iter().zip(table).find(wrong) {
        Some((width, found)) => Err(PlanError::NotAnError { step, of, width: *width, found: *found }),
        None => Ok(()),
    }
}
