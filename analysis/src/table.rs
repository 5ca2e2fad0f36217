//! Tables of named columns, each described once.

use std::borrow::Cow;
use std::io::Write;

use polars::error::PolarsResult;
use polars::prelude::{
    BooleanChunked, Column as Series, DataFrame, Float64Chunked, Int64Chunked, IntoColumn, NewChunkedArray, Scalar,
    StringChunked,
};
use polars_io::parquet::write::{BatchedWriter, KeyValueMetadata, ParquetCompression, ParquetWriter};

/// Version of the tables' layout; increases when a column changes its meaning or is removed.
pub const SCHEMA_VERSION: u32 = 11;

/// How a column is read from a row.
pub enum Values<R> {
    /// Text with few distinct values.
    Text(fn(&R) -> &str),
    /// Such text, or none.
    MaybeText(fn(&R) -> Option<&str>),
    /// One of several texts of a row, by index.
    TextAt(usize, fn(&R, usize) -> &str),
    /// One of several measurements of a row, or none.
    MaybeNumberAt(usize, fn(&R, usize) -> Option<f64>),
    /// Yes or no.
    Flag(fn(&R) -> bool),
    /// Yes, no, or not applicable.
    MaybeFlag(fn(&R) -> Option<bool>),
    /// A count, an index, a stamp.
    Count(fn(&R) -> u64),
    /// Such a number, or none.
    MaybeCount(fn(&R) -> Option<u64>),
    /// A measurement.
    Number(fn(&R) -> f64),
    /// A measurement, or none.
    MaybeNumber(fn(&R) -> Option<f64>),
}

/// A column: its name with its unit, what it means, and how it is read from a row.
pub struct Column<R> {
    /// Name, ending in the unit where there is one.
    pub name: Cow<'static, str>,
    /// What it means, in a sentence.
    pub about: &'static str,
    /// How it is read from a row.
    pub values: Values<R>,
}

/// A column with a single value in the whole file, which identifies the run of its rows.
pub struct KeyColumn {
    /// Name.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub about: &'static str,
    /// Its value in this file.
    pub value: KeyValue,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// Text.
    Text(String),
    /// A number.
    Count(u64),
}

/// A table: its name, what a row is, and its columns.
pub struct Table<R: 'static> {
    /// Name of its file or folder.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Columns with a single value in the whole file; they come first.
    pub keys: Vec<KeyColumn>,
    /// The other columns, in order.
    pub columns: Vec<Column<R>>,
}

/// A table being written into a file, one group of rows at a time.
pub struct TableWriter<R: 'static, W: Write> {
    table: Table<R>,
    writer: BatchedWriter<W>,
}

impl<R> Table<R> {
    /// The rows as a data frame.
    ///
    /// # Errors
    /// If two columns have the same name.
    pub fn frame(&self, rows: &[R]) -> PolarsResult<DataFrame> {
        let keys = self.keys.iter().map(|key| key.series(rows.len()));
        let columns: Vec<Series> = keys.chain(self.columns.iter().map(|column| column.series(rows))).collect();
        DataFrame::new(rows.len(), columns)
    }

    /// Begins a file: Parquet with zstd, with the description of each column in its metadata. The bytes depend only on
    /// the rows and on how they are grouped.
    ///
    /// # Errors
    /// If writing to `to` fails.
    pub fn begin<W: Write>(self, to: W) -> PolarsResult<TableWriter<R, W>> {
        let mut about: Vec<(String, String)> =
            self.described().map(|(name, about, _)| (format!("column.{name}"), about.to_owned())).collect();
        about.push(("schema-version".into(), SCHEMA_VERSION.to_string()));
        about.push(("table".into(), self.about.to_owned()));
        let schema = self.frame(&[])?.schema().clone();
        let writer = ParquetWriter::new(to)
            .with_compression(ParquetCompression::Zstd(None))
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(about)))
            .set_parallel(false)
            .batched(&schema)?;
        Ok(TableWriter { table: self, writer })
    }

    /// Writes all rows at once.
    ///
    /// # Errors
    /// If writing to `to` fails.
    pub fn write(self, rows: &[R], to: impl Write) -> PolarsResult<()> {
        let mut writer = self.begin(to)?;
        writer.rows(rows)?;
        writer.finish()
    }

    /// Name, meaning and type of each column.
    fn described(&self) -> impl Iterator<Item = (&str, &'static str, &'static str)> {
        let keys = self.keys.iter().map(|key| (key.name, key.about, key.value.type_name()));
        keys.chain(self.columns.iter().map(|column| (&*column.name, column.about, column.values.type_name())))
    }

    /// A Markdown section that describes the table.
    pub fn document(&self) -> String {
        let mut text = format!("## {}\n\n{}\n\n| column | type | meaning |\n|---|---|---|\n", self.name, self.about);
        for (name, about, kind) in self.described() {
            text.push_str(&format!("| `{name}` | {kind} | {about} |\n"));
        }
        text
    }
}

impl<R, W: Write> TableWriter<R, W> {
    /// Writes rows as a group of their own; a reader loads one group at a time.
    ///
    /// # Errors
    /// If writing fails.
    pub fn rows(&mut self, rows: &[R]) -> PolarsResult<()> {
        if rows.is_empty() { Ok(()) } else { self.writer.write_batch(&self.table.frame(rows)?) }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(self) -> PolarsResult<()> {
        self.writer.finish().map(drop)
    }
}

impl KeyValue {
    fn type_name(&self) -> &'static str {
        match self {
            KeyValue::Text(_) => "text",
            KeyValue::Count(_) => "int64",
        }
    }
}

impl KeyColumn {
    fn series(&self, rows: usize) -> Series {
        let scalar = match &self.value {
            KeyValue::Text(text) => Scalar::from(polars::prelude::PlSmallStr::from_str(text)),
            KeyValue::Count(count) => Scalar::from(signed(*count)),
        };
        Series::new_scalar(self.name.into(), scalar, rows)
    }
}

impl<R> Values<R> {
    fn type_name(&self) -> &'static str {
        match self {
            Values::Text(_) | Values::TextAt(..) => "text",
            Values::MaybeText(_) => "text or null",
            Values::Flag(_) => "boolean",
            Values::MaybeFlag(_) => "boolean or null",
            Values::Count(_) => "int64",
            Values::MaybeCount(_) => "int64 or null",
            Values::Number(_) => "float64",
            Values::MaybeNumber(_) | Values::MaybeNumberAt(..) => "float64 or null",
        }
    }
}

/// Readers differ in how well they support unsigned integers, so counts are written as signed.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl<R> Column<R> {
    /// Made from iterators, which this package optimises as its own code; polars' own loops are built for a quick build.
    fn series(&self, rows: &[R]) -> Series {
        let name = (&*self.name).into();
        let rows = rows.iter();
        match self.values {
            // Written with a dictionary, as polars writes every text column, so few distinct values cost little.
            Values::Text(read) => StringChunked::from_iter_values(name, rows.map(read)).into_column(),
            Values::MaybeText(read) => StringChunked::from_iter_options(name, rows.map(read)).into_column(),
            Values::TextAt(at, read) => StringChunked::from_iter_values(name, rows.map(|r| read(r, at))).into_column(),
            Values::MaybeNumberAt(at, read) => {
                Float64Chunked::from_iter_options(name, rows.map(|r| read(r, at))).into_column()
            }
            Values::Flag(read) => BooleanChunked::from_iter_values(name, rows.map(read)).into_column(),
            Values::MaybeFlag(read) => BooleanChunked::from_iter_options(name, rows.map(read)).into_column(),
            Values::Count(read) => Int64Chunked::from_iter_values(name, rows.map(|r| signed(read(r)))).into_column(),
            Values::MaybeCount(read) => {
                Int64Chunked::from_iter_options(name, rows.map(|r| read(r).map(signed))).into_column()
            }
            Values::Number(read) => Float64Chunked::from_iter_values(name, rows.map(read)).into_column(),
            Values::MaybeNumber(read) => Float64Chunked::from_iter_options(name, rows.map(read)).into_column(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_table;

    /// A table of numbers: the number itself, whether it is even, and its half if it is.
    fn numbers() -> Table<u64> {
        let column = |name: &'static str, values| Column { name: name.into(), about: "About it.", values };
        Table {
            name: "numbers",
            about: "One row per number.",
            keys: vec![
                KeyColumn { name: "run", about: "Which run.", value: KeyValue::Text("first".into()) },
                KeyColumn { name: "replication", about: "Which one.", value: KeyValue::Count(3) },
            ],
            columns: vec![
                column("number", Values::Count(|n| *n)),
                column("even", Values::Flag(|n| n % 2 == 0)),
                column("half", Values::MaybeNumber(|n| (n % 2 == 0).then_some(*n as f64 / 2.0))),
            ],
        }
    }

    /// Groups of rows are one table; an empty group is none, and a count beyond what a reader can hold is the largest
    /// that it can.
    #[test]
    fn rows_come_back_as_they_were_written() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("numbers.parquet");
        let mut writer = numbers().begin(std::fs::File::create(&path).unwrap()).unwrap();
        writer.rows(&[1, 2]).unwrap();
        writer.rows(&[]).unwrap();
        writer.rows(&[6, u64::MAX]).unwrap();
        writer.finish().unwrap();
        let frame = read_table(&path, None).unwrap();
        assert_eq!(frame.names(), ["run", "replication", "number", "even", "half"]);
        assert_eq!((frame.len(), frame.is_empty()), (4, false));
        assert!(
            (0..4).all(|row| frame.text(row, "run").unwrap() == "first" && frame.count(row, "replication") == Some(3))
        );
        let counts = [0, 1, 2, 3].map(|row| frame.count(row, "number").unwrap());
        assert_eq!(counts, [1, 2, 6, i64::MAX as u64]);
        assert_eq!([0, 1, 2, 3].map(|row| frame.flag(row, "even").unwrap()), [false, true, true, false]);
        assert_eq!([0, 1, 2, 3].map(|row| frame.number(row, "half")), [None, Some(1.0), Some(3.0), None]);
        // A part of the rows, and what is not there or of another type.
        let part = read_table(&path, Some((2, 1))).unwrap();
        assert_eq!((part.len(), part.number(0, "number")), (1, Some(6.0)));
        assert!(read_table(&path, Some((9, 1))).unwrap().is_empty());
        assert_eq!((frame.number(0, "none"), frame.count(0, "even"), frame.flag(0, "number")), (None, None, None));
        assert_eq!((frame.text(0, "number"), frame.number(0, "run"), frame.count(9, "number")), (None, None, None));
        assert_eq!(frame.row(1), [serde_json::json!("first"), 3.into(), 2.into(), true.into(), serde_json::json!(1.0)]);
        let why = read_table(&home.path().join("none.parquet"), None).err().unwrap().to_string();
        assert!(why.starts_with("cannot read ") && why.contains("none.parquet: "), "{why}");
    }

    #[test]
    fn a_table_is_described_column_by_column() {
        let expected = "## numbers

One row per number.

| column | type | meaning |
|---|---|---|
| `run` | text | Which run. |
| `replication` | int64 | Which one. |
| `number` | int64 | About it. |
| `even` | boolean | About it. |
| `half` | float64 or null | About it. |
";
        assert_eq!(numbers().document(), expected);
    }

    #[test]
    fn two_columns_cannot_have_the_same_name() {
        let mut table = numbers();
        table.columns[1].name = "number".into();
        assert!(table.frame(&[1]).is_err());
    }
}
