//! The two engines on the published curves, point by point.
use learning_curves::published::{NEVER_LEARNS, NOISY, SMOOTH};
use learning_curves::{Aim, Engine, Forecaster, Penguin, Rule};
fn main() {
    for curve in [NEVER_LEARNS, SMOOTH, NOISY] {
        let mut penguin = Penguin::new(40, Rule::default()).unwrap();
        let mut forecaster = Forecaster::new(40, Aim::default()).unwrap();
        println!("real {:.3}", curve[39]);
        for (at, value) in curve.into_iter().enumerate() {
            let t = std::time::Instant::now();
            let v1 = penguin.observe(value).unwrap();
            let t1 = t.elapsed();
            let t = std::time::Instant::now();
            let v2 = forecaster.observe(value).unwrap();
            let t2 = t.elapsed();
            let Some(p) = forecaster.prediction() else { continue };
            let i = p.interval.unwrap();
            let c = forecaster.curve().unwrap();
            println!(
                "{:2} {value:8.3} | {:?} {v1:?} {t1:?} | {:.3} [{:.2} {:.2}] curve [{:.2} {:.2}] {} {v2:?} {t2:?}",
                at + 1,
                penguin.prediction().map(|p| p.value),
                p.value,
                i.lower,
                i.upper,
                c.lower,
                c.upper,
                p.family
            );
        }
    }
}
