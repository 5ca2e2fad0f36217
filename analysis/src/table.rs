//! Columns by name, described once.

use std::io::Write;

use polars::error::PolarsResult;
use polars::prelude::{Column as Series, DataFrame, NamedFrom, Series as PlainSeries};
use polars_io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter};

/// Version of the tables' layout; grows when a column changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// Rows of a row group; what is in memory twice while a table is written.
const ROW_GROUP: usize = 1 << 18;

/// How a column is read off a row.
pub enum Values<R> {
    /// Text with few distinct values.
    Text(fn(&R) -> &str),
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

/// A column: its name with its unit, what it means, and how it is read off a row.
pub struct Column<R> {
    /// Name, ending in the unit where there is one.
    pub name: &'static str,
    /// What it means, in a sentence.
    pub about: &'static str,
    /// How it is read off a row.
    pub values: Values<R>,
}

/// A table: its name, what a row is, and its columns.
pub struct Table<R: 'static> {
    /// Name of the file or folder it lies in.
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Its columns, in order.
    pub columns: Vec<Column<R>>,
}

impl<R> Table<R> {
    /// The rows as a frame.
    ///
    /// # Errors
    /// If two columns have one name.
    pub fn frame(&self, rows: &[R]) -> PolarsResult<DataFrame> {
        let columns = self.columns.iter().map(|column| column.series(rows)).collect::<PolarsResult<Vec<_>>>()?;
        DataFrame::new(rows.len(), columns)
    }

    /// Writes the rows as Parquet: zstd, with the description of each column in the file's metadata. The bytes depend on
    /// the rows alone.
    ///
    /// # Errors
    /// If `to` does not take them.
    pub fn write(&self, rows: &[R], to: impl Write) -> PolarsResult<()> {
        let mut about: Vec<(String, String)> =
            self.columns.iter().map(|column| (format!("column.{}", column.name), column.about.to_owned())).collect();
        about.push(("schema-version".into(), SCHEMA_VERSION.to_string()));
        about.push(("table".into(), self.about.to_owned()));
        ParquetWriter::new(to)
            .with_compression(ParquetCompression::Zstd(None))
            .with_row_group_size(Some(ROW_GROUP))
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(about)))
            .set_parallel(false)
            .finish(&mut self.frame(rows)?)
            .map(drop)
    }

    /// A Markdown section that describes the table.
    pub fn document(&self) -> String {
        let mut text = format!("## {}\n\n{}\n\n| column | type | meaning |\n|---|---|---|\n", self.name, self.about);
        for Column { name, about, values } in &self.columns {
            text.push_str(&format!("| `{name}` | {} | {about} |\n", values.type_name()));
        }
        text
    }
}

impl<R> Values<R> {
    fn type_name(&self) -> &'static str {
        match self {
            Values::Text(_) => "text",
            Values::Flag(_) => "boolean",
            Values::MaybeFlag(_) => "boolean or null",
            Values::Count(_) => "int64",
            Values::MaybeCount(_) => "int64 or null",
            Values::Number(_) => "float64",
            Values::MaybeNumber(_) => "float64 or null",
        }
    }
}

impl<R> Column<R> {
    fn series(&self, rows: &[R]) -> PolarsResult<Series> {
        let name = self.name.into();
        // Readers differ in how well they take unsigned integers: counts are written signed.
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let series = match self.values {
            // Written with a dictionary, like every text column of this library: few distinct values cost little.
            Values::Text(read) => PlainSeries::new(name, rows.iter().map(read).collect::<Vec<&str>>()),
            Values::Flag(read) => PlainSeries::new(name, rows.iter().map(read).collect::<Vec<_>>()),
            Values::MaybeFlag(read) => PlainSeries::new(name, rows.iter().map(read).collect::<Vec<_>>()),
            Values::Count(read) => PlainSeries::new(name, rows.iter().map(|r| signed(read(r))).collect::<Vec<_>>()),
            Values::MaybeCount(read) => {
                PlainSeries::new(name, rows.iter().map(|r| read(r).map(signed)).collect::<Vec<_>>())
            }
            Values::Number(read) => PlainSeries::new(name, rows.iter().map(read).collect::<Vec<_>>()),
            Values::MaybeNumber(read) => PlainSeries::new(name, rows.iter().map(read).collect::<Vec<_>>()),
        };
        Ok(series.into())
    }
}
