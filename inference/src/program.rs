//! A network as a straight line of steps over buffers, with everything folded that can be.
//!
//! One step is one node of the fused graph, its weights folded and packed. Buffers are assigned in advance, so that
//! running allocates nothing; any range of steps can run by itself.
//!
//! A value is floats or codes, and either has buffers of its own. Layers with integer weights are computed in codes,
//! all other ops in floats, so that an op has one kernel whatever the format of its values. Where a step reads or makes
//! what its kernel does not, it does one more task that converts. Between two layers in integers there is nothing to
//! convert: the end of a layer scales its sums to the grid of what it makes.

mod settle;

use std::ops::Range;

use crate::graph::{Exit, Layout, Value};
use crate::kernels::Activation;
use crate::kernels::integer::{Codes, Output};
use crate::ops::{Format, Grids, Inputs, Integers, Kernel};
use crate::quantise::Grid;
use crate::weights::Weights;
use settle::{Slot, Traffic, settle};

/// Steps, and the buffers they use.
pub struct Program {
    tasks: Vec<Task>,
    /// Where each step begins among the tasks, and where the last one ends.
    steps: Vec<usize>,
    buffers: Vec<Slot>,
    /// The place of each value.
    places: Vec<Place>,
}

/// Where a value is: the number of its buffer among those of the kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// Floats.
    Floats(usize),
    /// Codes on this grid.
    Codes(usize, Grid),
}

impl Place {
    /// The grid of codes.
    pub fn grid(self) -> Option<Grid> {
        match self {
            Self::Floats(_) => None,
            Self::Codes(_, grid) => Some(grid),
        }
    }
}

/// Something that is done in one go; it reads and writes buffers.
struct Task {
    work: Work,
    from: Vec<usize>,
    to: usize,
}

enum Work {
    /// From floats to floats.
    Floats(Box<dyn Kernel>),
    /// From codes to codes.
    Codes(Box<Integers>),
    /// From codes to floats.
    Answer(Box<Integers>),
    /// From floats to the nearest codes.
    Round(Grid),
    /// From codes to what they stand for.
    Restore(Grid),
}

/// The buffers of a program.
#[derive(Default)]
pub struct Buffers {
    /// Those of floats.
    pub floats: Vec<Activation>,
    /// Those of codes.
    pub codes: Vec<Codes>,
}

/// Buffers of the programs that ran with it, reused from run to run.
#[derive(Default)]
pub struct Scratch {
    sets: Vec<(Vec<Slot>, Buffers)>,
}

impl Scratch {
    /// The buffers of a program.
    pub(crate) fn buffers(&mut self, program: &Program) -> &mut Buffers {
        let known = self.sets.iter().position(|(slots, _)| *slots == program.buffers);
        let at = known.unwrap_or_else(|| {
            let mut buffers = Buffers::default();
            for slot in &program.buffers {
                match *slot {
                    Slot::Floats(extent) => buffers.floats.push(Activation::zeros(extent, 1)),
                    Slot::Codes(extent, zero) => buffers.codes.push(Codes::zeros(extent, zero)),
                }
            }
            self.sets.push((program.buffers.clone(), buffers));
            self.sets.len() - 1
        });
        &mut self.sets[at].1
    }
}

impl Buffers {
    /// The floats in a place.
    ///
    /// # Panics
    /// If there are codes.
    pub fn floats(&self, place: Place) -> &Activation {
        match place {
            Place::Floats(buffer) => &self.floats[buffer],
            Place::Codes(..) => panic!("a value in codes"),
        }
    }

    /// Writes a value, given channels-last.
    pub fn lay(&mut self, place: Place, values: &[f32]) {
        match place {
            Place::Floats(buffer) => self.floats[buffer].lay(0, values),
            Place::Codes(buffer, grid) => self.codes[buffer].lay(grid, values),
        }
    }

    /// Appends a value, channels-last.
    pub fn append(&self, place: Place, values: &mut Vec<f32>) {
        match place {
            Place::Floats(buffer) => values.extend(self.floats[buffer].values(0)),
            Place::Codes(buffer, grid) => values.extend(self.codes[buffer].codes().map(|code| grid.value(code))),
        }
    }
}

impl Program {
    /// Folds `weights` into the nodes of a graph. Values that are integers, or that layers in integers read, lie on
    /// `grids`, which may be empty if there are none.
    pub fn new(layout: &Layout, weights: &Weights, grids: &[Option<Grid>]) -> Self {
        let graph = &layout.graph;
        let mut draft = Draft::new(layout, grids);
        let mut steps = vec![0];
        for index in 0..graph.nodes().len() {
            draft.step(layout, index, weights);
            steps.push(draft.tasks.len());
        }
        let Draft { mut tasks, slots, .. } = draft;
        // The image is written before the first step, and must keep the unused places of its layout.
        let kept = graph.exits().iter().flat_map(Exit::kept).chain([0]);
        let (places, buffers) =
            settle(&slots, tasks.iter().map(|task| Traffic { from: &task.from, to: task.to }), kept);
        for task in &mut tasks {
            task.from.iter_mut().chain([&mut task.to]).for_each(|slot| *slot = places[*slot]);
        }
        let place = |value: Value| match (slots[value], grids.get(value).copied().flatten()) {
            (Slot::Codes(..), Some(grid)) => Place::Codes(places[value], grid),
            _ => Place::Floats(places[value]),
        };
        Self { tasks, steps, buffers, places: (0..=graph.nodes().len()).map(place).collect() }
    }

    /// The place of a value, which holds it until nothing reads it any more.
    pub fn place(&self, value: Value) -> Place {
        self.places[value]
    }

    /// Runs some of the steps on what is in the buffers.
    pub fn run(&self, steps: Range<usize>, buffers: &mut Buffers) {
        self.tasks[self.steps[steps.start]..self.steps[steps.end]].iter().for_each(|task| task.run(buffers));
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.steps.len() - 1
    }
}

impl Task {
    fn run(&self, Buffers { floats, codes }: &mut Buffers) {
        let first = self.from[0];
        match &self.work {
            Work::Floats(kernel) => {
                let mut y = std::mem::replace(&mut floats[self.to], Activation::none());
                kernel.run(Inputs::new(floats, &self.from), &mut y);
                floats[self.to] = y;
            }
            Work::Codes(layer) => {
                let mut y = std::mem::replace(&mut codes[self.to], Codes::none());
                let other = self.from.get(1).map(|other| &codes[*other]);
                layer.run(&codes[first], other, &mut Output::Codes(y.bytes_mut()));
                codes[self.to] = y;
            }
            Work::Answer(layer) => {
                let other = self.from.get(1).map(|other| &codes[*other]);
                layer.run(&codes[first], other, &mut Output::Floats(floats[self.to].lanes_mut()));
            }
            Work::Round(grid) => codes[self.to].round(*grid, &floats[first]),
            Work::Restore(grid) => codes[first].restore(*grid, &mut floats[self.to]),
        }
    }
}

/// Tasks that still read and write slots; the first slots are those of the values.
struct Draft<'a> {
    grids: &'a [Option<Grid>],
    slots: Vec<Slot>,
    tasks: Vec<Task>,
}

impl<'a> Draft<'a> {
    fn new(layout: &Layout, grids: &'a [Option<Grid>]) -> Self {
        let slot = |value: Value| match layout.graph.fact(value).format {
            Format::F32 => Slot::Floats(layout.extent(value)),
            Format::Integer(_) => Slot::Codes(layout.extent(value), grid(grids, value).zero_point),
        };
        Self { grids, slots: (0..layout.extents().len()).map(slot).collect(), tasks: Vec::new() }
    }

    /// A slot beside those of the values.
    fn spare(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
        self.slots.len() - 1
    }

    fn does(&mut self, work: Work, from: Vec<usize>, to: usize) {
        self.tasks.push(Task { work, from, to });
    }

    /// The tasks of a node.
    fn step(&mut self, layout: &Layout, index: usize, weights: &Weights) {
        let (node, site, made) = (&layout.graph.nodes()[index], layout.site(index), index + 1);
        let writes_codes = matches!(self.slots[made], Slot::Codes(..));
        match node.weights {
            Format::F32 => {
                let from = node.inputs.iter().map(|input| self.in_floats(layout, *input)).collect();
                let kernel = Work::Floats(node.op.compile(site, weights));
                if writes_codes {
                    let floats = self.spare(Slot::Floats(layout.extent(made)));
                    self.does(kernel, from, floats);
                    self.does(Work::Round(grid(self.grids, made)), vec![floats], made);
                } else {
                    self.does(kernel, from, made);
                }
            }
            Format::Integer(bits) => {
                let from = node.inputs.iter().map(|input| self.in_codes(layout, *input)).collect();
                let grids = Grids {
                    input: grid(self.grids, node.inputs[0]),
                    other: node.inputs.get(1).map(|other| grid(self.grids, *other)),
                    output: writes_codes.then(|| grid(self.grids, made)),
                };
                let layer = Box::new(Integers::new(&*node.op, site, weights, bits, grids));
                self.does(if writes_codes { Work::Codes(layer) } else { Work::Answer(layer) }, from, made);
            }
        }
    }

    /// A slot with a value as floats.
    fn in_floats(&mut self, layout: &Layout, value: Value) -> usize {
        if matches!(self.slots[value], Slot::Floats(_)) {
            return value;
        }
        let floats = self.spare(Slot::Floats(layout.extent(value)));
        self.does(Work::Restore(grid(self.grids, value)), vec![value], floats);
        floats
    }

    /// A slot with a value as codes.
    fn in_codes(&mut self, layout: &Layout, value: Value) -> usize {
        if matches!(self.slots[value], Slot::Codes(..)) {
            return value;
        }
        let grid = grid(self.grids, value);
        let codes = self.spare(Slot::Codes(layout.extent(value), grid.zero_point));
        self.does(Work::Round(grid), vec![value], codes);
        codes
    }
}

/// The grid of a value that is in codes somewhere.
fn grid(grids: &[Option<Grid>], value: Value) -> Grid {
    grids.get(value).copied().flatten().expect("values in codes have a grid")
}
