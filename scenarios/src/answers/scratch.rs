use inference::Coding;
use inference::coding::Coder;

/// Buffers to answer with: kept, so that none are allocated for each answer.
#[derive(Default)]
pub struct Scratch {
    /// Of networks that run.
    pub(super) networks: inference::Scratch,
    /// What crosses a cut, and what arrives of it.
    crossing: inference::Crossing,
    /// The same as it is sent.
    coded: inference::Coded,
    coders: Vec<Coder>,
}

impl Scratch {
    /// Everything, with what sends in this coding.
    pub(super) fn coding(
        &mut self,
        coding: Coding,
    ) -> (&mut inference::Scratch, &mut inference::Crossing, &mut inference::Coded, &mut Coder) {
        let there = self.coders.iter().position(|coder| coder.coding() == coding);
        let place = there.unwrap_or_else(|| {
            self.coders.push(Coder::new(coding));
            self.coders.len() - 1
        });
        (&mut self.networks, &mut self.crossing, &mut self.coded, &mut self.coders[place])
    }
}
