//! How images are degraded in the field: noise, blur, occlusion, low light.
//!
//! An image gets at most one degradation, at a strength drawn uniformly. All random numbers come from the stream passed
//! in, so that a request's image depends only on the request.

mod strength;

use ndarray::{Array3, ArrayView3, Zip};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use strength::Strength;

/// How often images are degraded, how, and how much: each up to a number, or between two. Kinds that are left out do not occur; those that are given
/// are equally likely.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Degrade {
    /// Share of the images that are degraded, 0 to 1.
    #[serde(default = "all")]
    pub share: f64,
    /// Standard deviation of Gaussian noise, as a share of full scale, 0 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<Strength>,
    /// Standard deviation of a Gaussian blur, in pixels, up to 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blur: Option<Strength>,
    /// Side of a grey square, as a share of the image's shorter side, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occlusion: Option<Strength>,
    /// Share of the light that is lost, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_light: Option<Strength>,
}

/// How one image was degraded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degradation {
    /// The kind.
    pub kind: DegradationKind,
    /// The strength, in the units of [`Degrade`].
    pub strength: f32,
}

/// Kinds of degradation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DegradationKind {
    /// Gaussian noise on every value.
    Noise,
    /// Gaussian blur.
    Blur,
    /// A grey square somewhere.
    Occlusion,
    /// Less light: pixels scaled down and rounded to whole values, as by a sensor.
    LowLight,
}

/// Grey of an occluding square.
const GREY: u8 = 128;

fn all() -> f64 {
    1.0
}

impl DegradationKind {
    /// As in result columns.
    pub fn name(self) -> &'static str {
        match self {
            DegradationKind::Noise => "noise",
            DegradationKind::Blur => "blur",
            DegradationKind::Occlusion => "occlusion",
            DegradationKind::LowLight => "low-light",
        }
    }
}

impl Degrade {
    /// Checks the figures.
    ///
    /// # Errors
    /// The offending field and its allowed range, if a figure is outside it or no kind of degradation is given.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if !(0.0..=1.0).contains(&self.share) {
            return Err(("share", format!("{} is not between 0 and 1", self.share)));
        }
        let figures = [
            ("noise", self.noise, 2.0, ""),
            ("blur", self.blur, 20.0, "pixels"),
            ("occlusion", self.occlusion, 1.0, ""),
            ("low-light", self.low_light, 1.0, ""),
        ];
        for (field, strength, most, unit) in figures {
            if let Some(Err(what)) = strength.map(|strength| strength.check(most, unit)) {
                return Err((field, what));
            }
        }
        if self.share > 0.0 && self.kinds().next().is_none() {
            return Err(("", "give at least one of noise, blur, occlusion, low-light".into()));
        }
        Ok(())
    }

    fn kinds(&self) -> impl Iterator<Item = (DegradationKind, Strength)> {
        let kinds = [
            (DegradationKind::Noise, self.noise),
            (DegradationKind::Blur, self.blur),
            (DegradationKind::Occlusion, self.occlusion),
            (DegradationKind::LowLight, self.low_light),
        ];
        kinds.into_iter().filter_map(|(kind, strength)| strength.map(|strength| (kind, strength)))
    }

    /// Draws how an image is degraded, if it is.
    pub fn draw(&self, random: &mut impl Rng) -> Option<Degradation> {
        let (suffers, which, how_much) = (random.random::<f64>(), random.random::<f32>(), random.random::<f32>());
        if suffers >= self.share {
            return None;
        }
        let count = self.kinds().count();
        let (kind, strength) = self.kinds().nth(((which * count as f32) as usize).min(count.saturating_sub(1)))?;
        Some(Degradation { kind, strength: strength.at(how_much) })
    }
}

impl Degradation {
    /// The degraded image; the details are drawn from `random`.
    pub fn apply(&self, image: ArrayView3<u8>, random: &mut impl Rng) -> Array3<u8> {
        match self.kind {
            DegradationKind::Noise => image.mapv(|pixel| {
                let away: f32 = random.sample(StandardNormal);
                to_pixel(f32::from(pixel) + 255.0 * self.strength * away)
            }),
            DegradationKind::Blur => blurred(image, self.strength),
            DegradationKind::Occlusion => occluded(image, self.strength, random),
            DegradationKind::LowLight => image.mapv(|pixel| to_pixel(f32::from(pixel) * (1.0 - self.strength))),
        }
    }
}

fn to_pixel(value: f32) -> u8 {
    value.round() as u8
}

fn occluded(image: ArrayView3<u8>, share: f32, random: &mut impl Rng) -> Array3<u8> {
    let (height, width, _) = image.dim();
    let side = ((share * height.min(width) as f32).round() as usize).max(1);
    let (top, left) = (random.random_range(0..=height - side), random.random_range(0..=width - side));
    let mut image = image.to_owned();
    image.slice_mut(ndarray::s![top..top + side, left..left + side, ..]).fill(GREY);
    image
}

/// Rows, then columns; beyond the border, the border pixel is repeated.
fn blurred(image: ArrayView3<u8>, sigma: f32) -> Array3<u8> {
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> =
        (-reach..=reach).map(|d| (-0.5 * (d as f32 / sigma.max(f32::MIN_POSITIVE)).powi(2)).exp()).collect();
    let total: f32 = weights.iter().sum();
    let (height, width, _) = image.dim();
    let at = |centre: usize, step: usize, extent: usize| {
        (centre as isize + step as isize - reach).clamp(0, extent as isize - 1) as usize
    };
    let across = Array3::from_shape_fn(image.raw_dim(), |(y, x, c)| {
        let sum: f32 = weights.iter().enumerate().map(|(i, w)| w * f32::from(image[[y, at(x, i, width), c]])).sum();
        sum / total
    });
    let mut result = Array3::zeros(image.raw_dim());
    Zip::indexed(&mut result).for_each(|(y, x, c), pixel| {
        let sum: f32 = weights.iter().enumerate().map(|(i, w)| w * across[[at(y, i, height), x, c]]).sum();
        *pixel = to_pixel(sum / total);
    });
    result
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    const ALL: Degrade = Degrade {
        share: 0.5,
        noise: Some(Strength { from: 0.0, to: 0.4 }),
        blur: Some(Strength { from: 0.5, to: 2.0 }),
        occlusion: Some(Strength { from: 0.0, to: 0.6 }),
        low_light: Some(Strength { from: 0.0, to: 0.8 }),
    };

    fn random(seed: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed)
    }

    fn image() -> Array3<u8> {
        Array3::from_shape_fn((28, 20, 3), |(y, x, c)| (40 + 7 * y + 3 * x + 11 * c) as u8 / 2 + 60)
    }

    fn mean(image: &Array3<u8>) -> f64 {
        image.iter().map(|p| f64::from(*p)).sum::<f64>() / image.len() as f64
    }

    fn after(kind: DegradationKind, strength: f32) -> Array3<u8> {
        Degradation { kind, strength }.apply(image().view(), &mut random(1))
    }

    /// Within five standard errors of the requested shares.
    #[test]
    fn shares_and_kinds_are_as_asked() {
        let mut random = random(5);
        let drawn: Vec<_> = (0..40_000).map(|_| ALL.draw(&mut random)).collect();
        let share =
            |f: &dyn Fn(&Degradation) -> bool| drawn.iter().flatten().filter(|d| f(d)).count() as f64 / 40_000.0;
        assert!((share(&|_| true) - 0.5).abs() < 5.0 * (0.25f64 / 40_000.0).sqrt());
        for kind in
            [DegradationKind::Noise, DegradationKind::Blur, DegradationKind::Occlusion, DegradationKind::LowLight]
        {
            assert!((share(&|d| d.kind == kind) - 0.125).abs() < 5.0 * (0.11f64 / 40_000.0).sqrt());
        }
        let blurs =
            || drawn.iter().flatten().filter(|d| d.kind == DegradationKind::Blur).map(|d| f64::from(d.strength));
        assert!(blurs().all(|strength| (0.5..2.0).contains(&strength)));
        let mean = blurs().sum::<f64>() / blurs().count() as f64;
        assert!((mean - 1.25).abs() < 5.0 * 1.5 / (12.0 * 5_000.0f64).sqrt(), "mean strength {mean}");
    }

    #[test]
    fn each_does_what_its_name_says() {
        let before = image();
        let noisy = after(DegradationKind::Noise, 0.1);
        let away: f64 =
            noisy.iter().zip(&before).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>() / 1680.0;
        assert!((away.sqrt() - 25.5).abs() < 2.5, "deviation {}", away.sqrt());
        assert!((mean(&after(DegradationKind::LowLight, 0.75)) - mean(&before) / 4.0).abs() < 0.5);
        let hidden = after(DegradationKind::Occlusion, 0.5);
        assert_eq!(hidden.iter().zip(&before).filter(|(a, b)| a != b && **a != GREY).count(), 0);
        assert!(hidden.iter().filter(|p| **p == GREY).count() >= 300, "a square of 10 × 10 × 3");
    }

    /// A blur preserves flat areas and, away from the edges, the light of a point, spread by its standard deviation.
    #[test]
    fn a_blur_spreads_light_and_loses_none() {
        let flat = Array3::from_elem((9, 9, 1), 77u8);
        assert_eq!(blurred(flat.view(), 3.0), flat);
        let mut point = Array3::zeros((41, 41, 1));
        point[[20, 20, 0]] = 255u8;
        let spread = blurred(point.view(), 1.5);
        let total: f64 = spread.iter().map(|p| f64::from(*p)).sum();
        assert!((total - 255.0).abs() < 20.0, "{total}");
        let variance: f64 =
            spread.indexed_iter().map(|((y, ..), p)| f64::from(*p) * (y as f64 - 20.0).powi(2)).sum::<f64>() / total;
        assert!((variance - 2.25).abs() < 0.25, "{variance}");
        assert_eq!(blurred(point.view(), 0.0), point);
    }

    #[test]
    fn figures_out_of_range_are_named() {
        assert_eq!(ALL.check(), Ok(()));
        assert_eq!(Degrade { noise: Some(Strength::up_to(2.5)), ..ALL }.check().unwrap_err().0, "noise");
        assert_eq!(Degrade { blur: Some(Strength::up_to(-1.0)), ..ALL }.check().unwrap_err().0, "blur");
        let backwards = Some(Strength { from: 0.9, to: 0.2 });
        assert_eq!(Degrade { occlusion: backwards, ..ALL }.check().unwrap_err().0, "occlusion");
        assert_eq!(Degrade { share: f64::NAN, ..ALL }.check().unwrap_err().0, "share");
        let nothing = Degrade { noise: None, blur: None, occlusion: None, low_light: None, ..ALL };
        assert!(nothing.check().is_err());
    }

    /// A single number is the most, and is written as such, so that a file means what it meant.
    #[test]
    fn a_strength_is_a_number_or_two() {
        let read = |text: &str| serde_yaml::from_str::<Strength>(text);
        assert_eq!(read("0.3").unwrap(), Strength::up_to(0.3));
        assert_eq!(read("{from: 1.1, to: 1.2}").unwrap(), Strength { from: 1.1, to: 1.2 });
        assert_eq!(serde_yaml::to_string(&Strength::up_to(0.5)).unwrap().trim(), "0.5");
        assert!(read("{from: 1.1, too: 1.2}").unwrap_err().to_string().contains("{from: 0.2, to: 0.3}"));
    }
}
