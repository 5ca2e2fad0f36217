//! Integration tests of the whole program.

mod adversity;
mod architecture;
mod auto_split;
mod bad_input;
mod browser;
mod budgets;
mod by_hand;
mod calibration;
mod carbon;
mod claims;
mod command_line;
mod documents;
mod experiments;
mod figures;
mod identity;
mod laws;
mod own_files;
mod own_policies;
mod program;
mod reading;
mod recordings;
mod same_bytes;
mod shipped;
mod split;
mod stages;
mod theory;
