//! Tables read back from a result.

use std::fs::File;
use std::path::Path;

use polars::prelude::{AnyValue, DataFrame};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

/// Why a table cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {why}")]
pub struct TableError {
    path: String,
    why: String,
}

impl TableError {
    pub(crate) fn new(path: &Path, why: String) -> Self {
        Self { path: path.display().to_string(), why }
    }
}

/// Rows of a table in memory.
pub struct Frame(DataFrame);

/// Reads a table; with `rows`, only those rows, given by the first and their number.
///
/// # Errors
/// If there is no such file, or it is not Parquet.
pub fn read_table(path: &Path, rows: Option<(usize, usize)>) -> Result<Frame, TableError> {
    let failed = |why: String| TableError::new(path, why);
    let file = File::open(path).map_err(|e| failed(e.to_string()))?;
    let frame = ParquetReader::new(file).with_slice(rows).finish().map_err(|e| failed(e.to_string()))?;
    Ok(Frame(frame))
}

impl Frame {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.0.height()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.0.get_column_names().iter().map(|name| name.to_string()).collect()
    }

    /// A number; none if it is null, not a number, or missing.
    pub fn number(&self, row: usize, column: &str) -> Option<f64> {
        match self.get(row, column)? {
            AnyValue::Float64(value) => Some(value),
            AnyValue::Int64(value) => Some(value as f64),
            _ => None,
        }
    }

    /// A count or a stamp; none if it is null, neither, or missing.
    pub fn count(&self, row: usize, column: &str) -> Option<u64> {
        match self.get(row, column)? {
            AnyValue::Int64(value) => u64::try_from(value).ok(),
            _ => None,
        }
    }

    /// Yes or no; none if it is null, neither, or missing.
    pub fn flag(&self, row: usize, column: &str) -> Option<bool> {
        match self.get(row, column)? {
            AnyValue::Boolean(value) => Some(value),
            _ => None,
        }
    }

    /// A text; none if it is null, not text, or missing.
    pub fn text(&self, row: usize, column: &str) -> Option<String> {
        let value = self.get(row, column)?;
        value.get_str().map(str::to_owned)
    }

    /// A row's values, in the order of the columns.
    pub fn row(&self, row: usize) -> Vec<serde_json::Value> {
        let value = |value: AnyValue| match value {
            AnyValue::Float64(value) => serde_json::json!(value),
            AnyValue::Int64(value) => serde_json::json!(value),
            AnyValue::Boolean(value) => serde_json::json!(value),
            value => value.get_str().map_or(serde_json::Value::Null, |text| serde_json::json!(text)),
        };
        self.0.columns().iter().map(|column| column.get(row).map_or(serde_json::Value::Null, value)).collect()
    }

    fn get(&self, row: usize, column: &str) -> Option<AnyValue<'_>> {
        self.0.column(column).ok()?.get(row).ok()
    }
}
