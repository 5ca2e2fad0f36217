use inference::dataset::png;
use inference::{Answer, Calls, Dataset, Degradation, Degrade, Half, Remembering, Scratch};
use rand::RngExt;
use sim_core::{Stream, Streams};

use super::{Foresight, Met, Mixture};
use crate::identity::Identity;
use crate::policies::{Hindsight, Sample};

/// An image as a device sees it.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Its index in the data set.
    pub image: u32,
    /// Boxed, because mostly there is nothing.
    harm: Option<Box<Harm>>,
}

/// What has befallen an image.
#[derive(Clone, Debug)]
struct Harm {
    degradation: Degradation,
    /// Says how exactly.
    random: Stream,
    /// Where the answers lie, if they are known ahead.
    foreseen: Option<usize>,
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
            let degradation = degrade.draw(&mut random)?;
            Some(Box::new(Harm { degradation, random, foreseen: None }))
        });
        Self { image, harm }
    }

    /// The same, with its answers at that place of a [`Foresight`].
    pub fn foreseen_at(mut self, place: Option<usize>) -> Self {
        if let Some(harm) = &mut self.harm {
            harm.foreseen = place;
        }
        self
    }

    /// What has befallen it.
    pub fn degradation(&self) -> Option<Degradation> {
        self.harm.as_ref().map(|harm| harm.degradation)
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
    /// Names the images.
    images: u64,
}

/// Somebody who asks the networks: buffers and a count of its own, told to the networks when it is done.
pub struct Asker<'a> {
    minds: &'a Minds,
    foresight: Option<&'a Foresight>,
    scratch: Scratch,
    little: u64,
    big: u64,
}

impl<'a> Asker<'a> {
    /// Asks `minds`; what `foresight` knows is not asked again.
    pub fn new(minds: &'a Minds, foresight: Option<&'a Foresight>) -> Self {
        Self { minds, foresight, scratch: Scratch::default(), little: 0, big: 0 }
    }

    /// What the little network says of an image.
    pub fn little(&mut self, sight: &Sight) -> Answer {
        self.little += 1;
        match self.foreseen(sight) {
            Some((little, _)) => little,
            None => self.ask(&self.minds.little, sight),
        }
    }

    /// The class the big network sees in an image.
    pub fn big(&mut self, sight: &Sight) -> u8 {
        self.big += 1;
        match self.foreseen(sight) {
            Some((_, big)) => big,
            None => self.ask(&self.minds.big, sight).class,
        }
    }

    /// Which of them are right about an image.
    pub fn hindsight(&mut self, sight: &Sight) -> Hindsight {
        let label = self.minds.data.label(sight.image as usize);
        Hindsight { little_right: self.little(sight).class == label, big_right: self.big(sight) == label }
    }

    /// Questions so far: to the little network, to the big one.
    pub fn asked(&self) -> (u64, u64) {
        (self.little, self.big)
    }

    /// Asks without counting: the answers are kept, and whoever uses them counts.
    pub(super) fn unasked<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let counted = (self.little, self.big);
        let answer = ask(self);
        (self.little, self.big) = counted;
        answer
    }

    fn foreseen(&self, sight: &Sight) -> Option<(Answer, u8)> {
        let place = sight.harm.as_deref()?.foreseen?;
        self.foresight?.at(place)
    }

    fn ask(&mut self, mind: &Remembering, sight: &Sight) -> Answer {
        let (data, index) = (&self.minds.data, sight.image as usize);
        match sight.harm.as_deref() {
            None => mind.ask(data, index, &mut self.scratch),
            Some(harm) => {
                let image = harm.degradation.apply(data.image(index), &mut harm.random.clone());
                mind.ask_new(image.view(), &mut self.scratch)
            }
        }
    }
}

impl Drop for Asker<'_> {
    fn drop(&mut self) {
        self.minds.little.count(self.little);
        self.minds.big.count(self.big);
    }
}

impl Minds {
    /// The data set and the networks.
    pub fn new(data: Dataset, little: Remembering, big: Remembering) -> Self {
        let images = data.fingerprint();
        Self { data, little, big, images }
    }

    /// The calibration half as `mixture` has it, by `threads` threads.
    pub fn calibration(&self, seed: u64, threads: usize, mixture: &Mixture) -> Vec<Sample> {
        let streams = Streams::new(seed, 0);
        in_parallel(&mixture.over(&self.data, Half::Calibration), threads, |part| {
            let mut asker = Asker::new(self, None);
            let mut sample = |met: &Met| {
                let label = self.data.label(met.image as usize);
                let harm = || streams.open("calibration-degrade", met.image.into());
                let sight = Sight::drawn(met.image, met.degrade, harm);
                let little = asker.little(&sight);
                let big_right = asker.big(&sight) == label;
                let chance = streams.open("calibration", met.image.into()).random();
                Sample { little, little_right: little.class == label, big_right, chance, weight: met.weight }
            };
            part.iter().map(&mut sample).collect()
        })
    }

    /// Asks both networks about the whole evaluation half ahead, on `threads` threads. Runs that begin together ask about the
    /// same images in the same order, and would wait for each other's kernels.
    pub fn learn(&self, threads: usize) {
        let images: Vec<usize> = self.data.half(Half::Evaluation).collect();
        in_parallel(&images, threads, |images| -> Vec<()> {
            let mut asker = Asker::new(self, None);
            for image in images {
                let sight = Sight::clear(*image as u32);
                asker.unasked(|asker| (asker.little(&sight), asker.big(&sight)));
            }
            Vec::new()
        });
    }

    /// Names the images.
    pub fn images(&self) -> u64 {
        self.images
    }

    /// Names the images and the networks: what any answer depends on.
    pub fn identity(&self) -> Identity {
        Identity::of(&(self.images, self.little.network().fingerprint(), self.big.network().fingerprint()))
    }

    /// A PNG of an image as a device saw it.
    pub fn picture(&self, sight: &Sight) -> Vec<u8> {
        let image = self.data.image(sight.image as usize);
        match sight.harm.as_deref() {
            None => png(image),
            Some(harm) => png(harm.degradation.apply(image, &mut harm.random.clone()).view()),
        }
    }

    /// How all questions so far were answered: little, big.
    pub fn calls(&self) -> (Calls, Calls) {
        (self.little.calls(), self.big.calls())
    }
}

/// `work` on parts of `items` by `threads` threads; the results in the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = items.chunks(share).map(|part| scope.spawn(|| work(part))).collect();
        // A panic of the kernels is a bug and goes on as one.
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    })
}
