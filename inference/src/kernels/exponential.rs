//! e^x in plain arithmetic, so that loops of it run on whole vectors and give the same bits on all of them.

/// e^x to a relative error of about 2·10^-7: x = n·ln 2 + r, and the power series of e^r, with coefficients fitted to
/// |r| ≤ ln 2 / 2 (Cephes). Numbers beyond what single precision holds end at its bounds.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Added to a number, it leaves the nearest whole one in the lowest bits.
    const WHOLE: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 355.0 / 512.0;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let r = n.mul_add(-LN_2_LOW, n.mul_add(-LN_2_HIGH, x));
    let mut p = 1.987_569_1e-4f32;
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p.mul_add(r, coefficient);
    }
    let series = (p * r).mul_add(r, r) + 1.0;
    // 2^n: n and the bias of exponents, moved to where the exponent is.
    series * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// 1/(1 + e^−x).
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, to an absolute error of about 10^-7.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let falling = exp(-2.0 * x.abs());
    ((1.0 - falling) / (1.0 + falling)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential() {
        for step in -8_700..=8_800 {
            let x = step as f32 / 100.0;
            let (found, expected) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((found / expected - 1.0).abs() < 3e-7, "e^{x} = {expected}, not {found}");
            assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 2e-7, "tanh {x}");
        }
        assert_eq!((exp(0.0), sigmoid(0.0)), (1.0, 0.5));
        assert!(exp(1e30).is_finite() && exp(-1e30) > 0.0);
    }
}
