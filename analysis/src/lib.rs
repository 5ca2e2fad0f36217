//! Results as tables: what a run leaves behind and how people read it.
//!
//! [`RequestRecord`], [`DeviceRecord`] and [`SummaryRecord`] are the rows; each table's columns, with their documentation,
//! stand once, in [`tables`]. A [`ResultsFolder`] is complete or absent. A [`Comparison`] is the same figures for people.
//! This crate knows no event and no network: it gets plain numbers.

mod comparison;
mod folder;
mod records;
mod table;
pub mod tables;

pub use comparison::{Comparison, Interval, Row};
pub use folder::{FolderError, ResultsFolder};
pub use records::{DeviceRecord, EnergyParts, EpochRecord, Outcome, RequestRecord, SummaryRecord};
pub use table::{Column, SCHEMA_VERSION, Table, Values};
