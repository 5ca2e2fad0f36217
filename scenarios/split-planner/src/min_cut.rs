//! The best division of a network between device and server if any set of steps may run on the device, in floats (DADS,
//! Hu et al., INFOCOM 2019; QDMP).
//!
//! Nothing comes back: what a step on the device reads is made there. A value is sent once, however many steps read it.
//! Such a division is a cut of a graph in which each step is a node, on the source's side if it runs on the device:
//!
//! - source → step: what the step costs at the server; step → sink: what it costs on the device;
//! - for each value a node of its own; from what makes it, the source for the input, at the cost of sending it; to each
//!   step that reads it, without limit: where a reader is at the server, so is the value, and it is paid for once;
//! - from a step to each step whose values it reads, without limit.
//!
//! A runtime that cuts between two steps can only run prefixes of the order in which they come. With branches, the best
//! set may be none, though it would be one in another order; then it is a bound for the best prefix, which stands
//! beside it.

use crate::error::PlanError;
use crate::flow::Graph;
use crate::plan::Memory;
use crate::prefix::in_floats;
use crate::problem::{Problem, Value};

/// What steps and values cost one by one, in floats.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCosts {
    /// Each step on the device.
    pub device: Vec<f64>,
    /// Each step at the server.
    pub server: Vec<f64>,
    /// Sending each value: the input, and what each step makes.
    pub values: Vec<f64>,
}

/// A set of steps that run on the device, while the others run at the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Division {
    /// For each step, whether it runs on the device.
    pub on_device: Vec<bool>,
    /// What that costs.
    pub cost: f64,
    /// Memory on the device, in floats.
    pub memory: Memory,
}

impl Division {
    /// The cut after which nothing runs on the device and before which everything does, if there is one.
    pub fn cut(&self) -> Option<usize> {
        self.on_device.is_sorted_by(|before, after| before >= after).then(|| self.steps())
    }

    fn steps(&self) -> usize {
        self.on_device.iter().filter(|on_device| **on_device).count()
    }
}

/// The best division, and the best that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct MinCut {
    /// The best of all divisions; none if its steps do not fit into memory.
    pub best: Option<Division>,
    /// The best prefix that fits into memory: of cuts as cheap, the first.
    pub prefix: Division,
}

impl MinCut {
    /// The divisions of a network within `memory` bits on the device.
    ///
    /// # Errors
    /// If there is not one cost for each step and value, or one is no finite number of at least 0.
    pub fn new(problem: &Problem, costs: &StepCosts, memory: u64) -> Result<Self, PlanError> {
        check(problem, costs)?;
        let fits = |division: &Division| division.memory.total() <= memory;
        let prefix = |cut: usize| divide(problem, costs, (0..problem.end()).map(|step| step < cut).collect());
        let prefixes = (1..=problem.end()).map(prefix).filter(fits);
        let cheaper = |a: Division, b: Division| if b.cost < a.cost { b } else { a };
        Ok(Self {
            best: Some(divide(problem, costs, best(problem, costs))).filter(fits),
            prefix: prefixes.fold(prefix(0), cheaper),
        })
    }
}

fn check(problem: &Problem, costs: &StepCosts) -> Result<(), PlanError> {
    let steps = problem.end();
    let lists = [
        ("steps on the device", &costs.device, steps),
        ("steps at the server", &costs.server, steps),
        ("values on the link", &costs.values, steps + 1),
    ];
    for (of, list, needed) in lists {
        if list.len() != needed {
            return Err(PlanError::CostsLength { of, given: list.len(), needed });
        }
        if let Some(at) = list.iter().position(|cost| !cost.is_finite() || *cost < 0.0) {
            return Err(PlanError::NotACost { of, at, found: list[at] });
        }
    }
    Ok(())
}

/// The steps on the device in the best of all divisions.
fn best(problem: &Problem, costs: &StepCosts) -> Vec<bool> {
    let steps = problem.end();
    // Steps come first, then values, then the ends.
    let value_node = |value: Value| steps + value;
    let (source, sink) = (2 * steps + 1, 2 * steps + 2);
    let maker = |value: Value| value.checked_sub(1).unwrap_or(source);
    let mut graph = Graph::new(2 * steps + 3);
    for value in 0..=steps {
        graph.connect(maker(value), value_node(value), costs.values[value]);
    }
    for (index, step) in problem.steps().iter().enumerate() {
        graph.connect(source, index, costs.server[index]);
        graph.connect(index, sink, costs.device[index]);
        for value in &step.reads {
            graph.connect(value_node(*value), index, f64::INFINITY);
            graph.connect(index, maker(*value), f64::INFINITY);
        }
    }
    let mut on_device = graph.cut(source, sink);
    on_device.truncate(steps);
    on_device
}

/// What a division comes to, counted step by step and value by value.
fn divide(problem: &Problem, costs: &StepCosts, on_device: Vec<bool>) -> Division {
    let steps = || on_device.iter().enumerate();
    let running: f64 = steps().map(|(step, here)| if *here { costs.device[step] } else { costs.server[step] }).sum();
    let is_made_here = |value: &Value| value.checked_sub(1).is_none_or(|maker| on_device[maker]);
    let is_read_there =
        |value: &Value| steps().any(|(step, here)| !here && problem.steps()[step].reads.contains(value));
    let sent = (0..=problem.end()).filter(|value| is_made_here(value) && is_read_there(value));
    let sending: f64 = sent.map(|value| costs.values[value]).sum();
    let here = steps().filter(|(_, here)| **here).map(|(step, _)| &problem.steps()[step]);
    let memory = in_floats(here.map(|step| (step.weights, step.activations)));
    Division { cost: running + sending, memory, on_device }
}
