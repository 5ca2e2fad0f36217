//! Edge/cloud collaborative inference, simulated request by request with networks that really run.
//!
//! A [`Scenario`] says what there is: devices, links, a cloud, a pair of networks, and the policies to compare. Build it
//! in code:
//!
//! ```
//! use std::{future::pending, path::PathBuf, sync::Arc};
//!
//! use scenarios::units::{DataRate, Delay, Duration, Frequency};
//! use scenarios::{Arrivals, RandomTime, RateModel};
//! use scenarios::{CloudSpec, DeviceGroup, LinkSpec, Networks, Options, Scenario, Source, Study, run};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let networks = Networks::new("fmnist-little", "fmnist-big");
//! let mut door = Scenario::new("door", Duration::parse("2 min")?, networks, CloudSpec::new("t4"));
//! let arrivals = Arrivals::Poisson(Frequency::parse("1 /s")?);
//! door.devices.push(DeviceGroup::new("camera", "raspberry-pi-4", "wifi", arrivals));
//! let rate = |text| DataRate::parse(text).map(RateModel::Constant);
//! let round_trip = RandomTime::constant(Delay::parse("20 ms")?);
//! door.links.insert("wifi".into(), LinkSpec::new("wifi", rate("18.9 Mbps")?, rate("40 Mbps")?, round_trip));
//! for policy in ["local-only", "offload-all", "appealnet: {delta: 0.4}"] {
//!     door.compare(policy)?;
//! }
//!
//! # let home = tempfile::tempdir()?;
//! # let results = home.path().join("door");
//! let study = Arc::new(Study::load(&Source::of(&door, PathBuf::new())?, true)?);
//! let report = run(&study, &Options::new(results), |_| (), pending())?;
//! println!("{}", report.manifest.told());
//!
//! let rows = &report.manifest.points[0].comparison.rows;
//! let appeals: Vec<f64> = rows.iter().filter_map(|row| Some(row.appeal_rate?.mean)).collect();
//! assert!(appeals[0] == 0.0 && appeals[1] == 1.0 && (0.0..1.0).contains(&appeals[2]));
//! # assert!(appeals[2] > 0.0);
//! # Ok(())
//! # }
//! ```
//!
//! or read it from a file:
//!
//! ```
//! # use std::{future::pending, path::Path, sync::Arc};
//! # use scenarios::{Options, Source, Study, run};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let results = home.path().join("quickstart");
//! let source = Source::read(Path::new("files/quickstart.yaml"), &["duration=5 s".into()])?;
//! let study = Arc::new(Study::load(&source, true)?);
//! let report = run(&study, &Options::new(results), |_| (), pending())?;
//! # Ok(())
//! # }
//! ```
//!
//! # The forms of a scenario
//!
//! | form | is |
//! |---|---|
//! | [`Source`] | text, with a place in it for every error |
//! | [`Scenario`] | what a file may say, and no more: plain types, checked one by one |
//! | [`plan::Plan`] | the same with every default, preset and reference resolved; a scenario that cannot run ends here |
//! | [`Study`] | the points of the sweep, each with its plan and its networks |
//! | [`Run`] | one point, policy and replication |
//!
//! [`run`] makes all runs of a study and puts their tables, a comparison and a report into a folder. A single [`Run`]
//! needs no folder: its records leave it one by one through a [`Sink`], which may fail, and then the run ends.
//!
//! An error is a value: an [`InputError`] has the place, what is wrong there, the nearest and the allowed names, and the
//! lines to show. Nothing in this crate writes to a terminal or ends the process.

pub mod answers;
pub mod auto_split;
pub mod cut_costs;
pub mod evaluate;
pub mod experiment;
pub mod identity;
pub mod plan;
pub mod policies;
pub mod problem;
pub mod schema;
pub mod source;
mod sync;
pub mod validation;
pub mod world;

pub use device_models::{Arrivals, RandomTime, RateModel, units};

pub use experiment::{Options, Study, run};
pub use schema::{CloudSpec, DeviceGroup, LinkSpec, Networks, Scenario};
pub use source::{InputError, Source};
pub use world::{Run, Sink};

/// The example of the page on policies compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/how-to/policy.md")]
struct HowToAddAPolicy;
