//! The planner as a whole, by what its users can see of it, but for how much it searches.

mod bad_input;
mod brute_force;
mod by_hand;
mod gap;
mod laws;
mod min_cut;
mod networks;
