//! What only the whole can show.

mod adversity;
mod architecture;
mod bad_input;
mod command_line;
mod documents;
mod experiments;
mod laws;
mod own_files;
mod reading;
mod same_bytes;
mod shipped;
mod theory;
