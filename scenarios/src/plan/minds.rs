use inference::{Answer, Calls, Dataset, Degradation, Degrade, Half, Remembering, Scratch};
use rand::RngExt;
use sim_core::{Stream, Streams};

use crate::policies::{Hindsight, Sample};

/// An image as a device sees it.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Its index in the data set.
    pub image: u32,
    /// What has befallen it, and the stream that says how exactly; boxed, because mostly there is nothing.
    harm: Option<Box<(Degradation, Stream)>>,
}

impl Sight {
    /// An image as it is.
    pub fn clear(image: u32) -> Self {
        Self { image, harm: None }
    }

    /// An image that may have suffered, by its own stream.
    pub fn drawn(image: u32, degrade: Option<&Degrade>, random: impl FnOnce() -> Stream) -> Self {
        let harm = degrade.and_then(|degrade| {
            let mut random = random();
            degrade.draw(&mut random).map(|degradation| Box::new((degradation, random)))
        });
        Self { image, harm }
    }

    /// What has befallen it.
    pub fn degradation(&self) -> Option<Degradation> {
        self.harm.as_ref().map(|harm| harm.0)
    }
}

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
    pub fn ask_little(&self, sight: &Sight, scratch: &mut Scratch) -> Answer {
        self.ask(&self.little, sight, scratch)
    }

    /// What the big network says of an image.
    pub fn ask_big(&self, sight: &Sight, scratch: &mut Scratch) -> Answer {
        self.ask(&self.big, sight, scratch)
    }

    fn ask(&self, mind: &Remembering, sight: &Sight, scratch: &mut Scratch) -> Answer {
        let index = sight.image as usize;
        match sight.harm.as_deref() {
            None => mind.ask(&self.data, index, scratch),
            Some((degradation, random)) => {
                let image = degradation.apply(self.data.image(index), &mut random.clone());
                mind.ask_new(image.view(), scratch)
            }
        }
    }

    /// Which of them are right about an image.
    pub fn hindsight(&self, sight: &Sight, scratch: &mut Scratch) -> Hindsight {
        let label = self.data.label(sight.image as usize);
        Hindsight {
            little_right: self.ask_little(sight, scratch).class == label,
            big_right: self.ask_big(sight, scratch).class == label,
        }
    }

    /// The calibration half, by `threads` threads; `degrade` says what may befall the image with that place in the half.
    pub fn calibration<'a>(
        &self,
        seed: u64,
        threads: usize,
        degrade: impl Fn(usize) -> Option<&'a Degrade> + Sync,
    ) -> Vec<Sample> {
        let images: Vec<u32> = self.data.half(Half::Calibration).map(|image| image as u32).collect();
        let streams = Streams::new(seed, 0);
        let ask = |images: &[u32]| -> Vec<Sample> {
            let mut scratch = Scratch::default();
            let mut sample = |image: u32| {
                let label = self.data.label(image as usize);
                let harm = || streams.open("calibration-degrade", image.into());
                // The half is every other image.
                let sight = Sight::drawn(image, degrade(image as usize / 2), harm);
                let little = self.ask_little(&sight, &mut scratch);
                let big_right = self.ask_big(&sight, &mut scratch).class == label;
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
