//! The page's own text: its table, its images and its notes.

use inference::{Score, Scores};

use super::*;
use crate::digest::{Specimen, SpecimenKind};
use crate::manifest::{DatasetEntry, NetworkEntry, PresetFigure, Provenance};
use crate::report::page;

/// The cells of each row of the comparison, without markup.
fn table(page: &str) -> Vec<Vec<String>> {
    let table = page.split("<h2>The policies side by side</h2>").nth(1).unwrap().split("</table>").next().unwrap();
    let body = table.split("<tbody>").nth(1).unwrap();
    let cells = |row: &str| {
        let text = |cell: &str| cell.split_once('>').unwrap().1.split('<').next().unwrap().to_owned();
        row.split("<td").skip(1).map(text).collect()
    };
    body.split("<tr").skip(1).map(cells).collect()
}

/// The headings of its columns.
fn headings(page: &str) -> Vec<String> {
    let table = page.split("<h2>The policies side by side</h2>").nth(1).unwrap();
    let head = table.split("</thead>").next().unwrap();
    head.split("<th")
        .skip(2)
        .map(|cell| cell.split_once('>').unwrap().1.split("</th>").next().unwrap().into())
        .collect()
}

/// Each policy's figures are in its own row, under their headings: an accuracy of 0.9 is 90.0 %, 0.05 J are 50.0 mJ,
/// and who keeps 70 % appeals the other 30 %. All but max-softmax are on the front and have a star.
#[test]
fn the_table_has_each_policy_s_own_figures() {
    let page = page(&results(rows().into_iter().map(view).collect()));
    assert_eq!(headings(&page), ["policy<br>", "accuracy<br>%", "appeals<br>%", "energy<br>mJ"]);
    assert_eq!(
        table(&page),
        [
            ["local-only *", "90.0 ±1.0", "0", "2.00"],
            ["offload-all *", "95.0 ±0.5", "100", "200"],
            ["appealnet 0.9 *", "94.00 ±0.25", "30.0", "50.0"],
            ["appealnet 0.5 *", "92.0", "15.0", "20.0"],
            ["max-softmax 0.9", "93.0", "40.0", "60.0"],
        ]
    );
    assert!(!page.contains("Charts that show one point") && !page.contains("are those of point"), "there is only one");
    assert!(page.contains("<summary>The scenario as it was run</summary>"));
    // Text is left-aligned, and figures are not.
    assert!(page.contains("<th class=\"left\">policy<br></th><th>accuracy<br>%</th>"));
    assert!(page.contains("<td class=\"left\">local-only *</td><td>90.0 ±1.0</td>"));
    assert!(page.contains("Times and joules are modelled from the figures above"));
}

/// What was found at the only point is told without saying where.
#[test]
fn findings_of_the_only_point_are_told() {
    let mut results = results(vec![view(rows()[0].clone())]);
    assert!(!page(&results).contains("What was found"), "nothing");
    results.manifest.points[0].comparison.findings = vec!["found here".into()];
    let page = page(&results);
    assert!(page.contains("<h2>What was found</h2>") && page.contains("<li>found here</li>"), "{page}");
    assert!(!page.contains("<p>Where"), "{page}");
}

/// Over a sweep, what a point sets is told in its first row.
#[test]
fn the_table_of_a_sweep_names_each_point_once() {
    let mut results = results(rows().into_iter().map(view).collect());
    let point = |number: u32, setting: &str, accuracy: f64| PointEntry {
        point: number,
        settings: vec![setting.to_owned()],
        comparison: Comparison {
            rows: vec![row("local-only", accuracy, None, 1.0, 1.0), row("offload-all", 0.95, None, 2.0, 0.0)],
            findings: vec![format!("found at {setting}")],
            ..Comparison::default()
        },
        ..PointEntry::default()
    };
    results.manifest.axes = vec!["seed".into()];
    results.manifest.points = vec![point(0, "1", 0.8), point(1, "2", 0.7)];
    results.manifest.findings = vec!["found <everywhere>".into()];
    results.point = 1;
    let page = page(&results);
    assert_eq!(
        table(&page),
        [
            ["1", "local-only *", "80.0", "0", "1.00"],
            ["", "offload-all *", "95.0", "100", "2.00"],
            ["2", "local-only *", "70.0", "0", "1.00"],
            ["", "offload-all *", "95.0", "100", "2.00"],
        ]
    );
    assert!(page.contains("<li>found &lt;everywhere&gt;</li>"), "text cannot become markup");
    assert!(page.contains("<p>Where seed = 2:</p><ul><li>found at 2</li></ul>"));
    assert!(!page.contains("found at 1"));
    assert!(page.contains("Charts that show one point show seed = 2."));
    assert!(page.contains("Networks, images and figures of presets are those of point 1 (seed = 2);"));
    assert!(page.contains("<summary>The scenario, before the values of the sweep are set</summary>"));
}

/// Examples come by kind; AppealNet's before others', and only one policy's of a kind.
#[test]
fn the_images_are_those_of_their_kind() {
    let specimen = |kind, request| Specimen {
        kind,
        request,
        image: 10 + request,
        png: format!("PNG{request}"),
        label: 4,
        edge_class: Some(5),
        cloud_class: None,
        scores: Scores::default().with(Score::Q, 0.25).with(Score::named("max-softmax").unwrap(), 0.75),
    };
    let mut views: Vec<PolicyView> = rows().into_iter().take(3).map(view).collect();
    views[0].gallery = vec![specimen(SpecimenKind::KeptRightly, 1), specimen(SpecimenKind::KeptWrongly, 2)];
    views[2].gallery = vec![specimen(SpecimenKind::KeptRightly, 3), specimen(SpecimenKind::AppealedInVain, 4)];
    let page = page(&results(views));
    let images = page.split("<h2>Some of the images</h2>").nth(1).unwrap().split("</section>").next().unwrap();
    let told: Vec<String> = images.split("<h3>").skip(1).map(str::to_owned).collect();
    assert_eq!(told.len(), 3);
    let expected = [
        ("kept, rightly <small>(appealnet 0.9)</small>", 3),
        ("kept, wrongly <small>(local-only)</small>", 2),
        ("appealed, in vain <small>(appealnet 0.9)</small>", 4),
    ];
    for (section, (heading, request)) in told.iter().zip(expected) {
        assert!(section.starts_with(heading), "{section}");
        assert_eq!(section.matches("<img").count(), 1);
        let image = 10 + request;
        let img = format!("<img alt=\"image {image}, class 4\" src=\"data:image/png;base64,PNG{request}\">");
        assert!(section.contains(&img), "{section}");
        let caption = format!(
            "<figcaption>q 0.250<br>max softmax 0.750<br>class 4, edge 5, cloud -<br>request {request}</figcaption>"
        );
        assert!(section.contains(&caption), "{section}");
    }
}

/// Where the figures come from: 2.5 M MACs are 2,500,000, and 12.5 kB are 12,500 bytes.
#[test]
fn the_networks_and_presets_are_named_with_their_figures() {
    let network = |name: &str, macs, weight_bytes, as_if: Option<&str>| NetworkEntry {
        name: name.to_owned(),
        macs,
        weight_bytes,
        as_if: as_if.map(str::to_owned),
        ..NetworkEntry::default()
    };
    let mut results = results(vec![view(rows()[0].clone())]);
    results.manifest.program = "appealsim 9".into();
    results.manifest.fingerprint = "f00d".into();
    results.manifest.seed = 77;
    results.manifest.provenances = vec![Provenance {
        dataset: DatasetEntry { name: "images".into(), images: 1_234 },
        little: network("small", 2_500_000, 12_500, None),
        big: network("large", 300_000_000, 4_000_000, Some("70 MMAC")),
        others: vec![network("middle", 30_000_000, 400_000, None)],
        presets: vec![PresetFigure {
            name: "wifi.tail".into(),
            value: "3 mJ".into(),
            mark: "guess".into(),
            source: "A & B".into(),
            year: 2_019,
        }],
    }];
    let page = page(&results);
    let asked = page.split("<h2>What was asked</h2>").nth(1).unwrap();
    let words = [
        "<p>Little network small: 2.500 M MACs, 12.5 kB of weights. ",
        "Big network large: 300.000 M MACs, 4000.0 kB of weights, <b>charged as if 70 MMAC</b>. ",
        "Another network middle: 30.000 M MACs, 400.0 kB of weights. Images: images, 1234 of them; ",
        "Seed 77. appealsim 9, result f00d.</p>",
        "<tr><td>wifi.tail</td><td>3 mJ</td><td>guess</td><td class=\"left\">A &amp; B (2019)</td></tr>",
    ];
    words.iter().for_each(|words| assert!(asked.contains(words), "no '{words}' in\n{asked}"));
}

/// Of 401 rows, one is left to the table in the file.
#[test]
fn a_long_table_says_how_many_rows_it_leaves_out() {
    let at = |number: usize| row(&format!("policy {number}"), 0.9, None, 1.0, 0.5);
    let of = |count: usize| page(&results((0..count).map(|number| view(at(number))).collect()));
    let long = of(401);
    assert_eq!(table(&long).len(), 400);
    assert!(long.contains("1 more rows are in summary.parquet."));
    assert!(long.contains("Of 401 policies, charts by policy show 1: from each family,"));
    let short = of(2);
    assert!(!short.contains("more rows are in") && !short.contains("charts by policy show"));
}
