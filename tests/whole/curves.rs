//! Learning curves of users, predicted point by point.

use std::fs;

use crate::documents::home;
use crate::program::{appealsim, told};

/// The second curve of PENGUIN's test run, as the documentation has it: stops after epoch 4, and predicts 25.71 %.
#[test]
fn a_published_curve_is_predicted_as_published() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(home().join("scenarios/learning-curves/examples/smooth.csv"), folder.path().join("curve.csv")).unwrap();
    let text = told(folder.path(), &["predict-curve", "curve.csv", "--chart", "curve.svg"]);
    assert!(
        text.contains("PENGUIN: stops at epoch 4 of 20; predicted 25.71 %, measured 26.99 %: -1.28 points off"),
        "{text}"
    );
    assert!(text.contains("forecast: stops at epoch 17.5 of 20"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("epoch ")).count(), 40, "{text}");
    assert!(fs::read_to_string(folder.path().join("curve.svg")).unwrap().contains("PENGUIN, stops at epoch 4 of 20"));
    // As far as it has come, without its end.
    let begun: String = fs::read_to_string(folder.path().join("curve.csv"))
        .unwrap()
        .lines()
        .take(9)
        .map(|l| format!("{l}\n"))
        .collect();
    fs::write(folder.path().join("begun.csv"), begun).unwrap();
    let text = told(folder.path(), &["predict-curve", "begun.csv", "--last", "40"]);
    assert!(text.contains("predicted 25.71 %\nforecast: does not stop by epoch 4 of 20"), "{text}");
}

#[test]
fn curves_that_cannot_be_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text: &str, more: &[&str]| {
        fs::write(folder.path().join("curve.csv"), text).unwrap();
        let arguments = [&["predict-curve", "curve.csv"], more].concat();
        let output = appealsim(folder.path(), &arguments).assert().failure().get_output().clone();
        String::from_utf8(output.stderr).unwrap().replace("\n  │ ", " ")
    };
    let cases: [(&str, &[&str], &str); 10] = [
        ("accuracy\n10\n20\n", &["--last", "1000000"], "at most 10000 are predicted"),
        ("epoch,accuracy\n1,10\n2,\n", &[], "column 'accuracy' has nothing in row 2"),
        ("epoch,accuracy\n0,10\n1,20\n3,30\n", &[], "row 3 should be at epoch 2, but is at 3: epochs must be 1 apart"),
        ("accuracy\n10\n", &[], "a curve has at least 2 points, not 1"),
        ("accuracy\n10\nnan\n", &[], "row 2: accuracies are from 0 to 100 %"),
        ("accuracy\n0.1\n0.2\n", &[], "if these are shares of 1, give --unit share"),
        ("loss,top1\n3,10\n2,20\n", &[], "give the accuracies' --column: there are loss, top1"),
        ("accuracy\n10\n20\n30\n", &["--last", "2"], "it has 3 points, more than the 2"),
        ("accuracy\n10\n20\n", &["--column", "acc"], "it has no column 'acc', only accuracy"),
        ("stage,accuracy\na,10\nb,20\n", &["--stage", "c"], "it has no stage 'c', only a, b"),
    ];
    for (text, more, expected) in cases {
        let told = refused(text, more);
        assert!(told.contains(expected), "{told}");
    }
}
