//! Splits that are planned: where a network is cut, and in how many bits it is computed before.
//!
//! The planner itself ([`split_planner`]) knows no network and no device. Here it is told, of a network whose values
//! were seen on calibration images, how large its layers are and what bits would lose (`problem.rs`); of a group of
//! devices, what layers, links and servers take for a typical request ([`ModelCosts`]). Its errors are sums of squares;
//! what they do to the accuracy is measured, by running the network that a plan means on images of the calibration half
//! ([`SplitPlanner::measure`]).

mod costs;
mod problem;
mod settle;

use inference::{BitWidths, Bits, Calibrated, Dataset, Half, Network, Scratch};
use split_planner::{Baselines, MinCut, Numbers, PlanError, Plans, Problem};
use thiserror::Error;

use crate::plan::{Group, Plan, SEEN};
pub use costs::ModelCosts;
use problem::problem;
pub use settle::bits_of;
pub(crate) use settle::{Known, settle};

/// Images that accuracies are measured on, unless others are asked for.
pub const MEASURED_ON: usize = 1_000;

/// Why a network cannot be planned.
#[derive(Debug, Error)]
pub enum SplitError {
    /// The planner cannot do it.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The network cannot be computed so.
    #[error(transparent)]
    Network(#[from] inference::Error),
}

/// Plans splits of a network for the devices of a group.
pub struct SplitPlanner<'a> {
    calibrated: &'a Calibrated,
    data: &'a Dataset,
    problem: Problem,
    costs: ModelCosts<'a>,
    /// Images that accuracies are measured on.
    images: Vec<usize>,
    /// The share of these that the network gets right in floats.
    accuracy_in_floats: f64,
}

/// A plan as a network that runs.
pub struct Measured {
    /// The network, its first layers in integers.
    pub network: Network,
    /// The share of images that it gets right.
    pub accuracy: f64,
}

impl<'a> SplitPlanner<'a> {
    /// For a network and the devices of `group`; accuracies are measured on at most `images` of the calibration half of
    /// `data`: others than those that grids were chosen by, if there are enough.
    ///
    /// # Errors
    /// If a figure of the network is not a finite number, or it does not run.
    pub fn new(
        calibrated: &'a Calibrated,
        data: &'a Dataset,
        plan: &'a Plan,
        group: &'a Group,
        images: usize,
    ) -> Result<Self, SplitError> {
        let problem = problem(calibrated)?;
        let calibration: Vec<usize> = data.half(Half::Calibration).collect();
        let first = if calibration.len() > 2 * SEEN { SEEN } else { 0 };
        let images: Vec<usize> = calibration.into_iter().skip(first).take(images).collect();
        let mut planner = Self {
            problem,
            costs: ModelCosts::new(calibrated, plan, group)?,
            images,
            accuracy_in_floats: 0.0,
            calibrated,
            data,
        };
        planner.accuracy_in_floats = planner.accuracy(&planner.costs.floats);
        Ok(planner)
    }

    /// All plans within so many bytes of memory of which none is faster and loses less than another.
    ///
    /// # Errors
    /// If a cost is no number.
    pub fn plans(&self, memory: f64) -> Result<Plans, PlanError> {
        split_planner::plan(&self.problem, &self.costs, bits(memory))
    }

    /// What people do without a planner, within so many bytes of memory.
    ///
    /// # Errors
    /// If a cost is no number.
    pub fn baselines(&self, memory: f64) -> Result<Baselines, PlanError> {
        Baselines::new(&self.problem, &self.costs, bits(memory))
    }

    /// The best division in floats of which the device's part fits into so many bytes, if any set of steps may run on the
    /// device (DADS), and what sending anything at all takes besides.
    ///
    /// # Errors
    /// If a cost is no number.
    pub fn min_cut(&self, memory: f64) -> Result<(MinCut, f64), PlanError> {
        let (steps, sending) = self.costs.by_step();
        Ok((MinCut::new(&self.problem, &steps, bits(memory))?, sending))
    }

    /// The share of images that the network gets right in floats.
    pub fn accuracy_in_floats(&self) -> f64 {
        self.accuracy_in_floats
    }

    /// The number of images that accuracies are measured on.
    pub fn images(&self) -> usize {
        self.images.len()
    }

    /// The bits of each layer that a plan computes in integers, from the first on.
    pub fn widths(&self, plan: &split_planner::Plan) -> Vec<Option<BitWidths>> {
        let Numbers::Integers(layers) = &plan.numbers else { return vec![None; self.calibrated.layers().len()] };
        let bits = |bits: u8| Bits::new(bits).expect("the planner was given widths from 2 to 8");
        let of = |step: usize| {
            let layer = layers.iter().find(|layer| layer.step == step)?;
            Some(BitWidths { weights: bits(layer.weights), activations: bits(layer.activations) })
        };
        self.calibrated.layers().iter().map(|layer| of(layer.step)).collect()
    }

    /// The network that a plan means, and what it gets right.
    ///
    /// # Errors
    /// If a layer sums up more than its integers hold.
    pub fn measure(&self, plan: &split_planner::Plan) -> Result<Measured, inference::Error> {
        let network = self.calibrated.network(&self.widths(plan))?;
        let accuracy = self.accuracy(&network);
        Ok(Measured { network, accuracy })
    }

    /// A fast plan that loses at most so much of the accuracy in floats, as a network: the fastest, if accuracy falls as
    /// the planner's error grows. Plans are measured in growing strides from the fastest on, until one will do, and then
    /// between that and the last that would not. What is returned has been measured; the last plan of a front loses
    /// nothing.
    ///
    /// # Errors
    /// If a layer sums up more than its integers hold.
    ///
    /// # Panics
    /// If the front is empty, which those of the planner never are.
    pub fn fastest_within<'p>(
        &self,
        plans: &'p Plans,
        drop: f64,
    ) -> Result<(&'p split_planner::Plan, Measured), inference::Error> {
        let front = &plans.front;
        let last = front.len().checked_sub(1).expect("sending the input always fits");
        let measured = |plan: usize| -> Result<Option<Measured>, inference::Error> {
            let network = self.calibrated.network(&self.widths(&front[plan]))?;
            let accuracy = self.accuracy_from(&network, self.accuracy_in_floats - drop);
            Ok(accuracy.map(|accuracy| Measured { network, accuracy }))
        };
        // All before `from` will not do, or are passed over.
        let (mut from, mut place, mut stride) = (0, 0, 1);
        let mut found = loop {
            match measured(place)? {
                Some(measured) => break (place, measured),
                None if place == last => break (last, self.measure(&front[last])?),
                None => (from, place, stride) = (place + 1, (place + stride).min(last), 2 * stride),
            }
        };
        while from < found.0 {
            let middle = from.midpoint(found.0);
            match measured(middle)? {
                Some(measured) => found = (middle, measured),
                None => from = middle + 1,
            }
        }
        Ok((&front[found.0], found.1))
    }

    /// The accuracy of a network; none as soon as it is certain to be below `least`.
    fn accuracy_from(&self, network: &Network, least: f64) -> Option<f64> {
        let of = self.images.len().max(1) as f64;
        let (mut wrong, mut scratch) = (0.0, Scratch::default());
        for image in &self.images {
            if network.run(self.data.image(*image), &mut scratch).class != self.data.label(*image) {
                wrong += 1.0;
            }
            if 1.0 - wrong / of < least - 1e-12 {
                return None;
            }
        }
        Some(1.0 - wrong / of)
    }

    fn accuracy(&self, network: &Network) -> f64 {
        self.accuracy_from(network, 0.0).unwrap_or_default()
    }
}

fn bits(bytes: f64) -> u64 {
    (bytes * 8.0) as u64
}
