//! What holds of engines, stoppers and replays.

mod bad_input;
mod calibration;
mod engines;
mod golden;
mod least_squares;
mod reference;
mod replays;
mod synthetic;
