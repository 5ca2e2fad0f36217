//! Tables that other programs wrote: CSV with a line of names, or Parquet.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use polars::prelude::{DataType, Series};
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
    /// Anything else.
    Texts(Vec<Option<String>>),
}

impl ForeignTable {
    /// Opens a table. Parquet is recognised by its first bytes, whatever the file's name; anything else is read as CSV.
    ///
    /// # Errors
    /// If there is no such file, a row is longer or shorter than the line of names, or two columns have one name.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let failed = |why: String| TableError::new(path, why);
        let mut begins = [0; 4];
        let mut file = File::open(path).map_err(|e| failed(e.to_string()))?;
        let table = if file.read_exact(&mut begins).is_ok() && &begins == b"PAR1" {
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
            return Ok(of_texts(cells.iter().map(|row| row[place].as_str())));
        }
        let file = File::open(&self.path).map_err(|e| failed(e.to_string()))?;
        let reader = ParquetReader::new(file).with_columns(Some(vec![name.to_owned()]));
        let frame = reader.finish().map_err(|e| failed(e.to_string()))?;
        let column = frame.column(name).map_err(|e| failed(e.to_string()))?;
        of_series(column.as_materialized_series()).map_err(|why| failed(format!("column '{name}' {why}")))
    }
}

/// Numbers if all that is there are numbers, or yes and no.
fn of_texts<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> ForeignColumn {
    let number = |cell: &str| match cell {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        cell => cell.parse::<f64>().ok(),
    };
    let numbers: Option<Vec<Option<f64>>> = cells
        .clone()
        .map(|cell| match cell {
            "" => Some(None),
            cell => number(cell).map(Some),
        })
        .collect();
    let text = |cell: &str| (!cell.is_empty()).then(|| cell.to_owned());
    numbers.map_or_else(|| ForeignColumn::Texts(cells.map(text).collect()), ForeignColumn::Numbers)
}

fn of_series(series: &Series) -> Result<ForeignColumn, String> {
    let wrong = |e: polars::error::PolarsError| e.to_string();
    match series.dtype() {
        DataType::String => {
            let texts = series.str().map_err(wrong)?;
            Ok(ForeignColumn::Texts(texts.iter().map(|text| text.map(str::to_owned)).collect()))
        }
        DataType::Boolean
        | DataType::Int32
        | DataType::UInt32
        | DataType::Int64
        | DataType::UInt64
        | DataType::Float32
        | DataType::Float64 => {
            let numbers = series.cast(&DataType::Float64).map_err(wrong)?;
            Ok(ForeignColumn::Numbers(numbers.f64().map_err(wrong)?.iter().collect()))
        }
        other => Err(format!("holds {other}: write numbers, texts, or yes and no instead")),
    }
}

impl ForeignColumn {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Texts(texts) => texts.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values as numbers.
    ///
    /// # Errors
    /// In words, for the first row without a number; rows are counted from 1.
    pub fn numbers(&self) -> Result<Vec<f64>, String> {
        match self {
            Self::Numbers(numbers) => {
                let missing = |row: usize| format!("has nothing in row {}", row + 1);
                let number = |(row, number): (usize, &Option<f64>)| number.ok_or_else(|| missing(row));
                numbers.iter().enumerate().map(number).collect()
            }
            Self::Texts(texts) => {
                let is_text = |text: &Option<String>| text.as_ref().is_none_or(|text| text.parse::<f64>().is_err());
                let row = texts.iter().position(is_text).unwrap_or(0);
                let text = texts.get(row).cloned().flatten();
                Err(format!("has {} in row {}, which is no number", quoted(text.as_deref()), row + 1))
            }
        }
    }

    /// The values as texts: a whole number without a point.
    ///
    /// # Errors
    /// In words, for the first row without a value; rows are counted from 1.
    pub fn texts(&self) -> Result<Vec<String>, String> {
        let missing = |row: usize| format!("has nothing in row {}", row + 1);
        match self {
            Self::Numbers(_) => Ok(self.numbers()?.iter().map(f64::to_string).collect()),
            Self::Texts(texts) => {
                let text = |(row, text): (usize, &Option<String>)| text.clone().ok_or_else(|| missing(row));
                texts.iter().enumerate().map(text).collect()
            }
        }
    }
}

fn quoted(text: Option<&str>) -> String {
    text.map_or("nothing".to_owned(), |text| format!("'{text}'"))
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
        assert_eq!(table.read("q").unwrap().numbers().unwrap_err(), "has nothing in row 2");
        assert_eq!(table.read("class").unwrap().numbers().unwrap_err(), "has 'cat' in row 1, which is no number");
        let missing = table.read("Q").unwrap_err().to_string();
        assert!(missing.ends_with("it has no column 'Q', only id, right, q, class"), "{missing}");
    }

    #[test]
    fn a_table_that_is_none_is_refused() {
        let told = |text: &str| csv(text).unwrap_err().to_string();
        assert!(told("a,b\n1,2\n3\n").contains("found record with 1 fields"), "{}", told("a,b\n1,2\n3\n"));
        assert!(told("a,a\n1,2\n").ends_with("two of its columns are called 'a'"));
        assert!(ForeignTable::open(Path::new("/nowhere.csv")).is_err());
        assert!(csv("").unwrap().names().is_empty());
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
