use std::path::Path;

use analysis::{ForeignColumn, ForeignTable};
use inference::{Answer, Given, Score, Scores};

use super::Checked;
use crate::answers::RecordedAnswers;
use crate::problem::Problem;
use crate::schema::NamedNetwork;

/// A table of answers, column by column.
pub struct AnswerTable {
    /// What the model is called in results.
    pub name: String,
    /// The file's name.
    pub file: String,
    /// Number of rows.
    pub samples: usize,
    ids: Option<Vec<String>>,
    /// The right class of each sample, if a column says so.
    pub labels: Option<Vec<String>>,
    /// The class that was answered, if a column says so.
    pub classes: Option<Vec<String>>,
    /// Whether each is right, if a column says so.
    right: Option<Vec<bool>>,
    scores: Vec<(Score, Vec<f32>)>,
    efforts: Option<Vec<f64>>,
    bytes: Option<Vec<f64>>,
}

impl AnswerTable {
    /// Reads the table of a network that is one.
    ///
    /// # Errors
    /// If it cannot be read, does not say which answers are right, or has values that cannot be.
    pub fn read(named: &NamedNetwork, folder: &Path) -> Checked<Self> {
        let path = folder.join(&named.spec.network);
        let table = ForeignTable::open(&path).map_err(|e| Problem::new(&named.place, e.to_string()))?;
        let columns = AnswerColumns { named, table: &table };
        let right = columns.numbers("right", |value| [0.0, 1.0].contains(&value), "0 or 1, or true or false")?;
        let right: Option<Vec<bool>> = right.map(|right| right.iter().map(|right| *right == 1.0).collect());
        // Where one column was named to say what is right, others that happen to have the usual names say nothing.
        let by_right = columns.names("right") && !columns.names("class");
        let class_of = |column| if by_right { Ok(None) } else { columns.texts(column) };
        let (ids, labels, classes) = (columns.texts("id")?, class_of("label")?, class_of("class")?);
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let (Some(right), Some(labels), Some(classes)) = (&right, &labels, &classes)
            && let Some(row) = (0..right.len()).find(|row| right[*row] != (labels[*row] == classes[*row]))
        {
            let what = format!(
                "{file}: row {} has label '{}', class '{}' and {} under right, which does not fit",
                row + 1,
                labels[row],
                classes[row],
                u8::from(right[row])
            );
            let advice = "name the columns that are meant under `columns`";
            return Err(Problem::new(&named.place, what).or(advice));
        }
        let samples = match (&right, &labels, &classes) {
            (Some(right), ..) => right.len(),
            (None, Some(labels), Some(_)) => labels.len(),
            // Whoever knows the images knows their labels.
            (None, None, Some(classes)) => classes.len(),
            (None, _, None) => {
                let what = format!("{file} does not say which answers are right: it has {}", table.names().join(", "));
                let advice =
                    "give `right`, or `class` and `label`, and under `columns` what they are called in the table";
                return Err(Problem::new(&named.place, what).or(advice));
            }
        };
        let mut scores = Vec::new();
        for score in Score::all() {
            let values = columns.numbers(score.name(), |value| (0.0..=1.0).contains(&value), "from 0 to 1")?;
            scores.extend(values.map(|values| (score, values.iter().map(|value| *value as f32).collect())));
        }
        let efforts = columns.numbers("work", |value| value > 0.0 && value.is_finite(), "above 0")?.map(|work| {
            let mean = work.iter().sum::<f64>() / work.len() as f64;
            work.iter().map(|work| work / mean).collect()
        });
        let bytes = columns.numbers("bytes", |value| value >= 0.0 && value.is_finite(), "0 or above")?;
        // Models of one table are told apart by what the scenario calls them.
        let name = format!("{} of {file}", named.name);
        Ok(Self { name, file, samples, ids, labels, classes, right, scores, efforts, bytes })
    }

    /// Labels and classes, if there are both.
    pub fn by_class(&self) -> Option<(&[String], &[String])> {
        Some((self.labels.as_deref()?, self.classes.as_deref()?))
    }

    /// Whether each answer is right.
    pub fn rights(&self) -> impl Iterator<Item = bool> {
        let by_class = self.by_class();
        (0..self.samples).map(move |sample| match (&self.right, by_class) {
            (Some(right), _) => right[sample],
            (None, Some((labels, classes))) => labels[sample] == classes[sample],
            (None, None) => false,
        })
    }

    /// What it says, with these classes.
    pub fn recording(&self, classes: impl Iterator<Item = u8>) -> RecordedAnswers {
        let answer = |(sample, class): (usize, u8)| {
            let scores = self.scores.iter();
            let scores = scores.fold(Scores::default(), |all, (score, values)| all.with(*score, values[sample]));
            Answer { class, scores }
        };
        RecordedAnswers {
            name: self.name.clone(),
            answers: classes.enumerate().map(answer).collect(),
            given: self.scores.iter().fold(Given::default(), |given, (score, _)| given.with(*score)),
            efforts: self.efforts.clone(),
            bytes: self.bytes.clone(),
        }
    }

    /// Checks that it is about the same samples as the `first` table, and says which answers are right.
    ///
    /// # Errors
    /// If it is not; `place` is where it is named.
    pub fn check_beside(&self, first: &Self, place: &str) -> Checked<()> {
        let wrong = |what: String| Problem::new(place, format!("{}: {what}", self.file));
        if self.samples != first.samples {
            return Err(wrong(format!("it has {} rows, but {} has {}", self.samples, first.file, first.samples)));
        }
        for (column, ours, theirs) in [("id", &self.ids, &first.ids), ("label", &self.labels, &first.labels)] {
            let mut both = ours.iter().flatten().zip(theirs.iter().flatten()).enumerate();
            if let Some((row, (ours, theirs))) = both.find(|(_, (ours, theirs))| ours != theirs) {
                let what = format!("{column} '{ours}' in row {}, where {} has '{theirs}'", row + 1, first.file);
                return Err(wrong(what).or("rows must be of the same samples, in the same order"));
            }
        }
        Ok(())
    }

    /// Checks that it says by itself which answers are right, where no images tell.
    ///
    /// # Errors
    /// If it has classes and no labels; `place` is where it is named.
    pub fn check_alone(&self, place: &str) -> Checked<()> {
        if self.right.is_some() || self.by_class().is_some() {
            return Ok(());
        }
        let what = format!("{} has the classes answered, but not the right ones", self.file);
        Err(Problem::new(place, what).or("give a column `label`, or `right` in its place"))
    }
}

/// The columns of a table by what they are.
struct AnswerColumns<'a> {
    named: &'a NamedNetwork,
    table: &'a ForeignTable,
}

impl AnswerColumns<'_> {
    /// Whether the scenario says what a column is called.
    fn names(&self, column: &str) -> bool {
        self.named.spec.recorded.as_ref().is_some_and(|columns| columns.contains_key(column))
    }

    /// What a column is called in the table; none if it was not given and there is none of its own name.
    fn name(&self, column: &str) -> Checked<Option<String>> {
        let given = self.named.spec.recorded.as_ref().and_then(|columns| columns.get(column));
        let names = || self.table.names().iter().map(String::as_str);
        match given {
            Some(name) if names().any(|own| own == name) => Ok(Some(name.clone())),
            Some(name) => {
                let place = format!("{}.columns.{column}", self.named.place);
                Err(Problem::unknown(&place, &format!("column of {}", self.named.spec.network), name, names()))
            }
            None => {
                let score = Score::named(column).map(Score::column);
                Ok(names().find(|own| *own == column || Some(*own) == score).map(str::to_owned))
            }
        }
    }

    fn column(&self, column: &str) -> Checked<Option<(String, ForeignColumn)>> {
        let Some(name) = self.name(column)? else { return Ok(None) };
        let read = self.table.read(&name).map_err(|e| Problem::new(&self.named.place, e.to_string()))?;
        Ok(Some((name, read)))
    }

    fn wrong(&self, name: &str, what: &str) -> Problem {
        Problem::new(&self.named.place, format!("{}: column '{name}' {what}", self.named.spec.network))
    }

    fn texts(&self, column: &str) -> Checked<Option<Vec<String>>> {
        let read = self.column(column)?;
        read.map(|(name, values)| values.texts().map_err(|what| self.wrong(&name, &what))).transpose()
    }

    /// Numbers that are `allowed`: `range` says which are.
    fn numbers(&self, column: &str, allowed: impl Fn(f64) -> bool, range: &str) -> Checked<Option<Vec<f64>>> {
        let Some((name, values)) = self.column(column)? else { return Ok(None) };
        let numbers = values.numbers().map_err(|what| self.wrong(&name, &what))?;
        match numbers.iter().position(|value| !allowed(*value)) {
            None => Ok(Some(numbers)),
            Some(row) => {
                let what = format!("has {} in row {}, which is not {range}", numbers[row], row + 1);
                Err(self.wrong(&name, &what))
            }
        }
    }
}
