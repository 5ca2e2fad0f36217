use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use analysis::{Manifest, read_table};
use clap::{Args, ValueEnum};

use crate::failure::Failure;

#[derive(Args)]
pub struct ExportArgs {
    /// The folder of a result.
    folder: PathBuf,
    /// Which table to write; all runs of a sweep go into one table, with the number of their point.
    #[arg(long, value_enum, default_value_t = TableName::Summary)]
    table: TableName,
    /// The file to write; its extension, csv or ndjson (one JSON object per line), sets the format.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableName {
    /// One row per run.
    Summary,
    /// One row per request.
    Requests,
    /// One row per device and run.
    Devices,
}

pub fn export(args: &ExportArgs) -> Result<String, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::Failed(e.to_string());
    let manifest = Manifest::read(&args.folder).map_err(|e| failed(&e))?;
    let tables = tables(&args.folder, &manifest, args.table)?;
    let csv = match args.out.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => true,
        Some("ndjson" | "jsonl") => false,
        _ => return Err(Failure::Failed(format!("{}: the name must end in .csv or .ndjson", args.out.display()))),
    };
    let unwritable = |e: io::Error| Failure::Failed(format!("cannot write {}: {e}", args.out.display()));
    let mut out = BufWriter::new(std::fs::File::create(&args.out).map_err(unwritable)?);
    let (mut rows, mut headed) = (0, false);
    for (point, path) in tables {
        let frame = read_table(&path, None).map_err(|e| failed(&e))?;
        let mut names = frame.names();
        let with_point = !names.iter().any(|name| name == "point");
        if with_point {
            names.insert(0, "point".into());
        }
        if csv && !std::mem::replace(&mut headed, true) {
            write_csv(&mut out, names.iter().map(|name| serde_json::Value::from(name.as_str()))).map_err(unwritable)?;
        }
        for number in 0..frame.len() {
            let point = with_point.then(|| serde_json::json!(point));
            let values = point.into_iter().chain(frame.row(number));
            if csv {
                write_csv(&mut out, values).map_err(unwritable)?;
            } else {
                let object: serde_json::Map<_, _> = names.iter().cloned().zip(values).collect();
                writeln!(out, "{}", serde_json::Value::Object(object)).map_err(unwritable)?;
            }
            rows += 1;
        }
    }
    out.flush().map_err(unwritable)?;
    Ok(format!("{}: {rows} rows\n", args.out.display()))
}

/// The files of a table, each with the number of its point.
fn tables(folder: &Path, manifest: &Manifest, table: TableName) -> Result<Vec<(u32, PathBuf)>, Failure> {
    let name = match table {
        TableName::Summary => return Ok(vec![(0, folder.join("summary.parquet"))]),
        TableName::Requests if !manifest.requests_written => {
            return Err(Failure::Failed(format!("{} holds summaries only", folder.display())));
        }
        TableName::Requests => "requests",
        TableName::Devices => "devices",
    };
    let mut files = Vec::new();
    for entry in &manifest.points {
        for policy in 0..entry.policies.len() {
            for replication in 0..entry.replications {
                let run = scenarios::experiment::RunId { point: entry.point as usize, policy, replication };
                files.push((entry.point, folder.join(run.file(name, "parquet"))));
            }
        }
    }
    Ok(files)
}

/// A line of comma-separated values (RFC 4180); absent values are empty.
fn write_csv(to: &mut impl Write, values: impl Iterator<Item = serde_json::Value>) -> io::Result<()> {
    for (index, value) in values.enumerate() {
        if index > 0 {
            to.write_all(b",")?;
        }
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::String(text) if text.contains([',', '"', '\n', '\r']) => {
                write!(to, "\"{}\"", text.replace('"', "\"\""))?;
            }
            serde_json::Value::String(text) => to.write_all(text.as_bytes())?,
            value => write!(to, "{value}")?,
        }
    }
    to.write_all(b"\r\n")
}
