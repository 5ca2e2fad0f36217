//! Scenario files, and everything that runs them.
//!
//! A file goes through four forms: [`source`] (text, with places for error messages), [`schema`] (what a file may say),
//! [`plan`] (all defaults and presets resolved, nothing optional left) and [`world`] (the moving parts). An
//! [`experiment`] runs one world for each policy and replication and hands the records to `analysis`.

pub mod evaluate;
pub mod experiment;
pub mod identity;
pub mod plan;
pub mod policies;
pub mod schema;
pub mod source;
pub mod validation;
pub mod world;
