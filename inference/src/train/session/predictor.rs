//! The stage that trains the predictor heads alone.

use std::ops::{ControlFlow, Range};

use super::{Session, shuffle};
use crate::Error;
use crate::graph::Head;
use crate::network::Network;
use crate::ops::Tape;
use crate::train::curve::{Epoch, Stage};
use crate::train::head::{Known, pull_head};
use crate::train::optimizer::{AdamW, OneCycle};
use crate::train::readings::readings;
use crate::train::recipe::PredictorSteps;
use crate::train::statistics::absorb;
use crate::train::stream;
use crate::train::teacher::{Question, Teacher};

impl Session {
    /// Trains the predictor heads on what they read of the training images. The rest of the network runs once on each
    /// draw of an image, as it will in use.
    pub(super) fn predictors(
        &mut self,
        how: &PredictorSteps,
        progress: &mut impl FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let (stage, images) = (Stage::Predictor, self.trained_on.len());
        let question = Question { big: &how.big, variants: how.draws, losses: false, probabilities: false };
        let teacher = Teacher::ask(question, &self.data, &self.field, self.threads)?;
        let network = Network::new(&self.architecture, &self.weights)?;
        let readings = readings(&network, &self.data, &self.trained_on, &self.field, how.draws, self.threads);
        let held_out_accuracy = self.held_out_accuracy()?;

        let exits = self.layout.graph.exits().iter().enumerate();
        let heads: Vec<(usize, Head)> = exits.filter_map(|(exit, at)| Some((exit, at.predictor?))).collect();
        let own: Vec<Range<usize>> = heads.iter().map(|(_, head)| self.layout.graph.parameters_of(*head)).collect();
        let (done, steps) = (self.done(stage), images / how.batch);
        let rate = OneCycle { peak: how.rate, steps: steps * how.epochs };
        let mut optimizer = AdamW::new(&self.layout.graph, rate, how.weight_decay);
        if let Some(moments) = self.left_off(stage) {
            optimizer.resume(moments, steps * done);
        }
        let mut tape = Tape::default();
        for epoch in done..how.epochs {
            let draw = epoch % how.draws;
            let mut order: Vec<usize> = (0..images).collect();
            shuffle(&mut order, &mut stream(self.seed, stage.name(), epoch, 0));
            let (mut loss, mut right, mut q) = (0.0, 0, 0.0);
            for batch in order.chunks_exact(how.batch) {
                let known = |exit: usize| -> Vec<Known> {
                    let big_right = |place: usize| teacher.of(draw, self.trained_on[place]).0.right;
                    batch.iter().map(|&place| (&readings[draw * images + place][exit], big_right(place))).collect()
                };
                let (mut gradients, mut last_q) = (vec![0.0; self.weights.parameters.len()], 0.0);
                for &(exit, head) in &heads {
                    let parameters = &self.weights.parameters;
                    let (head_loss, head_q) = pull_head(
                        &self.layout,
                        head,
                        parameters,
                        how.train_on,
                        &known(exit),
                        &mut tape,
                        &mut gradients,
                    );
                    loss += head_loss;
                    last_q = head_q;
                }
                q += last_q;
                right += known(self.layout.graph.exits().len() - 1).iter().filter(|(reading, _)| reading.right).count();
                absorb(&mut self.weights.statistics, &mut tape, 1);
                optimizer.step(&own, &mut self.weights.parameters, &gradients);
            }
            let images = (steps * how.batch) as f64;
            self.curve.push(Epoch {
                stage,
                number: epoch + 1,
                of: how.epochs,
                loss: loss / images,
                train_accuracy: right as f64 / images,
                held_out_accuracy,
                mean_q: q / images,
            });
            self.report(optimizer.moments(), progress)?;
        }
        Ok(())
    }
}
