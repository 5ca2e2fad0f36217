use std::path::{Path, PathBuf};

use inference::{Network, shipped_networks};
use scenarios::plan::{Group, Plan, read_spec};
use scenarios::problem::nearest;
use scenarios::schema::{NamedNetwork, NetworkSpec};
use scenarios::source::Source;

use crate::failure::Failure;

/// A network that a command line names: one of the scenario's by its name there, a shipped one, an architecture file, or
/// a file that names another network and the bits of its layers.
pub struct Given {
    /// The network, with the bits of its layers if it is in integers, and what is charged for it.
    network: NamedNetwork,
    /// Where its path begins.
    folder: PathBuf,
    /// Whether the scenario knows it by that name.
    is_of_scenario: bool,
}

/// Finds a network by the words of a command line.
pub fn given(name: &str, scenario: Option<&Source>) -> Result<Given, Failure> {
    let known = scenario.map(|source| source.scenario().map(|scenario| scenario.named_networks())).transpose()?;
    let known = known.unwrap_or_default();
    let of_scenario = known.iter().find(|network| network.name == name).cloned();
    let is_of_scenario = of_scenario.is_some();
    if !is_of_scenario && !shipped_networks().any(|shipped| shipped == name) && !Path::new(name).exists() {
        return Err(unknown(name, &known));
    }
    let folder = scenario.filter(|_| is_of_scenario).map_or(Path::new(""), Source::folder);
    let place = name.to_owned();
    let named =
        of_scenario.unwrap_or_else(|| NamedNetwork { name: place.clone(), spec: name.into(), as_if: None, place });
    let (network, folder) = read_spec(named, folder).map_err(|problem| Failure::Failed(problem.to_string()))?;
    if network.spec.recorded.is_some() {
        let what = format!("'{name}' is a table of answers, of which there is nothing to cut or to time");
        return Err(Failure::Failed(what));
    }
    Ok(Given { network, folder, is_of_scenario })
}

fn unknown(name: &str, known: &[NamedNetwork]) -> Failure {
    let names = || known.iter().map(|network| network.name.as_str());
    let mut all: Vec<&str> = names().collect();
    shipped_networks().for_each(|shipped| all.push(shipped));
    let near = nearest(name, all.into_iter());
    let near = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
    let shipped = shipped_networks().collect::<Vec<_>>().join(", ");
    let own = match known.is_empty() {
        true => String::new(),
        false => format!("the scenario's: {}; ", names().collect::<Vec<_>>().join(", ")),
    };
    Failure::Failed(format!(
        "there is no network '{name}'{near} ({own}shipped: {shipped}; or give an architecture file)"
    ))
}

impl Given {
    /// Whether some of its layers are in integers.
    pub fn is_in_integers(&self) -> bool {
        self.network.spec.integers.is_some()
    }

    /// The name of a shipped network, or the path of an architecture file, as any folder's scenario may have it.
    pub fn path(&self) -> String {
        let name = &self.network.spec.network;
        match std::path::absolute(self.folder.join(name)) {
            Ok(path) if path.exists() => path.display().to_string(),
            _ => name.clone(),
        }
    }

    /// The network with all of its layers in floats.
    pub fn in_floats(&self) -> Result<Network, Failure> {
        Network::load(&self.path(), Path::new("")).map_err(|error| Failure::Failed(error.to_string()))
    }

    /// What puts it into a scenario's cloud, charged as that scenario charges it. The scenario's policies may not fit it,
    /// and nothing asks them here.
    pub fn in_the_cloud(&self) -> Result<Vec<String>, Failure> {
        let spec = NetworkSpec { integers: self.network.spec.integers.clone(), ..self.path().into() };
        let json = |value: serde_json::Result<String>| value.map_err(|e| Failure::Failed(e.to_string()));
        let big = if self.is_in_integers() { json(serde_json::to_string(&spec))? } else { spec.network };
        let mut set = vec![format!("networks.big={big}"), "policies=[local-only]".to_owned()];
        if self.is_of_scenario {
            set.push(format!("networks.big-as-if={}", json(serde_json::to_string(&self.network.as_if))?));
        }
        Ok(set)
    }
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
