//! What holds of engines, stoppers and replays.

mod golden;
mod reference;
