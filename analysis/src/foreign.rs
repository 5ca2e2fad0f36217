//! Tables that other programs wrote: CSV with a line of names, or Parquet.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use polars::error::PolarsResult;
use polars::prelude::{ArrowDataType, DataType, Series};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::read::TableError;

/// A table of another program, of which columns can be read.
#[derive(Debug)]
pub struct ForeignTable {
    path: PathBuf,
    names: Vec<String>,
    /// The cells of a CSV file, row by row; those of a Parquet file are read when they are asked for.
    cells: Option<Vec<Vec<String>>>,
}

/// The values of a column, row by row; none where there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum ForeignColumn {
    /// Numbers; yes is 1 and no is 0.
    Numbers(Vec<Option<f64>>),
    /// Whole numbers, which need not fit into a float.
    Whole(Vec<Option<i64>>),
    /// Anything else: what a CSV file says, whatever that is.
    Texts(Vec<Option<String>>),
}

impl ForeignTable {
    /// Opens a table. Parquet is recognised by its first bytes, whatever the file's name; anything else is read as CSV.
    ///
    /// # Errors
    /// If there is no such file, a row is longer or shorter than the line of names, or two columns have one name.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let failed = |why: String| TableError::new(path, why);
        let file = File::open(path).map_err(|e| failed(e.to_string()))?;
        let table = if is_parquet(path) {
            let schema = ParquetReader::new(file).schema().map_err(|e| failed(e.to_string()))?;
            let names = schema.iter_names().map(|name| name.to_string()).collect();
            Self { path: path.to_owned(), names, cells: None }
        } else {
            let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path);
            let reader = reader.as_mut().map_err(|e| failed(e.to_string()))?;
            let names = reader.headers().map_err(|e| failed(e.to_string()))?;
            // What editors put before the first name is not part of it.
            let names = names.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
            let rows = reader.records().map(|row| row.map(|row| row.iter().map(str::to_owned).collect()));
            let cells = rows.collect::<Result<_, _>>().map_err(|e| failed(e.to_string()))?;
            Self { path: path.to_owned(), names, cells: Some(cells) }
        };
        if table.names.is_empty() {
            return Err(failed("it is empty".to_owned()));
        }
        if let [only] = &table.names[..]
            && let Some(separator) = [';', '\t'].into_iter().find(|separator| only.contains(*separator))
        {
            let what = format!("its columns are separated by {separator:?}: only commas are read");
            return Err(failed(what));
        }
        if table.names.iter().all(|name| name.parse::<f64>().is_ok()) {
            return Err(failed("its first line holds numbers, where the names of the columns are expected".to_owned()));
        }
        let twice = table.names.iter().enumerate().find(|(at, name)| table.names[..*at].contains(name));
        match twice {
            Some((_, name)) => Err(failed(format!("two of its columns are called '{name}'"))),
            None => Ok(table),
        }
    }

    /// What its columns are called.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A column.
    ///
    /// # Errors
    /// If there is none of that name, or it holds neither numbers, yes and no, nor texts.
    pub fn read(&self, name: &str) -> Result<ForeignColumn, TableError> {
        let failed = |why: String| TableError::new(&self.path, why);
        let Some(place) = self.names.iter().position(|own| own == name) else {
            return Err(failed(format!("it has no column '{name}', only {}", self.names.join(", "))));
        };
        if let Some(cells) = &self.cells {
            let cell = |row: &Vec<String>| Some(row[place].clone()).filter(|cell| !cell.is_empty());
            return Ok(ForeignColumn::Texts(cells.iter().map(cell).collect()));
        }
        let wrong = |what: String| failed(format!("column '{name}' {what}"));
        let open = || File::open(&self.path).map_err(|e| failed(e.to_string()));
        let schema = ParquetReader::new(open()?).schema().map_err(|e| failed(e.to_string()))?;
        // Whatever else there is would not be refused but panicked at.
        let stored = schema.get(name).map(|field| field.dtype.clone());
        if let Some(stored) = stored.filter(|stored| !is_read(stored)) {
            return Err(wrong(format!("holds {stored:?}: write int32, int64, float32, float64, booleans or texts")));
        }
        let reader = ParquetReader::new(open()?).with_columns(Some(vec![name.to_owned()]));
        let frame = reader.finish().map_err(|e| failed(e.to_string()))?;
        let column = frame.column(name).map_err(|e| failed(e.to_string()))?;
        of_series(column.as_materialized_series()).map_err(|e| wrong(e.to_string()))
    }
}

/// Parquet is recognised by its first bytes, whatever the file's name.
pub fn is_parquet(path: &Path) -> bool {
    let mut begins = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut begins)).is_ok() && &begins == b"PAR1"
}

/// Types of columns that are read.
fn is_read(stored: &ArrowDataType) -> bool {
    use ArrowDataType as Type;
    matches!(
        stored,
        Type::Boolean
            | Type::Int32
            | Type::UInt32
            | Type::Int64
            | Type::UInt64
            | Type::Float32
            | Type::Float64
            | Type::Utf8
            | Type::LargeUtf8
            | Type::Utf8View
    )
}

fn of_series(series: &Series) -> PolarsResult<ForeignColumn> {
    Ok(match series.dtype() {
        DataType::String => ForeignColumn::Texts(series.str()?.iter().map(|text| text.map(str::to_owned)).collect()),
        DataType::Int32 | DataType::UInt32 | DataType::Int64 => {
            ForeignColumn::Whole(series.cast(&DataType::Int64)?.i64()?.iter().collect())
        }
        _ => ForeignColumn::Numbers(series.cast(&DataType::Float64)?.f64()?.iter().collect()),
    })
}

impl ForeignColumn {
    /// The same values of some rows alone.
    #[must_use]
    pub fn only(&self, rows: &[usize]) -> Self {
        fn of<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|row| values[*row].clone()).collect()
        }
        match self {
            Self::Numbers(numbers) => Self::Numbers(of(numbers, rows)),
            Self::Whole(numbers) => Self::Whole(of(numbers, rows)),
            Self::Texts(texts) => Self::Texts(of(texts, rows)),
        }
    }

    /// The values as numbers, those of texts included that are numbers, `true` and `false`, or `yes` and `no`.
    ///
    /// # Errors
    /// In words, for the first row without a number; rows are counted from 1.
    pub fn numbers(&self) -> Result<Vec<f64>, String> {
        let each = |row: usize, text: &Option<String>| {
            let text = text.as_deref().ok_or_else(|| missing(row))?;
            number(text).ok_or_else(|| format!("has '{text}' in row {}, which is no number", row + 1))
        };
        match self {
            Self::Numbers(numbers) => present(numbers),
            Self::Whole(numbers) => Ok(present(numbers)?.into_iter().map(|number| number as f64).collect()),
            Self::Texts(texts) => texts.iter().enumerate().map(|(row, text)| each(row, text)).collect(),
        }
    }

    /// The values as texts, a number written in one way whatever column and file it is in: `1` for 1.0 and 01.
    ///
    /// # Errors
    /// In words, for the first row without a value; rows are counted from 1.
    pub fn texts(&self) -> Result<Vec<String>, String> {
        let written = |text: String| match text.parse::<f64>() {
            Ok(number) if number.abs() < EXACT => number.to_string(),
            _ => text,
        };
        match self {
            Self::Numbers(numbers) => Ok(present(numbers)?.iter().map(f64::to_string).collect()),
            Self::Whole(numbers) => Ok(present(numbers)?.iter().map(i64::to_string).collect()),
            Self::Texts(texts) => Ok(present(texts)?.into_iter().map(written).collect()),
        }
    }
}

/// Whole numbers below this are the same as floats.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn number(text: &str) -> Option<f64> {
    match text {
        "true" | "True" | "TRUE" | "yes" => Some(1.0),
        "false" | "False" | "FALSE" | "no" => Some(0.0),
        text => text.parse().ok(),
    }
}

fn present<T: Clone>(values: &[Option<T>]) -> Result<Vec<T>, String> {
    values.iter().enumerate().map(|(row, value)| value.clone().ok_or_else(|| missing(row))).collect()
}

fn missing(row: usize) -> String {
    format!("has nothing in row {}", row + 1)
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, DataFrame};
    use polars_io::parquet::write::ParquetWriter;

    use super::*;

    fn csv(text: &str) -> Result<ForeignTable, TableError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        ForeignTable::open(file.path())
    }

    #[test]
    fn a_csv_file_has_numbers_yes_and_no_and_texts() {
        let table = csv("\u{feff}id, right ,q,class\n1,true,0.5,cat\n2,False,,\"a, b\"\n3,TRUE,1e-3,3\n").unwrap();
        assert_eq!(table.names(), ["id", "right", "q", "class"]);
        assert_eq!(table.read("right").unwrap().numbers().unwrap(), [1.0, 0.0, 1.0]);
        assert_eq!(table.read("class").unwrap().texts().unwrap(), ["cat", "a, b", "3"]);
        assert_eq!(table.read("id").unwrap().texts().unwrap(), ["1", "2", "3"]);
        assert_eq!(table.read("right").unwrap().only(&[1]).texts().unwrap(), ["False"]);
        assert_eq!(table.read("q").unwrap().numbers().unwrap_err(), "has nothing in row 2");
        assert_eq!(table.read("class").unwrap().numbers().unwrap_err(), "has 'cat' in row 1, which is no number");
        let missing = table.read("Q").unwrap_err().to_string();
        assert!(missing.ends_with("it has no column 'Q', only id, right, q, class"), "{missing}");
    }

    /// One way of writing a number in all columns, cell by cell, so that equal classes are equal; what floats cannot tell
    /// apart stays as it is written.
    #[test]
    fn equal_values_have_equal_texts() {
        let table = csv("label,class,id\n1,1.0,9007199254740993\n02,none,9007199254740992\n1e0,1,a\n").unwrap();
        let texts = |name: &str| table.read(name).unwrap().texts().unwrap();
        assert_eq!(
            (texts("label"), texts("class")),
            (vec!["1".into(), "2".into(), "1".into()], vec!["1".into(), "none".into(), "1".into()])
        );
        assert_eq!(texts("id"), ["9007199254740993", "9007199254740992", "a"]);
    }

    #[test]
    fn a_table_that_is_none_is_refused() {
        let told = |text: &str| csv(text).unwrap_err().to_string();
        assert!(told("a,b\n1,2\n3\n").contains("found record with 1 fields"), "{}", told("a,b\n1,2\n3\n"));
        assert!(told("a,a\n1,2\n").ends_with("two of its columns are called 'a'"));
        assert!(ForeignTable::open(Path::new("/nowhere.csv")).is_err());
        assert!(told("").ends_with("it is empty"));
        assert!(told("1,2\n3,4\n").ends_with("where the names of the columns are expected"));
        assert!(told("a;b\n1;2\n").ends_with("separated by ';': only commas are read"));
    }

    /// The same columns, of whatever type another program gave them.
    #[test]
    fn a_parquet_file_has_them_in_many_types() {
        let columns = vec![
            Column::new("id".into(), [1i32, 2]),
            Column::new("right".into(), [true, false]),
            Column::new("q".into(), [Some(0.5f32), None]),
            Column::new("tokens".into(), [7u64, 9]),
            Column::new("class".into(), ["cat", "dog"]),
        ];
        let mut frame = DataFrame::new(2, columns).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        ParquetWriter::new(File::create(file.path()).unwrap()).finish(&mut frame).unwrap();
        let table = ForeignTable::open(file.path()).unwrap();
        assert_eq!(table.names(), ["id", "right", "q", "tokens", "class"]);
        assert_eq!(table.read("id").unwrap().texts().unwrap(), ["1", "2"]);
        assert_eq!(table.read("right").unwrap().numbers().unwrap(), [1.0, 0.0]);
        assert_eq!(table.read("tokens").unwrap().numbers().unwrap(), [7.0, 9.0]);
        assert_eq!(table.read("class").unwrap().texts().unwrap(), ["cat", "dog"]);
        assert_eq!(table.read("q").unwrap().numbers().unwrap_err(), "has nothing in row 2");
    }
}
