//! Answers of models that ran elsewhere, from tables with a row for each sample.

mod table;

use std::collections::BTreeSet;
use std::path::Path;

use inference::Dataset;

use super::Checked;
use crate::answers::RecordedAnswers;
use crate::problem::Problem;
use crate::schema::NamedNetwork;
use table::AnswerTable;

/// Most classes that can be told apart.
const MOST_CLASSES: usize = 255;

/// What is known of each sample where nothing but answers was recorded, and what each model answered.
///
/// # Errors
/// If a table is not what it should be, or does not fit the others.
pub fn without_images(named: &[NamedNetwork], folder: &Path) -> Checked<(Dataset, Vec<RecordedAnswers>)> {
    let tables: Vec<AnswerTable> =
        named.iter().map(|named| AnswerTable::read(named, folder)).collect::<Checked<_>>()?;
    for (named, table) in named.iter().zip(&tables) {
        table.check_alone(&named.place)?;
        table.check_beside(&tables[0], &named.place)?;
    }
    let wrong = |what: String| Problem::new(&named[0].place, what);
    let samples = tables[0].samples;
    if samples < 2 {
        let what = "one sample is too few: half of them calibrate thresholds, the other half give the results";
        return Err(wrong(what.to_owned()));
    }
    let data = |labels, classes| Dataset::of_labels(&tables[0].name, labels, classes).map_err(|e| wrong(e.to_string()));
    let by_class: Option<Vec<(&[String], &[String])>> = tables.iter().map(AnswerTable::by_class).collect();
    let Some(by_class) = by_class else {
        // Where one table tells right from wrong and no more, the others are read so, too.
        let class = |(sample, right): (usize, bool)| if right { stand_in(sample) } else { 1 - stand_in(sample) };
        let recordings = tables.iter().map(|table| table.recording(table.rights().enumerate().map(class)));
        return Ok((data((0..samples).map(stand_in).collect(), 2)?.with_stand_ins(), recordings.collect()));
    };
    let names: BTreeSet<&String> =
        by_class.iter().flat_map(|(labels, classes)| labels.iter().chain(*classes)).collect();
    // Numbers stay what they are; names are numbered in their order.
    let numbers: Option<Vec<u8>> = names.iter().map(|name| name.parse().ok()).collect();
    let classes = match &numbers {
        Some(numbers) => numbers.iter().max().map_or(0, |most| usize::from(*most) + 1),
        None => names.len(),
    };
    if classes > MOST_CLASSES {
        let what = format!("{classes} classes were answered; at most {MOST_CLASSES} can be told apart");
        return Err(wrong(what).or("give a column `right` in place of `label` and `class`"));
    }
    let number = |name: &String| match &numbers {
        Some(_) => name.parse().unwrap_or_default(),
        None => names.iter().position(|known| *known == name).unwrap_or_default() as u8,
    };
    let labels = by_class[0].0.iter().map(number).collect();
    let recordings = tables.iter().zip(&by_class);
    let recordings = recordings.map(|(table, (_, classes))| table.recording(classes.iter().map(number)));
    Ok((data(labels, classes)?, recordings.collect()))
}

/// What a model answered to the images of `data`, in their order.
///
/// # Errors
/// If the table is not what it should be, or is not of these images.
pub fn of_images(named: &NamedNetwork, folder: &Path, data: &Dataset) -> Checked<RecordedAnswers> {
    let table = AnswerTable::read(named, folder)?;
    let wrong = |what: String| Problem::new(&named.place, format!("{}: {what}", table.file));
    if table.samples != data.len() {
        let what = format!("it has {} rows, but '{}' has {} images", table.samples, data.name, data.len());
        return Err(wrong(what));
    }
    let Some(classes) = &table.classes else {
        return Err(wrong("answers to images need a column `class`".to_owned()));
    };
    let number = |(row, class): (usize, &String)| {
        let number = class.parse::<u8>().ok().filter(|class| usize::from(*class) < data.classes());
        number
            .ok_or_else(|| wrong(format!("class '{class}' in row {} is none of 0 to {}", row + 1, data.classes() - 1)))
    };
    let classes: Vec<u8> = classes.iter().enumerate().map(number).collect::<Checked<_>>()?;
    let mut labels = table.labels.iter().flatten().enumerate();
    if let Some((row, label)) = labels.find(|(row, label)| **label != data.label(*row).to_string()) {
        return Err(wrong(format!("label {label} in row {}, but that image is of class {}", row + 1, data.label(row))));
    }
    Ok(table.recording(classes.into_iter()))
}

/// The class of a sample of which only right and wrong is known: one of two that say nothing about it, as often in either
/// half. If it were always the same, a wrong answer could be told by its class.
fn stand_in(sample: usize) -> u8 {
    (sample / 2 % 2) as u8
}
