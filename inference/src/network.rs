//! Networks ready to run: normalisation folded, scratch passed in.

mod coded;
mod cut;
mod inference;
#[cfg(test)]
mod tests;

use ndarray::{ArrayView3, Axis};
use xxhash_rust::xxh3::Xxh3;

use crate::Error;
use crate::architecture::Architecture;
use crate::classes::Classes;
use crate::graph::{BitWidths, Exit, Graph, Layout, Stored, Value};
use crate::kernels::{Activation, Extent, Shape};
use crate::model::Model;
use crate::ops::{Cost, LayerCost, Purpose};
use crate::program::{Buffers, Place, Program, Scratch};
use crate::quantise::Grid;
use crate::scores::Answer;
use crate::weights::Weights;
pub use coded::Coded;
pub use cut::{Cut, CutError, CutName, CutTensor, find as find_cut};
pub use inference::{Crossing, Inference};

/// A network, ready to run.
pub struct Network {
    name: String,
    input: Shape,
    /// What pixels become.
    levels: Levels,
    classes: Classes,
    /// Fused: node by node what the program does.
    graph: Graph,
    /// Before each node, and after the last.
    cuts: Vec<Cut>,
    program: Program,
    costs: Vec<LayerCost>,
    fingerprint: u64,
}

impl Network {
    /// Folds `weights` into the kernels of `architecture`.
    ///
    /// # Errors
    /// If the architecture is invalid.
    pub fn new(architecture: &Architecture, weights: &Weights) -> Result<Self, Error> {
        Ok(Self::of(&architecture.model(weights.clone())?))
    }

    /// Makes a network ready to run.
    pub(crate) fn of(model: &Model) -> Self {
        Self::ready(model, &model.graph, &[], model.fingerprint)
    }

    /// The same with its numbers stored like this, and those in codes on these grids.
    pub(crate) fn stored(model: &Model, stored: &Stored, grids: &[Option<Grid>]) -> Self {
        let identity = fingerprint_of_stored(model.fingerprint, stored, grids);
        Self::ready(model, &model.graph.clone().stored(stored), grids, identity)
    }

    /// `graph` is the model's, with its numbers stored somehow.
    fn ready(model: &Model, graph: &Graph, grids: &[Option<Grid>], fingerprint: u64) -> Self {
        let layout = Layout::new(graph, Purpose::Inference);
        let costs = graph.layer_costs();
        let program = Program::new(&layout, &model.weights, grids);
        let levels = model.normalise.levels();
        Self {
            name: model.name.clone(),
            input: model.input(),
            levels: match program.place(0) {
                Place::Floats(_) => Levels::Floats(levels),
                Place::Codes(_, grid) => Levels::Codes(levels.iter().map(|of| of.map(|x| grid.code(x))).collect()),
            },
            classes: model.classes.clone(),
            cuts: cut::cuts(&layout.graph, &costs, |value| program.place(value).grid()),
            program,
            graph: layout.graph,
            costs,
            fingerprint,
        }
    }

    /// Calls `visit` with every number of every value on an image, of a network in floats.
    pub(crate) fn each_value(&self, image: ArrayView3<u8>, scratch: &mut Scratch, mut visit: impl FnMut(Value, f32)) {
        let buffers = scratch.buffers(&self.program);
        self.look_at(image, buffers);
        for value in 0..=self.program.len() {
            if value > 0 {
                self.program.run(value - 1..value, buffers);
            }
            buffers.floats(self.program.place(value)).values(0).for_each(|x| visit(value, x));
        }
    }

    /// Identifies architecture and weights: a hash over both.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Its name in results.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same network by another name.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The classes of its outputs.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// Extent of an input image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Whether there is a predictor head at its end.
    pub fn has_predictor(&self) -> bool {
        self.graph.last_exit().predictor.is_some()
    }

    /// The cost of one pass.
    pub fn cost(&self) -> Cost {
        Cost::of(&self.costs)
    }

    /// The cost of each layer, in the order of the [steps](LayerCost::step) that do them.
    pub fn layer_costs(&self) -> &[LayerCost] {
        &self.costs
    }

    /// Begins a pass over one image, `[height][width][channels]` of pixels 0 to 255. Once `scratch` has been used with
    /// a network of this architecture, nothing is allocated.
    ///
    /// # Panics
    /// If the image has another extent than the network's input.
    pub fn begin<'a>(&'a self, image: ArrayView3<u8>, scratch: &'a mut Scratch) -> Inference<'a> {
        let buffers = scratch.buffers(&self.program);
        self.look_at(image, buffers);
        Inference::at(self, 0, buffers)
    }

    /// The same over the normalised pixels of an image of `x`, in any layout.
    pub(crate) fn begin_normalised<'a>(
        &'a self,
        x: &Activation,
        image: usize,
        scratch: &'a mut Scratch,
    ) -> Inference<'a> {
        let buffers = scratch.buffers(&self.program);
        buffers.floats[0].copy_image(0, x, image);
        Inference::at(self, 0, buffers)
    }

    /// Runs the network on one image to its end, past earlier exits.
    ///
    /// # Panics
    /// As [`Network::begin`].
    pub fn run(&self, image: ArrayView3<u8>, scratch: &mut Scratch) -> Answer {
        self.begin(image, scratch).finish()
    }

    /// Runs the network on one image to the exit of that number, past earlier ones.
    ///
    /// # Panics
    /// If there is no such exit, or as [`Network::begin`].
    pub fn run_to(&self, exit: usize, image: ArrayView3<u8>, scratch: &mut Scratch) -> Answer {
        self.begin(image, scratch).finish_at(exit)
    }

    /// The network as it runs, a step for each node.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Where it can be taken apart, by number: first before any step, where the image crosses, last after all of them,
    /// where nothing crosses.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// The place between the first `step` steps and the others.
    ///
    /// # Panics
    /// If there are not that many steps.
    pub fn cut(&self, step: usize) -> &Cut {
        &self.cuts[step]
    }

    /// The cut before the heads at its end: its features cross there, and whatever else a predictor reads.
    pub fn before_heads(&self) -> usize {
        self.graph.last_exit().logits - 1
    }

    /// The cut of that name.
    ///
    /// # Errors
    /// If there is none.
    pub fn find_cut(&self, name: &CutName) -> Result<&Cut, CutError> {
        cut::find(&self.cuts, name, &self.name)
    }

    /// Runs the steps before `cut` and copies what crosses it. Once `scratch` and `crossing` have been used with this
    /// network and cut, nothing is allocated.
    ///
    /// # Panics
    /// If there is no step after it, or as [`Network::begin`].
    pub fn run_before(&self, cut: usize, image: ArrayView3<u8>, scratch: &mut Scratch, crossing: &mut Crossing) {
        let mut inference = self.begin(image, scratch);
        inference.advance(cut);
        inference.cross(crossing);
    }

    /// Goes on with a pass from what crossed, as if it had begun here.
    ///
    /// # Panics
    /// If something else crosses this network there.
    pub fn resume<'a>(&'a self, crossing: &Crossing, scratch: &'a mut Scratch) -> Inference<'a> {
        let buffers = scratch.buffers(&self.program);
        let cut = self.cut(crossing.cut);
        assert!(!cut.is_end(), "nothing is left to run");
        let mut rest = &crossing.values[..];
        for tensor in &cut.tensors {
            let values;
            (values, rest) = rest.split_at(tensor.shape.len());
            buffers.lay(self.program.place(tensor.value), values);
        }
        assert!(rest.is_empty(), "what crosses is of another network");
        Inference::at(self, crossing.cut, buffers)
    }

    /// Runs the other steps on what crossed: the same answer, to the bit, as [`Network::run`] gives on the image.
    ///
    /// # Panics
    /// As [`Network::resume`].
    pub fn run_after(&self, crossing: &Crossing, scratch: &mut Scratch) -> Answer {
        self.resume(crossing, scratch).finish()
    }

    /// Runs the network on one image and passes the logits to `read`.
    ///
    /// # Panics
    /// As [`Network::run`].
    pub fn read<R>(&self, image: ArrayView3<u8>, scratch: &mut Scratch, read: impl FnOnce(&[f32]) -> R) -> R {
        let buffers = scratch.buffers(&self.program);
        self.look_at(image, buffers);
        self.program.run(0..self.program.len(), buffers);
        read(self.logits(&self.graph.last_exit(), buffers))
    }

    fn logits<'a>(&self, exit: &Exit, buffers: &'a Buffers) -> &'a [f32] {
        buffers.floats(self.program.place(exit.logits)).vector(0)
    }

    fn answer(&self, exit: &Exit, buffers: &Buffers) -> Answer {
        let unit = exit.predictor.map(|predictor| buffers.floats(self.program.place(predictor.unit)));
        Answer::read(self.logits(exit, buffers), unit.map(|unit| unit.vector(0)))
    }

    /// Writes the normalised image into its buffer.
    fn look_at(&self, image: ArrayView3<u8>, buffers: &mut Buffers) {
        let Shape { height, width, channels } = self.input;
        assert_eq!(image.dim(), (height, width, channels), "extent of the image");
        match (self.program.place(0), &self.levels) {
            (Place::Codes(buffer, _), Levels::Codes(levels)) => {
                let codes = &mut buffers.codes[buffer];
                let extent = codes.extent();
                spread(image, extent, levels, codes.bytes_mut());
            }
            (Place::Floats(buffer), Levels::Floats(levels)) => {
                let floats = &mut buffers.floats[buffer];
                let extent = floats.extent();
                spread(image, extent, levels, floats.image_mut(0));
            }
            _ => unreachable!("levels are what the program reads"),
        }
    }
}

/// For each channel what each pixel value becomes.
enum Levels {
    Floats(Vec<[f32; 256]>),
    Codes(Vec<[u8; 256]>),
}

/// Writes an image, level for pixel.
fn spread<T: Copy>(image: ArrayView3<u8>, extent: Extent, levels: &[[T; 256]], values: &mut [T]) {
    for (channel, levels) in levels.iter().enumerate() {
        let plane = image.index_axis(Axis(2), channel);
        let first = channel / extent.column * extent.plane() + channel % extent.column;
        for (y, row) in plane.rows().into_iter().enumerate() {
            let place = values[first + extent.at(y, 0)..].iter_mut().step_by(extent.column);
            place.zip(row).for_each(|(value, pixel)| *value = levels[usize::from(*pixel)]);
        }
    }
}

/// Bit-widths and grids belong to what a network is.
fn fingerprint_of_stored(floats: u64, stored: &Stored, grids: &[Option<Grid>]) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&floats.to_le_bytes());
    for widths in &stored.layers {
        hasher.update(&widths.map_or([0; 2], |BitWidths { weights, activations }| [weights.get(), activations.get()]));
    }
    for grid in grids {
        let figures = grid.map_or((0.0, 0, 0), |Grid { scale, zero_point, bits }| (scale, zero_point, bits.get()));
        hasher.update(&figures.0.to_le_bytes());
        hasher.update(&[figures.1, figures.2]);
    }
    hasher.digest()
}
