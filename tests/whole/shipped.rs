//! Shipped networks and examples are as documented.

use std::fs;

use assert_cmd::Command;

use super::documents::{clone, home};

fn told(arguments: &[&str]) -> String {
    let folder = clone();
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    let output = command.current_dir(folder.path()).args(arguments).assert().success().get_output().stdout.clone();
    String::from_utf8(output).unwrap()
}

fn page(path: &str) -> String {
    fs::read_to_string(home().join(path)).unwrap()
}

/// The figures in a score's row, without their intervals.
fn means(table: &str, score: &str) -> Vec<f64> {
    let row = table.lines().find(|line| line.starts_with(&format!("| {score} |"))).unwrap();
    let cells = row.trim_matches('|').split('|').skip(1);
    cells.map(|cell| cell.split_whitespace().next().unwrap().parse().unwrap()).collect()
}

/// The figures of both pairs are those of the documentation, and meet their targets: failed training, mixed-up weights
/// and a wrong kernel all show here.
#[test]
fn the_networks_are_as_good_as_the_documentation_says() {
    let written = page("docs/explanation/networks.md");
    for (scenario, pair, least) in [
        ("scenarios/files/quickstart.yaml", ["fmnist-little", "fmnist-big"], [89.5, 93.5]),
        ("scenarios/files/field-conditions.yaml", ["fmnist-field-little", "fmnist-field-big"], [87.5, 91.5]),
    ] {
        let told = told(&["evaluate", scenario]);
        for (network, least) in pair.iter().zip(least) {
            let right: f64 =
                told.split_once(&format!("{network}: ")).unwrap().1.split(' ').next().unwrap().parse().unwrap();
            assert!(right >= least, "{network}: {right} %");
            assert!(written.contains(&format!("| {network} | {right:.2} %")), "{network} is right on {right} %");
        }
        for line in told.lines().filter(|line| line.starts_with("| ")) {
            assert!(written.contains(line), "{scenario} says: {line}");
        }
        for score in ["max-softmax", "margin", "entropy"] {
            assert!(means(&told, score)[0] > 0.88, "{score} in {told}");
        }
        // The share kept at AccI 90 %.
        assert!(means(&told, "q")[3] > means(&told, "max-softmax")[3], "{told}");
    }
}

/// A pair evaluated twice does not differ from itself, and q's lead is the difference of the figures above.
#[test]
fn leads_are_of_differences_within_a_pair() {
    let pair = ["--pair", "fmnist-little,fmnist-big"];
    let told = told(&[&["evaluate", "scenarios/files/quickstart.yaml"][..], &pair, &pair].concat());
    let (table, leads) = told.split_once("q's lead").unwrap();
    assert!(table.contains("| oracle |") && !leads.contains("| oracle |") && !leads.contains("| q |"));
    for score in ["max-softmax", "margin", "entropy"] {
        let (q, other, lead) = (means(table, "q"), means(table, score), means(leads, score));
        assert_eq!(lead.len(), 5);
        let nothing = ["± 0.0000 |", "± 0.0 |", "± 0.00 |"].map(|spread| leads.matches(spread).count());
        assert_eq!(nothing, [5, 20, 25], "five rivals in each column: {leads}");
        assert!(lead.iter().zip(q.iter().zip(&other)).all(|(lead, (q, other))| (lead - (q - other)).abs() < 0.101));
        assert!((lead[0] - (q[0] - other[0])).abs() < 1.1e-4 && lead[0] != 0.0);
    }
}

#[test]
fn the_readme_shows_what_the_first_command_prints() {
    let told = told(&["run", "scenarios/files/quickstart.yaml"]);
    assert!(page("README.md").contains(&format!("```text\n{told}```\n")), "the README is out of date; now:\n{told}");
}
