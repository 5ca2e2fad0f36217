//! Models of time and energy: processors, radios, links, batteries and cloud servers; and of when requests arrive.
//!
//! One small file per model, each with its formula, the source and what is left out. A model is a plain value with
//! units in its fields; it can be written out in a scenario file or taken from the [`Presets`], whose every figure
//! carries its source. Where a model has state (a radio), it is a pure state machine that returns what happens next and
//! schedules nothing.

mod arrivals;
mod batch_times;
mod battery;
mod energy;
mod error;
mod exchange;
mod grid;
mod link;
mod loss;
mod measured;
mod presets;
mod processor;
mod radio;
mod random_time;
mod rate;
mod recorded;
mod rest;
mod roofline;
mod server;
mod shape;
mod transport;
pub mod units;
mod work;

pub use arrivals::{
    ArrivalPath, ArrivalProcess, Arrivals, Bursts, Columns, PossibleFrequency, Recording, Seen, Sighting, Stamps,
    TimesEnd, TimesFile,
};
pub use batch_times::BatchTimes;
pub use battery::{Battery, BatteryFigures, Next, Store};
pub use energy::{Component, Ledger};
pub use error::FigureError;
pub use exchange::Exchange;
pub use grid::Grid;
pub use link::{Channel, Link};
pub use loss::Loss;
pub use measured::MeasuredPass;
pub use presets::{Figure, Kind, Mark, Preset, Presets};
pub use processor::{OperatingPoint, Processor};
pub use radio::{Radio, RadioState, TailPhase, Wake};
pub use random_time::RandomTime;
pub use rate::{
    AmplifierPoint, Changing, Fading, GilbertElliott, Place, PossibleRate, PowerControl, Rate, RateModel, RatePath,
    RateState, RateTrace, Stretch, TraceEnd, TraceFile, TraceOffset, Wandering,
};
pub use recorded::RecordingError;
pub use rest::Rest;
pub use server::{BatchCurve, BatchTime, Server};
pub use transport::{Connection, Direction, Transfer, Transport};
pub use work::{AsIf, LayerKind, LayerWork, Work};
