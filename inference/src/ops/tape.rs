//! What training keeps from the forward pass for the backward pass.

use std::ops::Range;
use std::sync::Arc;

use super::{Site, Tail};
use crate::kernels::{Activation, Extent, Moments, pass_where_positive};

/// What the forward pass saves for the backward pass, last op on top, and buffers for both.
///
/// Saved activations are shared, since one op's output is the next one's input.
#[derive(Default)]
pub struct Tape {
    saved: Vec<Arc<Activation>>,
    /// What normalisations saw.
    pub seen: Vec<Seen>,
    variances: Vec<Vec<f32>>,
    /// For each op that ran, how much was saved before it.
    marks: Vec<(usize, usize)>,
    free: Vec<Activation>,
}

/// What a normalisation saw of a chunk.
pub struct Seen {
    /// Its running statistics: means, then variances.
    pub statistics: Range<usize>,
    /// Pixels of all images.
    pub samples: usize,
    /// Their moments.
    pub moments: Moments,
}

impl Tape {
    /// A buffer with arbitrary contents inside its frames, which are zero.
    pub fn take(&mut self, extent: Extent, images: usize) -> Activation {
        let fits = |free: &Activation| free.extent() == extent && free.images() == images;
        match self.free.iter().rposition(fits) {
            Some(at) => self.free.swap_remove(at),
            None => Activation::zeros(extent, images),
        }
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Activation) {
        self.free.push(buffer);
    }

    /// Takes a shared buffer back, if it is not used elsewhere.
    pub fn release(&mut self, buffer: Arc<Activation>) {
        self.free.extend(Arc::into_inner(buffer));
    }

    /// Begins an op's part.
    pub fn begin(&mut self) {
        self.marks.push((self.saved.len(), self.variances.len()));
    }

    /// Drops what is left of the last op's part.
    ///
    /// # Panics
    /// If there is no part that has begun.
    pub fn end(&mut self) {
        let (saved, variances) = self.marks.pop().expect("backward runs over ops that ran forward");
        while self.saved.len() > saved {
            let unused = self.pop();
            self.release(unused);
        }
        self.variances.truncate(variances);
    }

    /// Keeps an activation for the backward pass.
    pub fn save(&mut self, activation: Arc<Activation>) {
        self.saved.push(activation);
    }

    /// What was saved last.
    ///
    /// # Panics
    /// If nothing is left: every op takes back what it saved, and no more.
    pub fn pop(&mut self) -> Arc<Activation> {
        self.saved.pop().expect("an op takes back what it saved")
    }

    /// Keeps what a normalisation saw.
    pub fn save_moments(&mut self, statistics: Range<usize>, samples: usize, moments: Moments) {
        self.variances.push(moments.variance.clone());
        self.seen.push(Seen { statistics, samples, moments });
    }

    /// The variances that were saved last.
    ///
    /// # Panics
    /// If none are left.
    pub fn pop_variance(&mut self) -> Vec<f32> {
        self.variances.pop().expect("a normalisation takes back what it saved")
    }

    /// Shares the output of an op, and keeps it if a rectifier is done together with it.
    pub fn save_rectified(&mut self, site: &Site, y: Activation) -> Arc<Activation> {
        let y = Arc::new(y);
        if site.has(Tail::Rectifier) {
            self.save(Arc::clone(&y));
        }
        y
    }

    /// dy ← the gradient before the rectifier, if one is done together with the op.
    pub fn pass_rectifier(&mut self, site: &Site, dy: &mut Activation) {
        if site.has(Tail::Rectifier) {
            let y = self.pop();
            pass_where_positive(dy.lanes_mut(), y.lanes());
            self.release(y);
        }
    }
}
