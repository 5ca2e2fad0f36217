use std::path::Path;

use inference::{Network, shipped_networks};
use scenarios::plan::{Group, Plan};
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

/// The same as a scenario may name it, whichever folder that is in.
pub fn in_scenario(name: &str) -> String {
    match std::path::absolute(name) {
        Ok(path) if path.exists() => path.display().to_string(),
        _ => name.to_owned(),
    }
}

/// What puts a network into a scenario's cloud. Its policies may not fit that network, and nothing asks them here.
pub fn in_the_cloud(name: &str) -> [String; 2] {
    [format!("networks.big={}", in_scenario(name)), "policies=[local-only]".to_owned()]
}

/// The group of devices of that name; by default, the first.
pub fn group<'p>(wanted: Option<&str>, plan: &'p Plan) -> Result<&'p Group, Failure> {
    let Some(wanted) = wanted else { return Ok(&plan.groups[0]) };
    let names = || plan.groups.iter().map(|group| group.name.as_str());
    plan.groups.iter().find(|group| group.name == wanted).ok_or_else(|| {
        let near = nearest(wanted, names()).map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
        let all = names().collect::<Vec<_>>().join(", ");
        Failure::Failed(format!("the scenario has no devices '{wanted}'{near} (there are {all})"))
    })
}
