//! Results as tables: what a run writes, and how it is read.
//!
//! [`RequestRecord`], [`DeviceRecord`] and [`SummaryRecord`] are the rows; the columns of each table, with their
//! documentation, are defined once, in [`tables`]. A [`ResultsFolder`] is complete or absent. A [`Comparison`] has the
//! figures for display. This crate knows no event and runs no network: it gets plain numbers, and scores that it knows by
//! their list.

mod byte_counter;
pub mod chart;
mod comparison;
pub mod cuts;
mod digest;
mod explain;
mod folder;
mod foreign;
mod image_sampling;
mod manifest;
mod measures;
mod pairing;
mod parts;
mod read;
mod records;
pub mod report;
mod responses;
mod role;
mod stage;
mod stamps;
mod sync;
mod table;
pub mod tables;
mod told;
mod trace;
mod unit;
mod writer;

pub use byte_counter::ByteCounter;
pub use comparison::{Comparison, EqualAccuracy, FamilyCurve, Interval, Reading, Row, filled};
pub use digest::{
    DigestError, ImageSums, PERCENTILES, RunDigest, SCORE_BINS, ScoreHistogram, Specimen, SpecimenKind, TimelineStep,
};
pub use explain::explain;
pub use folder::{
    Contents, FolderError, Interrupted, MANIFEST, PartialFile, RUNS, ResultsFolder, Start, is_ours, runs_at, runs_in,
};
pub use foreign::{ForeignColumn, ForeignTable, is_parquet};
pub use image_sampling::{ImageSampling, ImageShare, Lead, ThresholdCurve};
pub use manifest::{
    ChanceEntry, DatasetEntry, Manifest, NetworkEntry, PointEntry, PolicyEntry, PresetFigure, Provenance, ReadError,
};
pub use measures::{BatteryLife, Excess, Known, OfferedLoad, Percentile};
pub use pairing::Pairing;
pub use parts::{EnergyParts, LatencyParts};
pub use read::{Frame, TableError, read_table};
pub use records::{
    BatteryRecord, DeviceRecord, EpochRecord, GramsPerJoule, Outcome, RequestRecord, SummaryRecord, Tier,
};
pub use responses::Responses;
pub use role::{Palette, Role};
pub use stage::Stage;
pub use stamps::{StampColumn, StampValues, read_stamps};
pub use table::{Column, KeyColumn, KeyValue, SCHEMA_VERSION, Table, TableWriter, Values};
pub use trace::{TracedDevice, chrome_trace};
pub use unit::{counted, three_digits, time_in_words};
pub use writer::{OutFile, Outbox, Writer, writer};
