//! The engine: a clock, an agenda of future events, random streams, and the building blocks of models.
//!
//! A model is a [`World`]: a value that handles one kind of event. [`Simulation`] takes the earliest event off the
//! [`Agenda`], moves the clock there and hands it over; handling may put more events on the agenda. Nothing else
//! happens. This crate knows nothing of devices, networks or files.
//!
//! A queue with one server, Poisson arrivals and exponential service (M/M/1):
//!
//! ```
//! use rand_distr::{Distribution, Exp};
//! use sim_core::{Agenda, Arrival, Event, Moments, Simulation, Span, Station, Stream, Streams, Time, World};
//!
//! #[derive(Clone, Copy)]
//! enum Step { Arrive, Depart }
//! impl Event for Step {}
//!
//! struct Queue { station: Station<Time>, in_service: Option<Time>, random: Stream, response: Moments }
//!
//! impl Queue {
//!     fn draw(&mut self, rate: f64) -> Span {
//!         Span::from_secs(Exp::new(rate).map_or(0.0, |exp| exp.sample(&mut self.random)))
//!     }
//!     fn serve(&mut self, customer: Time, agenda: &mut Agenda<Step>) {
//!         self.in_service = Some(customer);
//!         let service = self.draw(1.0);
//!         agenda.after(service, Step::Depart);
//!     }
//! }
//!
//! impl World for Queue {
//!     type Event = Step;
//!     fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
//!         match step {
//!             Step::Arrive => {
//!                 if let Arrival::Starts(customer) = self.station.arrive(now) { self.serve(customer, agenda); }
//!                 let gap = self.draw(0.5);
//!                 agenda.after(gap, Step::Arrive);
//!             }
//!             Step::Depart => {
//!                 if let Some(arrived) = self.in_service.take() { self.response.add((now - arrived).as_secs()); }
//!                 if let Some(next) = self.station.depart() { self.serve(next, agenda); }
//!             }
//!         }
//!     }
//! }
//!
//! let random = Streams::new(1, 0).open("queue", 0);
//! let queue = Queue { station: Station::new(1, None), in_service: None, random, response: Moments::default() };
//! let mut simulation = Simulation::new(queue);
//! simulation.agenda.after(Span::ZERO, Step::Arrive);
//! simulation.run_until(Time::ZERO + Span::from_secs(200_000.0));
//! assert!((simulation.world.response.mean() - 2.0).abs() < 0.1); // 1/(μ − λ)
//! ```

#![forbid(unsafe_code)]

mod agenda;
mod batch;
mod fingerprint;
mod meter;
pub mod quantity;
mod random;
mod sharing;
mod simulation;
mod station;
mod statistics;
mod time;
mod token_bucket;
mod variate;

pub use agenda::{Agenda, Event, Handle};
pub use batch::{Batch, BatchServer};
pub use fingerprint::Fingerprint;
pub use meter::Meter;
pub use random::{Stream, Streams};
pub use sharing::ProcessorSharing;
pub use simulation::{Simulation, World};
pub use station::{Arrival, Place, Station};
pub use statistics::{
    Estimate, Moments, Ratio, Sketch, TimeAverage, Uncertainty, batch_means, enough, holm, mser5, quantile,
};
pub use time::{Span, Time};
pub use token_bucket::TokenBucket;
pub use variate::{ParameterError, Variate};
