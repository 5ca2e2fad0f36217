//! Figures and their intervals worked out by hand.

use super::*;
use crate::policies::entry;

fn policies() -> [PolicyEntry; 2] {
    ["local-only", "offload-all"].map(entry)
}

/// Runs of the first policy with these accuracies, little and big, and of the second with those of the big network.
fn runs(accuracies: &[(f64, f64, f64)]) -> Vec<SummaryRecord> {
    let run = |replication: u32, policy: &PolicyEntry, accuracy: f64, little: f64, big: f64| SummaryRecord {
        policy: policy.to_string(),
        replication,
        accuracy: Some(accuracy),
        little_accuracy: Some(little),
        big_accuracy: Some(big),
        energy: Some(accuracy * 10.0),
        responses: Responses { energy: 4.0, ..Responses::default() },
        ..SummaryRecord::default()
    };
    let policies = policies();
    (0..)
        .zip(accuracies)
        .flat_map(|(n, (a, l, b))| [run(n, &policies[0], *a, *l, *b), run(n, &policies[1], *b, *l, *b)])
        .collect()
}

/// Variances of 4, 9, 16 · 10⁻⁴ and so on down the diagonal, no covariances.
fn independent() -> ImageSampling {
    let mut covariances = Vec::new();
    for row in 0..6 {
        covariances.extend(vec![0.0; row]);
        covariances.push(f64::from(u32::try_from(row).unwrap() + 2).powi(2) * 1e-4);
    }
    ImageSampling { covariances, ..ImageSampling::default() }
}

fn with<R>(runs: &[SummaryRecord], uncertain: Uncertain, look: impl FnOnce(&Figures) -> R) -> R {
    look(&Figures::new(&policies(), &runs.iter().collect::<Vec<_>>(), uncertain).unwrap())
}

fn close(found: Option<f64>, expected: f64) {
    assert!(
        found.is_some_and(|found| (found - expected).abs() < 1e-5 * expected.abs().max(1e-3)),
        "{found:?}, not {expected}"
    );
}

/// Accuracies of 0.849 and 0.851: mean 0.85, standard error 0.001 with one degree of freedom: ± 12.7062 · 0.001. The
/// images add the variance of the policy's accuracy, 16·10⁻⁴: together 16.01·10⁻⁴, nearly all of it known, so that t is
/// 1.960. Energy has ten times the standard error, and responds to the appeal rate, of variance 25·10⁻⁴, by 4: 10⁻⁴ +
/// 16·0.0025 = 0.0401. With accuracies of 0.8 and 0.9 the replications alone say ± 12.7062 · 0.05, and two sources of
/// chance are never better than one.
#[test]
fn images_add_to_the_interval_what_the_figure_responds_to() {
    let runs = runs(&[(0.849, 0.7, 0.9), (0.851, 0.7, 0.9)]);
    let images = independent();
    let whole = Uncertain { images: Some(&images), ..Uncertain::default() };
    with(&runs, whole, |figures| {
        let accuracy = figures.interval(&figures.observed(0, Figure::Accuracy).unwrap()).unwrap();
        close(Some(accuracy.mean), 0.85);
        close(accuracy.simulation, 12.706_205 * 0.001);
        close(accuracy.half_width, 1.959_964 * 16.01f64.sqrt() * 1e-2);
        let energy = figures.estimate(&figures.observed(0, Figure::Energy).unwrap()).unwrap();
        close(energy.uncertainty.map(|u| u.variance), 0.0401);
    });
    with(&self::runs(&[(0.8, 0.7, 0.9), (0.9, 0.7, 0.9)]), whole, |figures| {
        let accuracy = figures.interval(&figures.observed(0, Figure::Accuracy).unwrap()).unwrap();
        close(accuracy.half_width, 12.706_205 * 0.05);
        assert_eq!(accuracy.half_width, accuracy.simulation);
    });
    with(&runs, Uncertain { scope: Scope::Simulation, ..whole }, |figures| {
        let accuracy = figures.interval(&figures.observed(0, Figure::Accuracy).unwrap()).unwrap();
        assert_eq!(accuracy.half_width, accuracy.simulation);
    });
}

/// The second policy's accuracy is that of the big network; its difference from the first, 0.051 and 0.049, has a
/// mean of 0.05. The images add both variances, 16 + 36 (accuracies of policies 0 and 1: places 2 and 4 of the shares).
#[test]
fn a_difference_has_the_variance_of_both() {
    let images = independent();
    with(
        &runs(&[(0.849, 0.7, 0.9), (0.851, 0.7, 0.9)]),
        Uncertain { images: Some(&images), ..Uncertain::default() },
        |figures| {
            let difference = figures.estimate(&figures.difference(1, 0, Figure::Accuracy).unwrap()).unwrap();
            close(Some(difference.mean), 0.05);
            close(difference.uncertainty.map(|u| u.variance), (0.01 + 16.0 + 36.0) * 1e-4);
        },
    );
}

/// Replications are paired by their numbers, and those without a partner left out.
#[test]
fn replications_are_paired_by_number() {
    let mut runs = runs(&[(0.5, 0.4, 0.9), (0.6, 0.4, 0.8), (0.7, 0.4, 0.9)]);
    runs.reverse();
    runs.retain(|run| (run.replication, run.policy.as_str()) != (1, "offload-all"));
    with(&runs, Uncertain::default(), |figures| {
        let difference = figures.difference(1, 0, Figure::Accuracy).unwrap();
        let found: Vec<(u32, i64)> = difference.values.iter().map(|(n, v)| (*n, (v * 100.0).round() as i64)).collect();
        assert_eq!(found, [(0, 40), (2, 20)]);
    });
}

/// Gains of 0.1 and 0.2 of 0.2 and 0.25: 0.15 of 0.225, 66.7 %; the mean of the ratios would be 65 %. Where one
/// replication's big network is no better, the ratio of means is still there.
#[test]
fn acci_is_a_ratio_of_means() {
    let gain = |accuracies: &[(f64, f64, f64)]| with(&runs(accuracies), Uncertain::default(), |f| f.accuracy_gain(0));
    close(gain(&[(0.8, 0.7, 0.9), (0.9, 0.7, 0.95)]).map(|gain| gain.mean), 0.15 / 0.225);
    close(gain(&[(0.8, 0.7, 0.9), (0.7, 0.7, 0.7)]).map(|gain| gain.mean), 0.5);
    assert_eq!(gain(&[(0.8, 0.9, 0.7)]), None);
    let single = gain(&[(0.8, 0.7, 0.9)]).unwrap();
    assert!((single.mean - 0.5).abs() < 1e-12 && single.half_width.is_none());
    // All of the gap, whatever it is, in every replication.
    let all = gain(&[(0.9, 0.7, 0.9), (0.91, 0.7, 0.91), (0.92, 0.71, 0.92)]).unwrap();
    assert!(all.mean == 1.0 && all.half_width.unwrap() < 1e-6, "{all:?}");
}

/// Gains of 0.10, 0.12, 0.15 of gaps of 0.20, 0.22, 0.27: means 0.123333 and 0.23; variances of the means 2.11111·10⁻⁴
/// and
/// 4.33333·10⁻⁴, covariance 3·10⁻⁴. At t(2) = 4.302653, t² = 18.51282: 0.0529 − t²·4.33333·10⁻⁴ = 0.0448778, 0.0283667
/// − t²·3·10⁻⁴ = 0.0228128, 0.0152111 − t²·2.11111·10⁻⁴ = 0.0113028; √(0.0228128² − 0.0448778·0.0113028) / 0.0448778.
#[test]
fn gain_and_gap_vary_together() {
    let accuracies = [(0.80, 0.70, 0.90), (0.82, 0.70, 0.92), (0.85, 0.70, 0.97)];
    let gain = with(&runs(&accuracies), Uncertain::default(), |figures| figures.accuracy_gain(0)).unwrap();
    close(Some(gain.mean), 0.123_333_333 / 0.23);
    assert!((gain.half_width.unwrap() - 0.080890).abs() < 1e-5, "{gain:?}");
    // Per unit of the gap, what each gain is beyond 0.536232 of it: −0.0072464, 0.0020290 and 0.0052174 over 0.23.
    // Their squares sum to 83.848·10⁻⁶, so the standard error is √(83.848·10⁻⁶/2/3) / 0.23 = 0.0162533. The other
    // policy's AccI is 1 in each.
    let apart = with(&runs(&accuracies), Uncertain::default(), |figures| figures.difference_in_gain(0, 1)).unwrap();
    close(Some(apart.mean), 0.123_333_333 / 0.23 - 1.0);
    assert!((apart.half_width().unwrap() - 4.302_653 * 0.016_253_3).abs() < 1e-5, "{apart:?}");
}

/// Replications that all agree leave the images: variances of 4·10⁻⁴ for the accuracy and 9·10⁻⁴ for the big network,
/// and a covariance of 3·10⁻⁴, known. With t² = 3.841459: 0.04 − t²·9·10⁻⁴ = 0.0365427, 0.02 − t²·3·10⁻⁴ = 0.0188476,
/// 0.01 − t²·4·10⁻⁴ = 0.0084634; √(0.0188476² − 0.0365427·0.0084634) / 0.0365427.
#[test]
fn images_move_gain_and_gap_together() {
    let mut covariances = vec![0.0; 21];
    // Big with itself; accuracy of the first policy with big and with itself.
    (covariances[2], covariances[4], covariances[5]) = (9e-4, 3e-4, 4e-4);
    let images = ImageSampling { covariances, ..ImageSampling::default() };
    let whole = Uncertain { images: Some(&images), ..Uncertain::default() };
    let gain = with(&runs(&[(0.8, 0.7, 0.9); 3]), whole, |figures| figures.accuracy_gain(0)).unwrap();
    assert!((gain.half_width.unwrap() - 0.185509).abs() < 1e-4 && gain.simulation.unwrap() < 1e-6, "{gain:?}");
    // AccIs of 0.5 and 1 differ by the accuracies over the gap of 0.2: 5 · (first − second + 0.5 · big), as big is half
    // of what the first is measured by and all of what the second is. 25 · (4 + 0.25 · 9 + 3)·10⁻⁴ = 0.023125.
    let apart = with(&runs(&[(0.8, 0.7, 0.9); 3]), whole, |figures| figures.difference_in_gain(0, 1)).unwrap();
    close(Some(apart.mean), -0.5);
    close(apart.half_width(), 1.959_964 * 0.023_125f64.sqrt());
}

/// Of a gap that is the same everywhere, AccI's interval is the accuracy's over the gap: 0.1/0.2, 0.12/0.2, 0.11/0.2
/// have a mean of 0.55 and a standard error of 0.05/√3. The other policy's is 1, without error.
#[test]
fn differences_of_acci_are_paired() {
    let runs = runs(&[(0.8, 0.7, 0.9), (0.82, 0.7, 0.9), (0.81, 0.7, 0.9)]);
    with(&runs, Uncertain::default(), |figures| {
        let half = 4.302_653 * 0.05 / 3f64.sqrt();
        close(figures.accuracy_gain(0).unwrap().half_width, half);
        let apart = figures.difference_in_gain(0, 1).unwrap();
        close(Some(apart.mean), -0.45);
        close(apart.half_width(), half);
    });
}

/// Intervals of runs that were stopped when they were narrow leave out 3 % instead of 5 %: t(1) at 98.5 % is 21.20.
#[test]
fn stopping_when_narrow_widens_the_interval() {
    let runs = runs(&[(0.8, 0.7, 0.9), (0.9, 0.7, 0.9)]);
    with(&runs, Uncertain { stopped_when_narrow: true, ..Uncertain::default() }, |figures| {
        let accuracy = figures.interval(&figures.observed(0, Figure::Accuracy).unwrap()).unwrap();
        close(accuracy.half_width, 21.204_949 * 0.05);
        let estimate = figures.estimate(&figures.observed(0, Figure::Accuracy).unwrap()).unwrap();
        close(figures.p_value(&estimate), estimate.p_value().unwrap() / 0.6);
    });
}

/// Where the runs say how energies vary with the images, they are not taken to follow the appeal rate: their own variance,
/// 0.01, is added to the simulation's 10⁻⁴, instead of that of the appeals, 25·10⁻⁴, times 4². Latencies still follow the
/// appeals. Seconds of battery life follow the energy, here by −3 for each joule.
#[test]
fn where_runs_say_how_energies_vary_they_do() {
    let mut runs = runs(&[(0.849, 0.7, 0.9), (0.851, 0.7, 0.9)]);
    runs.iter_mut().for_each(|run| run.responses.battery_life_per_joule = Some(-3.0));
    let mut covariances = independent().covariances;
    covariances.extend((6..12).flat_map(|row| [vec![0.0; row], vec![if row == 6 { 0.01 } else { 0.0 }]].concat()));
    let by_thresholds = vec![0.0; 21];
    let images = ImageSampling { covariances, by_thresholds, skews: vec![1.0; 2], ..ImageSampling::default() };
    with(&runs, Uncertain { images: Some(&images), ..Uncertain::default() }, |figures| {
        let energy = figures.estimate(&figures.observed(0, Figure::Energy).unwrap()).unwrap();
        close(energy.uncertainty.map(|u| u.variance), 1e-4 + 0.01);
        assert_eq!(figures.images_of_battery_life(0), (ImageShare::Energy(0), -3.0));
    });
    let images = independent();
    with(&runs, Uncertain { images: Some(&images), ..Uncertain::default() }, |figures| {
        assert_eq!(figures.images_of_battery_life(0), (ImageShare::AppealRate(0), 0.0));
    });
}
