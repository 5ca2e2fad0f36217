use inference::Score;

use super::figures::charts;
use super::results::{PolicyView, Results};
use crate::chart::{Chart, Style, escaped};
use crate::comparison::{Comparison, on_the_front};
use crate::digest::{Specimen, SpecimenKind};
use crate::manifest::PointEntry;
use crate::role::Role;

/// Most rows of the comparison that a page shows; the summary table has all of them.
const MOST_ROWS: usize = 400;

/// Rows from which on the comparison is folded.
const MANY_ROWS: usize = 8;

/// Most points whose table at equal accuracy gain a page shows.
const MOST_TABLES: usize = 20;

/// The report: one self-contained page that needs no network and no other file.
pub fn page(results: &Results) -> String {
    let manifest = &results.manifest;
    let (name, heading) = (escaped(&manifest.name), escaped(&manifest.heading()).replace('\n', "<br>"));
    let charts = charts(results);
    let (css, js) = (include_str!("page.css"), include_str!("page.js"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{name}</title>\n\
         <style>\n{css}{}\n</style>\n</head>\n<body>\n\
         <header><h1>{name}</h1><p class=\"muted\">{heading}</p></header>\n\
         {}{}{}{}{}{}{}\
         <div id=\"tip\" role=\"status\"></div>\n<script>\n{js}</script>\n</body>\n</html>\n",
        Style::page_css(),
        verdict(results, &charts),
        findings(results),
        comparison(results),
        figures(results, &charts),
        gallery(&results.shown()),
        asked(results),
        doubts(results),
    )
}

/// The picture, and what each family spends where all are equally accurate: what most readers come for.
fn verdict(results: &Results, charts: &[Chart]) -> String {
    let comparison = &results.entry().comparison;
    let Some(front) = charts.first() else { return String::new() };
    let mut html = format!("<section>{}", drawn(0, front, "h2"));
    if results.manifest.points.len() > 1 {
        let here = escaped(&results.manifest.setting_words(results.entry()));
        html += &format!("<p class=\"muted\">Where {here}.</p>\n");
    }
    // Of several points, each has its own further down.
    let single = results.manifest.points.len() == 1;
    if let Some(table) = comparison.at_equal_accuracy().filter(|_| single) {
        html += &format!("<h3>At equal accuracy</h3>\n<pre>{}</pre>\n", escaped(&table));
    }
    html + "</section>\n"
}

fn findings(results: &Results) -> String {
    let here = &results.entry().comparison.findings;
    let all = &results.manifest.findings;
    if here.is_empty() && all.is_empty() {
        return String::new();
    }
    let mut html = String::from("<section><h2>What was found</h2>\n<ul>");
    for finding in all {
        html += &format!("<li>{}</li>\n", escaped(finding));
    }
    html += "</ul>\n";
    if !here.is_empty() {
        if results.manifest.points.len() > 1 {
            html += &format!("<p>Where {}:</p>", escaped(&results.manifest.setting_words(results.entry())));
        }
        let items: Vec<String> = here.iter().map(|finding| format!("<li>{}</li>", escaped(finding))).collect();
        html += &format!("<ul>{}</ul>\n", items.join("\n"));
    }
    html + "</section>\n"
}

/// All policies at all points, in one table with one unit a column.
fn comparison(results: &Results) -> String {
    let manifest = &results.manifest;
    let rows = manifest.points.iter().flat_map(|p| p.comparison.rows.iter().map(move |row| (p, row)));
    let shown: Vec<(&PointEntry, &crate::comparison::Row)> = rows.take(MOST_ROWS).collect();
    let all: usize = manifest.points.iter().map(|point| point.comparison.rows.len()).sum();
    let table = Comparison { rows: shown.iter().map(|(_, row)| (*row).clone()).collect(), ..Comparison::default() };
    let columns = table.columns();
    let open = if all > MANY_ROWS { "" } else { " open" };
    let mut html = format!(
        "<section><h2>The policies side by side</h2>\n<details{open}><summary>{all} policies</summary>\n<div class=\"wide\">\
         <table>\n<thead><tr>"
    );
    for axis in &manifest.axes {
        html += &format!("<th class=\"left\">{}</th>", escaped(axis));
    }
    for (number, column) in columns.iter().enumerate() {
        let class = if number == 0 { " class=\"left\"" } else { "" };
        html += &format!("<th{class}>{}<br>{}</th>", escaped(&column[0]), escaped(&column[1]));
    }
    html += "</tr></thead>\n<tbody>\n";
    let mut before = None;
    for (line, (point, row)) in shown.iter().enumerate() {
        let first = before != Some(point.point) && !manifest.axes.is_empty();
        before = Some(point.point);
        html += if first { "<tr class=\"first\">" } else { "<tr>" };
        for setting in &point.settings {
            html += &format!("<td class=\"left\">{}</td>", if first { escaped(setting) } else { String::new() });
        }
        for (number, column) in columns.iter().enumerate() {
            let class = if number == 0 { " class=\"left\"" } else { "" };
            let star = if number == 0 && row.pareto { " *" } else { "" };
            html += &format!("<td{class}>{}{star}</td>", escaped(&column[line + 2]));
        }
        html += "</tr>\n";
    }
    html += "</tbody></table></div></details>\n";
    if shown.len() < all {
        html += &format!("<p class=\"muted\">{} more rows are in summary.parquet.</p>\n", all - shown.len());
    }
    for note in table.notes() {
        html += &format!("<p class=\"muted\">{}</p>\n", escaped(&note));
    }
    let front = on_the_front(manifest.points.iter().flat_map(|point| &point.comparison.rows));
    html += &format!(
        "<p class=\"muted\">± is half the 95 % interval over the replications{}. AccI: 0 % is the little network alone, \
         100 % the big one, on the same images. * marks the Pareto front: {}. A percentile with fewer than \
         ten requests beyond it is not shown; requests without an answer count as later than every answer.</p>\n",
        if manifest.intervals_contain_images() { " and the choice of images" } else { "" },
        escaped(&front),
    );
    if let Some(table) = results.entry().comparison.what_came_of_appeals() {
        html += &format!("<h3>What came of appeals</h3>\n<pre>{}</pre>\n", escaped(&table));
    }
    // Of a single point, it is at the top.
    for point in manifest.points.iter().take(MOST_TABLES).filter(|_| manifest.points.len() > 1) {
        if let Some(table) = point.comparison.at_equal_accuracy() {
            let at = manifest.setting_words(point);
            let at = if at.is_empty() { String::new() } else { format!(", {}", escaped(&at)) };
            html += &format!("<h3>At equal accuracy{at}</h3>\n<pre>{}</pre>\n", escaped(&table));
        }
    }
    html + "</section>\n"
}

fn figures(results: &Results, charts: &[Chart]) -> String {
    let mut html = String::from("<section><h2>Charts</h2>\n");
    let mut notes = Vec::new();
    if results.manifest.points.len() > 1 {
        notes.push(format!("Charts that show one point show {}.", results.manifest.setting_words(results.entry())));
    }
    let (shown, all) = (results.shown().len(), results.policies.len());
    if shown < all {
        notes.push(format!(
            "Of {all} policies, charts by policy show {shown}: from each family, the one nearest to an AccI of 90 %."
        ));
    }
    if !notes.is_empty() {
        html += &format!("<p class=\"muted\">{}</p>\n", escaped(&notes.join(" ")));
    }
    html += "<div class=\"charts\">\n";
    // The first is at the top.
    for (number, chart) in charts.iter().enumerate().skip(1) {
        html += &drawn(number, chart, "h3");
    }
    html + "</div></section>\n"
}

/// A chart with its heading and caption.
fn drawn(number: usize, chart: &Chart, heading: &str) -> String {
    format!(
        "<figure id=\"chart-{number}\" data-kind=\"{}\"><{heading}>{}</{heading}>\n{}<figcaption>{}</figcaption></figure>\n",
        chart.kind,
        escaped(&chart.title),
        chart.svg(&Style::PAGE),
        escaped(&chart.caption)
    )
}

/// Requests to look at; for each kind, from the first policy that has any, methods first.
fn gallery(shown: &[&PolicyView]) -> String {
    let mut views: Vec<&&PolicyView> = shown.iter().collect();
    views.sort_by_key(|view| view.row.role != Role::Method);
    let mut html = String::new();
    for kind in SpecimenKind::ALL {
        let found = views.iter().find_map(|view| {
            let some: Vec<&Specimen> = view.gallery.iter().filter(|specimen| specimen.kind == kind).collect();
            (!some.is_empty()).then_some((view, some))
        });
        let Some((view, specimens)) = found else { continue };
        html += &format!(
            "<h3>{} <small>({})</small></h3>\n<div class=\"gallery\">\n",
            kind.name(),
            escaped(&view.row.policy)
        );
        for specimen in specimens {
            html += &picture(specimen);
        }
        html += "</div>\n";
    }
    match html.as_str() {
        "" => html,
        _ => format!("<section><h2>Some of the images</h2>\n{html}</section>\n"),
    }
}

fn picture(specimen: &Specimen) -> String {
    let class = |class: Option<u8>| class.map_or("-".to_owned(), |class| class.to_string());
    let shown = Score::all().filter(|score| score.shown().is_some());
    let score = |score: Score| specimen.scores.get(score).map(|value| format!("{} {value:.3}<br>", score.words()));
    let Specimen { request, image, png, label, .. } = specimen;
    format!(
        "<figure><img alt=\"image {image}, class {label}\" src=\"data:image/png;base64,{png}\"><figcaption>{}class \
         {label}, edge {}, cloud {}<br>request {request}</figcaption></figure>\n",
        shown.filter_map(score).collect::<String>(),
        class(specimen.edge_class),
        class(specimen.cloud_class),
    )
}

fn asked(results: &Results) -> String {
    let manifest = &results.manifest;
    let provenance = manifest.provenance(results.entry()).cloned().unwrap_or_default();
    let scenario = serde_json::to_string_pretty(&manifest.scenario).unwrap_or_default();
    let network = |role: &str, n: &crate::manifest::NetworkEntry| {
        let charged =
            n.as_if.as_ref().map_or(String::new(), |as_if| format!(", <b>charged as if {}</b>", escaped(as_if)));
        let what = match n.recorded {
            true => "answers from a table".to_owned(),
            false => format!("{:.3} M MACs, {:.1} kB of weights", n.macs as f64 / 1e6, n.weight_bytes as f64 / 1e3),
        };
        let measured = match &n.measured_on[..] {
            [] => String::new(),
            places => format!(", measured on {}", escaped(&places.join(", "))),
        };
        format!("{role} {}: {what}{charged}{measured}", escaped(&n.name))
    };
    let mut html = format!(
        "<section><h2>What was asked</h2>\n<p>{}. {}. {}Images: {}, {} of them; thresholds were set on one half, results \
         come from the other. Seed {}. {}, result {}.</p>\n",
        network("Little network", &provenance.little),
        network("Big network", &provenance.big),
        provenance.others.iter().map(|other| network("Another network", other) + ". ").collect::<String>(),
        escaped(&provenance.dataset.name),
        provenance.dataset.images,
        manifest.seed,
        escaped(&manifest.program),
        escaped(&manifest.fingerprint),
    );
    let mut title = "The scenario as it was run";
    if manifest.points.len() > 1 {
        title = "The scenario, before the values of the sweep are set";
        html += &format!(
            "<p>Networks, images and figures of presets are those of point {} ({}); <code>appealsim report FOLDER --point N</code> \
             shows another point.</p>\n",
            results.entry().point,
            escaped(&manifest.setting_words(results.entry())),
        );
    }
    html += &format!("<details><summary>{title}</summary><pre>{}</pre></details>\n", escaped(&scenario));
    if !provenance.presets.is_empty() {
        html += "<details><summary>Figures of presets and their sources</summary>\n<div class=\"wide\"><table><thead><tr>\
                 <th>figure</th><th>value</th><th>mark</th><th class=\"left\">source</th></tr></thead>\n<tbody>\n";
        for figure in &provenance.presets {
            html += &format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"left\">{} ({})</td></tr>\n",
                escaped(&figure.name),
                escaped(&figure.value),
                escaped(&figure.mark),
                escaped(&figure.source),
                figure.year
            );
        }
        html += "</tbody></table></div></details>\n";
    }
    html + "</section>\n"
}

/// What of a result is real, and what is modelled.
fn doubts(results: &Results) -> String {
    let provenance = results.manifest.provenance(results.entry()).cloned().unwrap_or_default();
    let models = || [&provenance.little, &provenance.big].into_iter().chain(&provenance.others);
    let answers = match (models().any(|model| model.recorded), models().all(|model| model.recorded)) {
        (_, true) => "Answers and scores are those of the tables",
        (true, _) => "Answers and scores are real, or those of a table: networks ran on these images",
        _ => "Answers and scores are real: the networks ran on these images",
    };
    let measured = match models().any(|model| !model.measured_on.is_empty()) {
        true => ", but for what was measured",
        false => "",
    };
    format!(
        "<section><h2>How far to believe it</h2>\n<p>{answers}. Times and joules are modelled from the figures above\
         {measured}; replace those marked guess before you cite them. Relative order is more reliable than third \
         digits.</p></section>\n"
    )
}
