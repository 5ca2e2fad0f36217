//! What is wrong, and where.

use crate::{Costs, Kind, LayerErrors, MinCut, Part, PlanError, Problem, Sent, Step, StepCosts, Widths, plan};

fn step(reads: &[usize], kind: Kind) -> Step {
    Step { reads: reads.to_vec(), weights: 1, activations: 1, kind }
}

fn layer(weights: &[f64], activations: &[f64]) -> Step {
    step(&[0], Kind::Layer(LayerErrors { weights: weights.to_vec(), activations: activations.to_vec() }))
}

fn told(widths: &[u8], steps: Vec<Step>) -> String {
    Problem::new(widths.to_vec(), steps).unwrap_err().to_string()
}

#[test]
fn a_problem_says_where_it_is_wrong() {
    let good = || layer(&[1.0, 0.0], &[1.0, 0.0]);
    let wrong = |wrong: Step| told(&[4, 8], vec![good(), wrong]);
    assert_eq!(told(&[8], Vec::new()), "a network has at least one step");
    assert_eq!(told(&[], vec![good()]), "at least one bit-width must be allowed");
    assert_eq!(told(&[1, 8], vec![good()]), "a bit-width is from 2 to 8, not 1");
    assert_eq!(told(&[4, 16], vec![good()]), "a bit-width is from 2 to 8, not 16");
    assert_eq!(told(&[4, 4], vec![good()]), "allowed bit-widths must ascend: 4 comes after 4");
    assert_eq!(told(&[2, 8, 4], vec![good()]), "allowed bit-widths must ascend: 4 comes after 8");
    assert_eq!(wrong(step(&[], Kind::Other)), "step 1 reads nothing");
    assert_eq!(wrong(step(&[0, 2], Kind::Other)), "step 1 reads value 2, which has not been made by then");
    assert_eq!(wrong(step(&[0, 1], Kind::Passes)), "step 1 passes numbers on, so it must read one value, not 2");
    let lengths = "step 1: errors of weights for 1 bit-widths, where 2 are allowed";
    assert_eq!(wrong(layer(&[1.0], &[1.0, 0.0])), lengths);
    let lengths = "step 1: errors of activations for 3 bit-widths, where 2 are allowed";
    assert_eq!(wrong(layer(&[1.0, 0.0], &[1.0; 3])), lengths);
    for (figure, shown) in [(f64::NAN, "NaN"), (-1.0, "-1"), (f64::INFINITY, "inf")] {
        let expected = format!("step 1: the error of weights in 8 bits must be a number of at least 0, not {shown}");
        assert_eq!(wrong(layer(&[1.0, figure], &[1.0, 0.0])), expected);
        let expected =
            format!("step 1: the error of activations in 4 bits must be a number of at least 0, not {shown}");
        assert_eq!(wrong(layer(&[1.0, 0.0], &[figure, 0.0])), expected);
    }
    let large = Step { weights: u64::MAX / 64, ..step(&[0], Kind::Other) };
    assert_eq!(wrong(large), "step 1: the network has more numbers than can be counted");
}

/// Costs of a layer in 4 bits, in 8 and in floats, of its numbers so sent, and of the server.
struct Table {
    device: [f64; 3],
    link: [f64; 3],
    server: f64,
}

const GOOD: Table = Table { device: [1.0, 2.0, 3.0], link: [1.0, 2.0, 3.0], server: 1.0 };

impl Costs for Table {
    fn device(&self, widths: &Widths) -> f64 {
        match widths.values.get(1) {
            Some(4) => self.device[0],
            Some(8) => self.device[1],
            _ => self.device[2],
        }
    }

    fn link(&self, _: usize, sent: Sent) -> f64 {
        match sent {
            Sent::Bits(4) => self.link[0],
            Sent::Bits(_) => self.link[1],
            _ => self.link[2],
        }
    }

    fn server(&self, cut: usize) -> f64 {
        if cut == 1 { self.server } else { 1.0 }
    }
}

#[test]
fn costs_must_be_numbers_and_never_grow_as_widths_shrink() {
    let second = step(&[1], Kind::Other);
    let problem = Problem::new(vec![4, 8], vec![layer(&[1.0, 0.0], &[1.0, 0.0]), second]).unwrap();
    let refused = |costs: Table| plan(&problem, &costs, 1_000).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(refused(GOOD), Ok(()));
    let told =
        |part: &str, found: &str| Err(format!("cut 1: the cost of the {part} must be a finite number, not {found}"));
    assert_eq!(refused(Table { device: [f64::NAN, 2.0, 3.0], ..GOOD }), told("device", "NaN"));
    assert_eq!(refused(Table { link: [1.0, f64::INFINITY, 3.0], ..GOOD }), told("link", "inf"));
    assert_eq!(refused(Table { server: f64::NAN, ..GOOD }), told("server", "NaN"));
    let grows = |part: &str, from: u8, to: u8| {
        let grows = "must not grow as numbers get narrower, as from";
        Err(format!("cut 1: the cost of the {part} {grows} {from} to {to}"))
    };
    assert_eq!(refused(Table { device: [3.0, 2.0, 3.0], ..GOOD }), grows("device", 2, 3));
    assert_eq!(refused(Table { device: [1.0, 5.0, 3.0], ..GOOD }), grows("device", 3, 5));
    assert_eq!(refused(Table { link: [3.0, 2.0, 3.0], ..GOOD }), grows("link", 2, 3));
    assert_eq!(refused(Table { link: [1.0, 4.0, 3.0], ..GOOD }), grows("link", 3, 4));
    let error = plan(&problem, &Table { device: [3.0, 2.0, 3.0], ..GOOD }, 1_000).unwrap_err();
    assert_eq!(error, PlanError::CostGrows { cut: 1, part: Part::Device, wide: 2.0, narrow: 3.0 });
}

#[test]
fn a_division_has_a_cost_for_each_step_and_value() {
    let problem = Problem::new(vec![8], vec![step(&[0], Kind::Other)]).unwrap();
    let good = || StepCosts { device: vec![1.0], server: vec![1.0], values: vec![1.0, 1.0] };
    let told = |costs: StepCosts| MinCut::new(&problem, &costs, 0).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(told(good()), Ok(()));
    let lengths =
        |of: &str, given: usize, needed: usize| Err(format!("{given} costs of {of}, where there are {needed}"));
    assert_eq!(told(StepCosts { device: vec![], ..good() }), lengths("steps on the device", 0, 1));
    assert_eq!(told(StepCosts { server: vec![1.0; 2], ..good() }), lengths("steps at the server", 2, 1));
    assert_eq!(told(StepCosts { values: vec![1.0], ..good() }), lengths("values on the link", 1, 2));
    let figure = "cost 1 of values on the link must be a finite number of at least 0, not NaN";
    assert_eq!(told(StepCosts { values: vec![1.0, f64::NAN], ..good() }), Err(figure.to_owned()));
    let figure = "cost 0 of steps at the server must be a finite number of at least 0, not -1";
    assert_eq!(told(StepCosts { server: vec![-1.0], ..good() }), Err(figure.to_owned()));
}
