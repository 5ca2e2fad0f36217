use std::path::Path;

use inference::{Network, shipped_networks};
use scenarios::problem::nearest;

use crate::failure::Failure;

/// A network that a command line names: a shipped one, or the path of an architecture file.
pub fn load(name: &str) -> Result<Network, Failure> {
    if !shipped_networks().any(|shipped| shipped == name) && !Path::new(name).exists() {
        let near =
            nearest(name, shipped_networks()).map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        let shipped = shipped_networks().collect::<Vec<_>>().join(", ");
        let what = format!("there is no network '{name}'{near} (shipped: {shipped}; or give an architecture file)");
        return Err(Failure::Failed(what));
    }
    Network::load(name, Path::new("")).map_err(|error| Failure::Failed(error.to_string()))
}
