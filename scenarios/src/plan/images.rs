//! Which images a device sees.

use std::sync::Arc;

use inference::{Dataset, Half};
use rand::RngExt;
use sim_core::Stream;

use crate::problem::Problem;
use crate::schema::{ClassWeights, ImagesSpec};

/// How images are drawn from the evaluation half.
#[derive(Clone, Debug)]
pub enum Images {
    /// Each equally likely.
    Uniform(Arc<[u32]>),
    /// One after the other, from the first.
    InOrder(Arc<[u32]>),
    /// Some classes more often than others.
    Skewed(ByClass),
    /// From one mixture of classes at the start of a run to another at its end.
    Drifting(ByClass, ByClass),
}

/// Images by class, and how often each class occurs.
#[derive(Clone, Debug)]
pub struct ByClass {
    /// Cumulative weights, and the images of the class.
    classes: Vec<(f64, Arc<[u32]>)>,
}

impl Images {
    /// Resolves what a scenario specifies at `place`.
    ///
    /// # Errors
    /// What is wrong there.
    pub fn of(place: &str, spec: &ImagesSpec, data: &Dataset) -> Result<Self, Problem> {
        let by_class = |weights| ByClass::of(place, weights, data);
        let all = || -> Arc<[u32]> { data.half(Half::Evaluation).map(|image| image as u32).collect() };
        Ok(match spec {
            ImagesSpec::Random => Self::Uniform(all()),
            ImagesSpec::InOrder => Self::InOrder(all()),
            ImagesSpec::Classes(weights) => Self::Skewed(by_class(weights)?),
            ImagesSpec::Drift { from, to } => Self::Drifting(by_class(from)?, by_class(to)?),
        })
    }

    /// How often each class occurs, on average over a run at a constant rate; none if images are equally likely.
    pub fn class_shares(&self, data: &Dataset) -> Option<Vec<f64>> {
        match self {
            Self::Uniform(_) | Self::InOrder(_) => None,
            Self::Skewed(classes) => Some(classes.shares(data)),
            Self::Drifting(from, to) => {
                Some(from.shares(data).iter().zip(to.shares(data)).map(|(from, to)| (from + to) / 2.0).collect())
            }
        }
    }

    /// The image of a device's `number`-th request, when `part` of the run is over.
    pub fn draw(&self, number: u32, part: f64, random: &mut Stream) -> u32 {
        match self {
            Self::Uniform(images) => images[random.random_range(0..images.len())],
            Self::InOrder(images) => images[number as usize % images.len()],
            Self::Skewed(classes) => classes.draw(random),
            Self::Drifting(from, to) => {
                let later = random.random::<f64>() < part;
                if later { to.draw(random) } else { from.draw(random) }
            }
        }
    }
}

impl ByClass {
    fn of(place: &str, weights: &ClassWeights, data: &Dataset) -> Result<Self, Problem> {
        let wrong = |what: String| Err(Problem::new(place, what));
        if !data.has_classes() {
            return wrong("there are no classes: of these samples nothing is known but right and wrong".to_owned());
        }
        if let Some(class) = weights.keys().find(|class| usize::from(**class) >= data.classes()) {
            return wrong(format!("there is no class {class}, only 0 to {}", data.classes() - 1));
        }
        let mut sum = 0.0;
        let mut classes = Vec::new();
        for class in 0..data.classes() as u8 {
            let weight = weights.get(&class).copied().unwrap_or(1.0);
            if !(weight.is_finite() && weight >= 0.0) {
                return wrong(format!("the weight of class {class} is {weight}; it must be 0 or above"));
            }
            let of_class = data.half(Half::Evaluation).filter(|image| data.label(*image) == class);
            let images: Arc<[u32]> = of_class.map(|image| image as u32).collect();
            if weight > 0.0 && !images.is_empty() {
                sum += weight;
                classes.push((sum, images));
            }
        }
        if classes.is_empty() {
            wrong("at least one class must have a weight above 0".to_owned())
        } else {
            Ok(Self { classes })
        }
    }

    /// How often each class occurs.
    fn shares(&self, data: &Dataset) -> Vec<f64> {
        let mut shares = vec![0.0; data.classes()];
        let (whole, mut before) = (self.classes.last().map_or(1.0, |(sum, _)| *sum), 0.0);
        for (sum, images) in &self.classes {
            if let Some(image) = images.first() {
                shares[usize::from(data.label(*image as usize))] = (sum - before) / whole;
            }
            before = *sum;
        }
        shares
    }

    fn draw(&self, random: &mut Stream) -> u32 {
        let sum = self.classes.last().map_or(0.0, |(sum, _)| *sum);
        let place = random.random::<f64>() * sum;
        let at = self.classes.partition_point(|(up_to, _)| *up_to <= place).min(self.classes.len() - 1);
        let images = &self.classes[at].1;
        images[random.random_range(0..images.len())]
    }
}

#[cfg(test)]
mod tests {
    use inference::dataset::fashion_mnist;
    use sim_core::Streams;

    use super::*;

    /// Shares of the classes among many draws at one moment of the run.
    fn shares(spec: &ImagesSpec, part: f64) -> Vec<f64> {
        let data = fashion_mnist().unwrap();
        let images = Images::of("images", spec, &data).unwrap();
        let mut random = Streams::new(1, 0).open("images", 0);
        let mut counts = vec![0.0; 10];
        for number in 0..20_000 {
            counts[usize::from(data.label(images.draw(number, part, &mut random) as usize))] += 1.0 / 20_000.0;
        }
        counts
    }

    /// A share of n draws has a standard deviation of at most 0.5/√n; five of those are tolerated.
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 2.5 / 20_000f64.sqrt(), "{found}, not {expected}");
    }

    #[test]
    fn classes_come_by_their_weights() {
        let skewed = shares(&ImagesSpec::Classes([(3, 6.0), (7, 0.0)].into()), 0.0);
        close(skewed[3], 6.0 / 14.0);
        close(skewed[7], 0.0);
        close(skewed[0], 1.0 / 14.0);
        let none = (0..10).filter(|class| *class != 2).map(|class| (class, 0.0)).collect();
        let drift = ImagesSpec::Drift { from: ClassWeights::new(), to: none };
        close(shares(&drift, 0.0)[2], 0.1);
        close(shares(&drift, 0.5)[2], 0.55);
        close(shares(&drift, 1.0)[2], 1.0);
    }

    #[test]
    fn in_order_every_image_comes_once_a_round() {
        let data = fashion_mnist().unwrap();
        let images = Images::of("images", &ImagesSpec::InOrder, &data).unwrap();
        let mut random = Streams::new(1, 0).open("images", 0);
        let seen: Vec<u32> = (0..5000).map(|number| images.draw(number, 0.0, &mut random)).collect();
        assert_eq!(seen, data.half(Half::Evaluation).map(|image| image as u32).collect::<Vec<_>>());
        assert_eq!(images.draw(5000, 0.0, &mut random), seen[0]);
    }

    #[test]
    fn impossible_weights_are_errors() {
        let data = fashion_mnist().unwrap();
        let told = |weights: ClassWeights| Images::of("images", &ImagesSpec::Classes(weights), &data).unwrap_err().what;
        assert_eq!(told([(11, 1.0)].into()), "there is no class 11, only 0 to 9");
        assert!(told([(1, -1.0)].into()).contains("must be 0 or above"));
        assert_eq!(told((0..10).map(|class| (class, 0.0)).collect()), "at least one class must have a weight above 0");
    }
}
