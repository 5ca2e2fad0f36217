//! Reads a column of stamps from any Parquet file, whatever its numeric or temporal type.
//!
//! This program's own tables have four types of columns, and `read.rs` knows no others. Other programs write stamps in
//! two dozen types. They are all stored as one of a few physical types, so a column is read as that, and the meaning of
//! its values is taken from the file's metadata.

use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use polars::error::PolarsResult;
use polars::prelude::{ArrowDataType, ArrowField, ArrowTimeUnit, PlSmallStr, Series};
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, PageReader, ParquetTimeUnit, ParquetType, PhysicalType, PrimitiveConvertedType,
    PrimitiveLogicalType, column_iter_to_arrays, infer_schema, read_metadata,
};

use crate::read::TableError;

/// A column of stamps.
#[derive(Debug, PartialEq)]
pub struct StampColumn {
    /// Its name.
    pub name: String,
    /// Names of all columns of the file.
    pub names: Vec<String>,
    /// Names of those whose type is an instant or a duration.
    pub temporal: Vec<String>,
    /// Its values, row by row.
    pub values: StampValues,
}

/// Values of a column, by type.
#[derive(Debug, PartialEq)]
pub enum StampValues {
    /// Whole numbers, or decimal numbers without their point.
    Numbers {
        /// The digits.
        digits: Vec<i128>,
        /// How many of the digits are decimals.
        decimals: u32,
    },
    /// 32-bit floats.
    Float32(Vec<f32>),
    /// 64-bit floats.
    Float64(Vec<f64>),
    /// Instants: nanoseconds since 1970.
    Dates(Vec<i128>),
    /// Durations in nanoseconds.
    Lengths(Vec<i128>),
    /// Texts.
    Texts(Vec<String>),
}

/// How a column is stored, and what its values mean.
#[derive(Debug, PartialEq)]
enum Kind {
    Whole(ArrowDataType, u32),
    Float32,
    Float64,
    /// Nanoseconds per unit.
    Date(i128),
    Length(i128),
    /// Bytes of a decimal number, and how many of its digits are decimals.
    Bytes(usize, u32),
    Text,
}

/// Reads a column of stamps, the first if none is named.
///
/// # Errors
/// If there is no such file or column, if its type is not one for stamps, or if a value is missing.
pub fn read_stamps(path: &Path, column: Option<&str>) -> Result<StampColumn, TableError> {
    let failed = |why: String| TableError::new(path, why);
    let mut file = File::open(path).map_err(|e| failed(e.to_string()))?;
    let metadata = read_metadata(&mut file).map_err(|e| failed(e.to_string()))?;
    let fields = metadata.schema().fields();
    let names = || fields.iter().map(ParquetType::name).collect::<Vec<_>>().join(", ");
    let field = match column {
        None => fields.first(),
        Some(column) => fields.iter().find(|field| field.name() == column),
    };
    let wanted = column.map_or_else(String::new, |column| format!(" '{column}'"));
    let field = field.ok_or_else(|| failed(format!("it has no column{wanted}, only {}", names())))?;
    let name = field.name();
    let kind = kind(field, &metadata).map_err(|what| failed(format!("column '{name}' {what}")))?;
    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
    let chunks = chunks(bytes, &metadata, name, &kind).map_err(|e| failed(e.to_string()))?;
    let mut row = 0;
    for chunk in &chunks {
        if chunk.null_count() > 0 {
            let missing = chunk.is_null().iter().position(|null| null == Some(true)).unwrap_or(0);
            return Err(failed(format!("column '{name}' has no value in row {}", row + missing + 1)));
        }
        row += chunk.len();
    }
    let values = values(&chunks, &kind).map_err(|e| failed(e.to_string()))?;
    let names = fields.iter().map(|field| field.name().to_owned()).collect();
    let temporal = fields.iter().filter(|field| is_temporal(field, &metadata));
    let temporal = temporal.map(|field| field.name().to_owned()).collect();
    Ok(StampColumn { name: name.to_owned(), names, temporal, values })
}

/// Whether a column's type is an instant or a duration, even one that is not read.
fn is_temporal(field: &ParquetType, metadata: &FileMetadata) -> bool {
    match kind(field, metadata) {
        Ok(kind) => matches!(kind, Kind::Date(_) | Kind::Length(_)),
        Err(_) => {
            matches!(field, ParquetType::PrimitiveType(primitive) if primitive.physical_type == PhysicalType::Int96)
        }
    }
}

/// How a column's type is stored and read, or why it cannot be.
fn kind(field: &ParquetType, metadata: &FileMetadata) -> Result<Kind, String> {
    use PrimitiveConvertedType as Converted;
    use PrimitiveLogicalType as Logical;
    let ParquetType::PrimitiveType(primitive) = field else { return Err("is a group of columns, not a stamp".into()) };
    if primitive.field_info.repetition == polars_parquet::parquet::schema::Repetition::Repeated {
        return Err("holds lists, not stamps".into());
    }
    // Parquet has no type for durations; programs that write them describe them in metadata of their own.
    let described =
        infer_schema(metadata).ok().and_then(|schema| schema.get(field.name()).map(|field| field.dtype.clone()));
    if let (Some(ArrowDataType::Duration(unit)), PhysicalType::Int64) = (&described, primitive.physical_type) {
        return Ok(Kind::Length(match unit {
            ArrowTimeUnit::Second => 1_000_000_000,
            ArrowTimeUnit::Millisecond => 1_000_000,
            ArrowTimeUnit::Microsecond => 1_000,
            ArrowTimeUnit::Nanosecond => 1,
        }));
    }
    let nanos = |unit: ParquetTimeUnit| match unit {
        ParquetTimeUnit::Milliseconds => 1_000_000,
        ParquetTimeUnit::Microseconds => 1_000,
        ParquetTimeUnit::Nanoseconds => 1,
    };
    let unsigned = match described {
        Some(ArrowDataType::UInt32) => Some(ArrowDataType::UInt32),
        Some(ArrowDataType::UInt64) => Some(ArrowDataType::UInt64),
        _ => None,
    };
    match (primitive.logical_type, primitive.converted_type, primitive.physical_type) {
        (Some(Logical::Date), ..) | (_, Some(Converted::Date), _) => Err("holds days without a time of day".into()),
        (Some(Logical::Time { .. }), ..) | (_, Some(Converted::TimeMillis | Converted::TimeMicros), _) => {
            Err("holds times of day without a date".into())
        }
        (Some(Logical::Timestamp { unit, .. }), _, PhysicalType::Int64) => Ok(Kind::Date(nanos(unit))),
        (None, Some(Converted::TimestampMillis), PhysicalType::Int64) => Ok(Kind::Date(1_000_000)),
        (None, Some(Converted::TimestampMicros), PhysicalType::Int64) => Ok(Kind::Date(1_000)),
        (Some(Logical::Decimal(_, scale)), _, physical) | (None, Some(Converted::Decimal(_, scale)), physical) => {
            let scale = u32::try_from(scale).map_err(|e| e.to_string())?;
            match physical {
                PhysicalType::Int32 => Ok(Kind::Whole(ArrowDataType::Int32, scale)),
                PhysicalType::Int64 => Ok(Kind::Whole(ArrowDataType::Int64, scale)),
                PhysicalType::FixedLenByteArray(length) if length <= 16 => Ok(Kind::Bytes(length, scale)),
                _ => Err("holds decimal numbers with too many digits".into()),
            }
        }
        (_, _, PhysicalType::Int32) => Ok(Kind::Whole(unsigned.unwrap_or(ArrowDataType::Int32), 0)),
        (_, _, PhysicalType::Int64) => Ok(Kind::Whole(unsigned.unwrap_or(ArrowDataType::Int64), 0)),
        (_, _, PhysicalType::Float) => Ok(Kind::Float32),
        (_, _, PhysicalType::Double) => Ok(Kind::Float64),
        (Some(Logical::String), _, PhysicalType::ByteArray)
        | (None, Some(Converted::Utf8), PhysicalType::ByteArray) => Ok(Kind::Text),
        (_, _, PhysicalType::Int96) => {
            Err("holds INT96, an obsolete type; write microseconds (`timestamp[us]`) instead".into())
        }
        (Some(Logical::Float16), ..) => Err("holds float16, which keeps only three digits; write float64".into()),
        (_, _, PhysicalType::Boolean) => Err("holds booleans, not stamps".into()),
        (_, Some(Converted::Interval), _) => Err("holds intervals of months and days; write seconds instead".into()),
        _ => Err("has a type that cannot hold stamps".into()),
    }
}

/// The column as it is stored, one row group at a time.
fn chunks(bytes: Vec<u8>, metadata: &FileMetadata, name: &str, kind: &Kind) -> PolarsResult<Vec<Series>> {
    let stored = match kind {
        Kind::Whole(stored, _) => stored.clone(),
        Kind::Date(_) | Kind::Length(_) => ArrowDataType::Int64,
        Kind::Float32 => ArrowDataType::Float32,
        Kind::Float64 => ArrowDataType::Float64,
        Kind::Bytes(length, _) => ArrowDataType::FixedSizeBinary(*length),
        Kind::Text => ArrowDataType::Utf8View,
    };
    let mut chunks = Vec::new();
    for group in &metadata.row_groups {
        for chunk in group.columns_under_root_iter(name).into_iter().flatten() {
            let range = chunk.byte_range();
            let piece = bytes.get(range.start as usize..range.end as usize);
            let piece =
                piece.ok_or_else(|| polars::error::polars_err!(ComputeError: "the file ends too early"))?.to_vec();
            let pages = PageReader::new(Cursor::new(piece.into()), chunk, Vec::new(), usize::MAX);
            let types = vec![&chunk.descriptor().descriptor.primitive_type];
            let field = ArrowField::new(PlSmallStr::from_str(name), stored.clone(), true);
            let (arrays, _) =
                column_iter_to_arrays(vec![BasicDecompressor::new(pages, Vec::new())], types, field, None)?;
            chunks.push(Series::try_from((PlSmallStr::from_str(name), arrays))?);
        }
    }
    Ok(chunks)
}

/// The values of chunks without missing values.
fn values(chunks: &[Series], kind: &Kind) -> PolarsResult<StampValues> {
    fn of<T>(chunks: &[Series], values: impl Fn(&Series) -> PolarsResult<Vec<T>>) -> PolarsResult<Vec<T>> {
        Ok(chunks.iter().map(values).collect::<PolarsResult<Vec<Vec<T>>>>()?.into_iter().flatten().collect())
    }
    let int64 = |unit: i128| {
        of(chunks, |chunk| Ok(chunk.i64()?.iter().flatten().map(|value| i128::from(value) * unit).collect()))
    };
    let digits = |stored: &ArrowDataType| match stored {
        ArrowDataType::Int32 => of(chunks, |chunk| Ok(chunk.i32()?.iter().flatten().map(i128::from).collect())),
        ArrowDataType::UInt32 => of(chunks, |chunk| Ok(chunk.u32()?.iter().flatten().map(i128::from).collect())),
        ArrowDataType::UInt64 => of(chunks, |chunk| Ok(chunk.u64()?.iter().flatten().map(i128::from).collect())),
        _ => int64(1),
    };
    Ok(match kind {
        Kind::Whole(stored, decimals) => StampValues::Numbers { digits: digits(stored)?, decimals: *decimals },
        Kind::Date(unit) => StampValues::Dates(int64(*unit)?),
        Kind::Length(unit) => StampValues::Lengths(int64(*unit)?),
        Kind::Float32 => StampValues::Float32(of(chunks, |chunk| Ok(chunk.f32()?.iter().flatten().collect()))?),
        Kind::Float64 => StampValues::Float64(of(chunks, |chunk| Ok(chunk.f64()?.iter().flatten().collect()))?),
        Kind::Bytes(_, decimals) => {
            let digits = of(chunks, |chunk| Ok(chunk.binary()?.iter().flatten().map(big_endian).collect()))?;
            StampValues::Numbers { digits, decimals: *decimals }
        }
        Kind::Text => {
            StampValues::Texts(of(chunks, |chunk| Ok(chunk.str()?.iter().flatten().map(str::to_owned).collect()))?)
        }
    })
}

/// A big-endian number in two's complement; 16 bytes at most.
fn big_endian(bytes: &[u8]) -> i128 {
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    bytes.iter().fold(if negative { -1 } else { 0 }, |number, byte| (number << 8) | i128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Table, Values};

    /// A file of this program's own with a whole number, a fraction, a text and a yes or no in each row.
    fn file(home: &tempfile::TempDir, rows: &[i64]) -> std::path::PathBuf {
        let column = |name: &'static str, values| Column { name: name.into(), about: "", values };
        let columns = vec![
            column("whole", Values::Count(|n: &i64| n.unsigned_abs())),
            column("fraction", Values::Number(|n| *n as f64 / 4.0)),
            column("text", Values::Text(|n| if *n > 1 { "many" } else { "one" })),
            column("known", Values::MaybeNumber(|n| (*n != 3).then_some(*n as f64))),
            column("flag", Values::Flag(|n| *n > 1)),
        ];
        let path = home.path().join("stamps.parquet");
        let table = Table { name: "stamps", about: "", keys: Vec::new(), columns };
        let mut writer = table.begin(File::create(&path).unwrap()).unwrap();
        // Two groups of rows, so that what is counted over both is seen.
        let (first, second) = rows.split_at(rows.len() / 2);
        writer.rows(first).unwrap();
        writer.rows(second).unwrap();
        writer.finish().unwrap();
        path
    }

    #[test]
    fn a_column_is_read_over_all_groups_of_rows() {
        let home = tempfile::tempdir().unwrap();
        let path = file(&home, &[1, 2, 4, 8]);
        let first = read_stamps(&path, None).unwrap();
        assert_eq!((first.name.as_str(), first.temporal.len()), ("whole", 0));
        assert_eq!(first.names, ["whole", "fraction", "text", "known", "flag"]);
        assert_eq!(first.values, StampValues::Numbers { digits: vec![1, 2, 4, 8], decimals: 0 });
        let values = |column: &str| read_stamps(&path, Some(column)).unwrap().values;
        assert_eq!(values("fraction"), StampValues::Float64(vec![0.25, 0.5, 1.0, 2.0]));
        assert_eq!(values("text"), StampValues::Texts(["one", "many", "many", "many"].map(str::to_owned).to_vec()));
    }

    /// The fifth row of all has no value; it is the second of the second group.
    #[test]
    fn what_cannot_be_read_is_named() {
        let home = tempfile::tempdir().unwrap();
        let path = file(&home, &[1, 2, 4, 5, 3, 6]);
        let why = |column: &str| read_stamps(&path, Some(column)).unwrap_err().to_string();
        assert!(why("known").ends_with("column 'known' has no value in row 5"), "{}", why("known"));
        assert!(why("flag").ends_with("column 'flag' holds booleans, not stamps"), "{}", why("flag"));
        let missing = why("when");
        assert!(missing.ends_with("it has no column 'when', only whole, fraction, text, known, flag"), "{missing}");
    }

    /// Files of old programs have converted types alone, those of new ones logical types, which come first.
    #[test]
    fn a_type_means_the_same_in_old_and_new_files() {
        use PhysicalType::{ByteArray, FixedLenByteArray, Int32, Int64, Int96};
        use PrimitiveConvertedType as Converted;
        use PrimitiveLogicalType as Logical;
        use polars_parquet::parquet::schema::Repetition;
        let home = tempfile::tempdir().unwrap();
        let metadata = read_metadata(&mut File::open(file(&home, &[1, 2])).unwrap()).unwrap();
        let of = |physical, converted, logical| {
            let optional = Repetition::Optional;
            let field = ParquetType::try_from_primitive("stamp".into(), physical, optional, converted, logical, None);
            kind(&field.unwrap(), &metadata)
        };
        let instant = |unit| Some(Logical::Timestamp { unit, is_adjusted_to_utc: true });
        let whole = |stored, decimals| Ok(Kind::Whole(stored, decimals));
        let (int32, int64) = (ArrowDataType::Int32, ArrowDataType::Int64);
        for (found, expected) in [
            (of(Int64, None, instant(ParquetTimeUnit::Milliseconds)), Ok(Kind::Date(1_000_000))),
            (of(Int64, None, instant(ParquetTimeUnit::Microseconds)), Ok(Kind::Date(1_000))),
            (of(Int64, None, instant(ParquetTimeUnit::Nanoseconds)), Ok(Kind::Date(1))),
            (of(Int64, Some(Converted::TimestampMillis), None), Ok(Kind::Date(1_000_000))),
            (of(Int64, Some(Converted::TimestampMicros), None), Ok(Kind::Date(1_000))),
            (of(Int32, None, Some(Logical::Decimal(9, 2))), whole(int32.clone(), 2)),
            (of(Int64, Some(Converted::Decimal(18, 3)), None), whole(int64.clone(), 3)),
            (of(FixedLenByteArray(16), None, Some(Logical::Decimal(38, 4))), Ok(Kind::Bytes(16, 4))),
            (of(FixedLenByteArray(9), Some(Converted::Decimal(20, 1)), None), Ok(Kind::Bytes(9, 1))),
            (of(Int32, None, None), whole(int32, 0)),
            (of(Int64, Some(Converted::Int64), None), whole(int64, 0)),
            (of(PhysicalType::Float, None, None), Ok(Kind::Float32)),
            (of(PhysicalType::Double, None, None), Ok(Kind::Float64)),
            (of(ByteArray, None, Some(Logical::String)), Ok(Kind::Text)),
            (of(ByteArray, Some(Converted::Utf8), None), Ok(Kind::Text)),
        ] {
            assert_eq!(found, expected);
        }
        let time = Logical::Time { unit: ParquetTimeUnit::Microseconds, is_adjusted_to_utc: true };
        for (found, why) in [
            (of(Int32, None, Some(Logical::Date)), "days"),
            (of(Int32, Some(Converted::Date), None), "days"),
            (of(Int64, None, Some(time)), "times of day"),
            (of(Int32, Some(Converted::TimeMillis), None), "times of day"),
            (of(Int64, Some(Converted::TimeMicros), None), "times of day"),
            (of(FixedLenByteArray(17), None, Some(Logical::Decimal(39, 4))), "decimal numbers with too many digits"),
            (of(ByteArray, Some(Converted::Decimal(9, 4)), None), "decimal numbers with too many digits"),
            (of(Int96, None, None), "INT96"),
            (of(FixedLenByteArray(2), None, Some(Logical::Float16)), "float16"),
            (of(PhysicalType::Boolean, None, None), "booleans"),
            (of(FixedLenByteArray(12), Some(Converted::Interval), None), "intervals of months and days"),
        ] {
            let told = found.unwrap_err();
            assert!(told.starts_with(&format!("holds {why}")), "{told}, not {why}");
        }
        assert_eq!(of(ByteArray, None, None), Err("has a type that cannot hold stamps".to_owned()));
        let list = ParquetType::try_from_primitive("stamp".into(), Int64, Repetition::Repeated, None, None, None);
        assert_eq!(kind(&list.unwrap(), &metadata), Err("holds lists, not stamps".to_owned()));
    }

    /// Two's complement: FF is -1, FF 00 is -256, and 80 is -128; a leading bit of 0 is positive.
    #[test]
    fn decimal_numbers_have_a_sign() {
        let numbers: [(&[u8], i128); 6] = [
            (&[0x01, 0x02], 258),
            (&[0x7f], 127),
            (&[0x80], -128),
            (&[0xff], -1),
            (&[0xff, 0x00], -256),
            (&[0x00, 0xff], 255),
        ];
        numbers.iter().for_each(|(bytes, number)| assert_eq!(big_endian(bytes), *number));
    }
}
