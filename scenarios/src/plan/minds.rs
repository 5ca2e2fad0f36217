use inference::{Answer, Calls, Dataset, Half, Remembering, Scratch};
use rand::RngExt;
use sim_core::Streams;

use crate::policies::{Hindsight, Sample};

/// The data set and the two networks that answer questions about it.
pub struct Minds {
    /// Images and labels.
    pub data: Dataset,
    /// On the devices.
    pub little: Remembering,
    /// In the cloud.
    pub big: Remembering,
}

impl Minds {
    /// What the little network says of an image.
    pub fn ask_little(&self, image: u32, scratch: &mut Scratch) -> Answer {
        self.little.ask(&self.data, image as usize, scratch)
    }

    /// What the big network says of an image.
    pub fn ask_big(&self, image: u32, scratch: &mut Scratch) -> Answer {
        self.big.ask(&self.data, image as usize, scratch)
    }

    /// Which of them are right about an image.
    pub fn hindsight(&self, image: u32, scratch: &mut Scratch) -> Hindsight {
        let label = self.data.label(image as usize);
        Hindsight {
            little_right: self.ask_little(image, scratch).class == label,
            big_right: self.ask_big(image, scratch).class == label,
        }
    }

    /// The calibration half, by `threads` threads.
    pub fn calibration(&self, seed: u64, threads: usize) -> Vec<Sample> {
        let images: Vec<u32> = self.data.half(Half::Calibration).map(|image| image as u32).collect();
        let streams = Streams::new(seed, 0);
        let ask = |images: &[u32]| -> Vec<Sample> {
            let mut scratch = Scratch::default();
            let mut sample = |image: u32| {
                let label = self.data.label(image as usize);
                let little = self.ask_little(image, &mut scratch);
                let big_right = self.ask_big(image, &mut scratch).class == label;
                let chance = streams.open("calibration", image.into()).random();
                Sample { little, little_right: little.class == label, big_right, chance }
            };
            images.iter().map(|image| sample(*image)).collect()
        };
        let share = images.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = images.chunks(share).map(|part| scope.spawn(|| ask(part))).collect();
            // A panic of the kernels is a bug and goes on as one.
            parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
        })
    }

    /// How all questions so far were answered: little, big.
    pub fn calls(&self) -> (Calls, Calls) {
        (self.little.calls(), self.big.calls())
    }
}
