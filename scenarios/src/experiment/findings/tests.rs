//! Sentences worked out by hand.

use analysis::{ImageSampling, Lead, Outcome, PolicyEntry, Responses, SummaryRecord};

use super::*;
use crate::experiment::figures::Uncertain;
use crate::policies::entry;

fn appealnet() -> PolicyEntry {
    entry("appealnet: {accuracy-gain: 90 %}")
}

fn confidence(score: &str) -> PolicyEntry {
    entry(&format!("confidence: {{score: {score}, accuracy-gain: 90 %}}"))
}

fn margin() -> PolicyEntry {
    confidence("margin")
}

fn offload_all() -> PolicyEntry {
    entry("offload-all")
}

/// A run of a hundred requests, of which some ended in this way and the rest at the edge.
fn run(policy: &PolicyEntry, accuracy: f64, (outcome, number): (Outcome, u64)) -> SummaryRecord {
    let mut outcomes = [0; Outcome::ALL.len()];
    outcomes[Outcome::Edge as usize] = 100 - number;
    outcomes[outcome as usize] += number;
    SummaryRecord {
        policy: policy.to_string(),
        requests: 100,
        outcomes,
        accuracy: Some(accuracy),
        little_accuracy: Some(0.9),
        big_accuracy: Some(0.95),
        appeal_rate: Some(0.2),
        energy: Some(1.0),
        ..SummaryRecord::default()
    }
}

/// Runs with these energies, replication by replication.
fn spending(policy: &PolicyEntry, joules: [f64; 3]) -> Vec<SummaryRecord> {
    let with = |(replication, joules): (u32, f64)| SummaryRecord {
        replication,
        energy: Some(joules),
        ..run(policy, 0.93, (Outcome::Edge, 0))
    };
    (0..).zip(joules).map(with).collect()
}

fn told_of(policies: &[PolicyEntry], runs: &[SummaryRecord], images: Option<&ImageSampling>) -> String {
    let runs: Vec<&SummaryRecord> = runs.iter().collect();
    findings(&Figures::new(policies, &runs, Uncertain { images, ..Uncertain::default() }).unwrap()).join("\n")
}

fn told(runs: &[SummaryRecord]) -> String {
    told_of(&[appealnet(), offload_all(), margin()], runs, None)
}

#[test]
fn accuracies_are_not_compared_where_requests_had_not_ended() {
    let all = |number| {
        [
            run(&appealnet(), 0.95, (Outcome::Unfinished, 0)),
            run(&offload_all(), 0.94, (Outcome::Unfinished, number)),
            run(&margin(), 0.94, (Outcome::Unfinished, number)),
        ]
    };
    let few = told(&all(0));
    assert!(few.contains("and its accuracy differs by +1.0 points."), "{few}");
    // (0.95 − 0.9) / (0.95 − 0.9) and (0.94 − 0.9) / (0.95 − 0.9).
    assert!(few.contains("an AccI of 100 % against 80 %."), "{few}");
    let many = told(&all(40));
    assert!(!many.contains("points") && !many.contains("AccI of"), "{many}");
    for policy in ["offload-all", "margin accuracy-gain 90 %"] {
        let why = format!(
            "; accuracies are not compared, because requests had not ended when the run did (40 % under {policy}), and \
             the energy is what was spent on them until then."
        );
        assert!(many.contains(&why), "{many}");
    }
}

#[test]
fn a_comparison_names_what_was_lost_with_batteries() {
    let told = told(&[
        run(&appealnet(), 0.9, (Outcome::DeviceDead, 2)),
        run(&offload_all(), 0.2, (Outcome::DeviceDead, 71)),
        run(&margin(), 0.9, (Outcome::DeviceDead, 0)),
    ]);
    let lost = "Requests lost when a battery ran empty count as wrong and cost little or nothing:";
    let both = format!(
        "its accuracy differs by +70.0 points. {lost} 2 % under appealnet accuracy-gain 90 % and 71 % under offload-all."
    );
    assert!(told.contains(&both), "{told}");
    let one =
        format!("an accuracy of 90.0 % against 90.0 % (+0.0 points). {lost} 2 % under appealnet accuracy-gain 90 %.");
    assert!(told.contains(&one), "{told}");
}

#[test]
fn accuracies_that_agree_have_no_sign() {
    let runs = |ours| [run(&appealnet(), ours, (Outcome::Edge, 0)), run(&offload_all(), 0.9, (Outcome::Edge, 0))];
    for same in [0.9, 0.9004, 0.8996] {
        assert!(told(&runs(same)).contains("its accuracy differs by +0.0 points."), "{}", told(&runs(same)));
    }
    assert!(told(&runs(0.899)).contains("its accuracy differs by -0.1 points."));
}

/// Energies of 0.8, 0.9, 1.0 J against 2.0, 2.2, 2.1 J, replication by replication: 1.2, 1.3, 1.1 J less, 1.2 on
/// average with a deviation of 0.1, so a standard error of 0.1/√3. Of 2.1 J, 57.1 %. Alone, t(2) = 4.303 gives ± 0.2484
/// J, 11.8 % of 2.1 J. Judged with one other comparison, it is at 97.5 %, where t(2) = 6.205: ± 0.3583 J, 17.1 %.
/// Margin spends 0.8, 0.9, 1.0 J in another order: differences 0, 0.1, -0.1 average 0, so nothing is certain; it is
/// judged at 95 %: ± 0.2484 J of 0.9 J, 27.6 %.
#[test]
fn differences_are_taken_replication_by_replication_and_judged_together() {
    let ours = spending(&appealnet(), [0.8, 0.9, 1.0]);
    let mut theirs = spending(&offload_all(), [2.0, 2.2, 2.1]);
    let alone = told(&[ours.clone(), theirs.clone()].concat());
    assert!(alone.contains("appealnet accuracy-gain 90 % spends 57.1 % less energy (± 11.8 %) and"), "{alone}");
    // The order of the runs is not that of the replications.
    theirs.reverse();
    let all = [ours, theirs, spending(&margin(), [0.8, 0.8, 1.1])].concat();
    let told = told(&all);
    assert!(told.contains("spends 57.1 % less energy (± 17.1 %, corrected for 2 comparisons) and"), "{told}");
    assert!(
        told.contains("and spends the same energy (± 27.6 %, corrected for 2 comparisons: within the noise);"),
        "{told}"
    );
}

/// A difference of 0.01, 0.11 and -0.09 J is 0.01 ± 0.248 J; one of -1, -1.1 and -0.9 J is certain.
#[test]
fn what_is_within_the_noise_is_called_so() {
    let policies = [appealnet(), margin()];
    let against = |joules| {
        let runs = [spending(&appealnet(), [1.01, 2.11, 2.91]), spending(&margin(), joules)].concat();
        told_of(&policies, &runs, None)
    };
    assert!(
        against([1.0, 2.0, 3.0]).contains("0.5 % more energy (± 12.4 %: within the noise)"),
        "{}",
        against([1.0, 2.0, 3.0])
    );
    // 0.2, 0.3 and 0.1 J more than 1.81 J are just within ± 0.2484 J; 0.1 J more than that is just certain.
    let nearly = against([0.81, 1.81, 2.81]);
    assert!(nearly.contains("11.0 % more energy (± 13.7 %: within the noise); "), "{nearly}");
    let just = against([0.71, 1.71, 2.71]);
    assert!(just.contains("17.5 % more energy (± 14.5 %); "), "{just}");
    let certain = against([2.01, 3.21, 3.81]);
    // 1 J less of 3.01 J, ± 0.2484 J.
    assert!(certain.contains("33.2 % less energy (± 8.3 %); "), "{certain}");
}

/// Of three scores with the same target, the one that spends least is the rival; all three are judged together.
#[test]
fn the_rival_is_the_cheapest_score() {
    let policies = [confidence("max-softmax"), appealnet(), margin(), confidence("entropy")];
    let joules = [[1.5, 1.6, 1.7], [2.0, 2.1, 2.2], [1.1, 1.2, 1.3], [1.8, 1.9, 2.0]];
    let runs: Vec<SummaryRecord> =
        policies.iter().zip(joules).flat_map(|(policy, joules)| spending(policy, joules)).collect();
    let told = told_of(&policies, &runs, None);
    // 0.9 J more than 1.2 J in every replication.
    assert!(
        told.contains("for margin and spends 75.0 % more energy (± 0.0 %, corrected for 3 comparisons);"),
        "{told}"
    );
    assert_eq!(told.matches("At the same target").count(), 1);
}

/// AppealNet's appeals of 12 % against 15 %: -3 points with a standard error of 1, ± 1.96; of 2, ± 3.92. Both sent up
/// 20 % for 1 J, and a point costs 0.1 J: 0.2 J against 0.5 J, and what is uncertain about the points is so about these.
#[test]
fn scores_are_compared_where_they_are_equally_accurate() {
    let policies = [appealnet(), margin()];
    let responses = Responses { energy: 10.0, ..Responses::default() };
    let runs = [spending(&appealnet(), [1.0, 1.0, 1.0]), spending(&margin(), [1.0, 1.0, 1.0])].concat();
    let runs: Vec<SummaryRecord> = runs.into_iter().map(|run| SummaryRecord { responses, ..run }).collect();
    let with = |variance| {
        let lead = Lead {
            policy: 0,
            rival: 1,
            accuracy: 0.934,
            limited: false,
            appeals: 0.12,
            rival_appeals: 0.15,
            variance,
            variances: [variance, 0.0],
        };
        told_of(&policies, &runs, Some(&ImageSampling { leads: vec![lead], ..ImageSampling::default() }))
    };
    let sentence = "At equal accuracy (93.4 % of the evaluation images, which appealnet accuracy-gain 90 % reaches with \
                    its threshold), AppealNet has to appeal 12.0 % of them and margin 15.0 % (-3.0 ± ";
    let clear = format!("{sentence}2.0 points), and spends 60.0 % less energy (± 39.2 %).");
    assert!(with(1e-4).contains(&clear), "{}", with(1e-4));
    let noise =
        format!("{sentence}3.9 points, within the noise), and spends 60.0 % less energy (± 78.4 %: within the noise).");
    assert!(with(4e-4).contains(&noise), "{}", with(4e-4));
    assert!(!with(1e-4).contains("At the same target"), "{}", with(1e-4));
    let lead = Lead { accuracy: 0.92, limited: true, rival: 1, appeals: 0.05, rival_appeals: 0.2, ..Lead::default() };
    let limited = told_of(&policies, &runs, Some(&ImageSampling { leads: vec![lead], ..ImageSampling::default() }));
    assert!(limited.contains("(92.0 % of the evaluation images, the most that margin reaches; appealnet"), "{limited}");
}

/// Points: certainly less (-1 ± 0.02 J, twice), certainly more (1 ± 0.02 J), and neither (0.2 ± 0.25 J).
#[test]
fn points_are_counted_by_what_is_certain_there() {
    let policies = [appealnet(), margin()];
    let point = |joules| [spending(&appealnet(), joules), spending(&margin(), [2.0, 2.1, 2.2])].concat();
    let runs = [point([1.0, 1.11, 1.2]), point([3.0, 3.11, 3.2]), point([2.2, 2.4, 2.3]), point([1.0, 1.11, 1.2])];
    let refs: Vec<Vec<&SummaryRecord>> = runs.iter().map(|runs| runs.iter().collect()).collect();
    let figures: Vec<Figures> =
        refs.iter().map(|runs| Figures::new(&policies, runs, Uncertain::default()).unwrap()).collect();
    let expected = "At the same target (accuracy-gain 90 %), AppealNet spends less energy than margin at 2 of 4 points, \
                    more at 1; at 1 the difference is within the noise, with Holm's correction for 4 comparisons.";
    assert_eq!(over_points(&figures), [expected]);
    // With one replication nothing is judged.
    let single: Vec<Vec<&SummaryRecord>> =
        runs.iter().map(|runs| runs.iter().filter(|run| run.replication == 0).collect()).collect();
    let single: Vec<Figures> =
        single.iter().map(|runs| Figures::new(&policies, runs, Uncertain::default()).unwrap()).collect();
    assert!(over_points(&single).is_empty(), "{:?}", over_points(&single));
}

/// At one of two points the big network is no better.
#[test]
fn points_without_a_gain_are_counted() {
    let policies = [offload_all()];
    let point = |big| vec![SummaryRecord { big_accuracy: Some(big), ..run(&policies[0], 0.9, (Outcome::Edge, 0)) }];
    let told = |bigs: [f64; 2]| {
        let runs = bigs.map(point);
        let refs: Vec<Vec<&SummaryRecord>> = runs.iter().map(|runs| runs.iter().collect()).collect();
        over_points(
            &refs.iter().map(|runs| Figures::new(&policies, runs, Uncertain::default()).unwrap()).collect::<Vec<_>>(),
        )
    };
    assert!(told([0.95, 0.95]).is_empty());
    let [sentence] = &told([0.9, 0.95])[..] else { panic!() };
    assert!(
        sentence.starts_with("AccI has no meaning at 1 of 2 points, where the big network is no better"),
        "{sentence}"
    );
}

/// Beside margin alone, there is one that does the same with what it sends up: that is the rival of the method that does.
/// Where there is none, the sentence says how the two differ.
#[test]
fn like_is_compared_with_like() {
    let with = |name: &str, options: &str, split: &str| {
        entry(&format!("{name}: {{{options}accuracy-gain: 90 %, split: {{{split}}}}}"))
    };
    let energy = "for: energy, coding: 4";
    let ours = with("appealnet", "", energy);
    let alike = with("confidence", "score: margin, ", energy);
    let sentences = |policies: &[PolicyEntry]| {
        let runs: Vec<SummaryRecord> = policies.iter().flat_map(|policy| spending(policy, [0.8, 0.9, 1.0])).collect();
        told_of(policies, &runs, None)
    };
    let told = sentences(&[ours.clone(), margin(), alike.clone()]);
    assert_eq!(told.matches("At the same target").count(), 1, "{told}");
    assert!(told.contains(&format!(" for {} and spends", alike.in_sentences())), "{told}");
    let unlike = sentences(&[ours.clone(), margin()]);
    assert!(unlike.contains(&format!("{} appeals", ours.in_sentences())), "{unlike}");
    assert!(unlike.contains(" for margin and spends") && ours.in_sentences() != "AppealNet", "{unlike}");
    assert!(sentences(&[appealnet(), margin()]).contains("AppealNet appeals"), "alone, its kind is enough");
}
