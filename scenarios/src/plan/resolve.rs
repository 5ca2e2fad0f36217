use std::path::Path;

use device_models::units::{DataSize, Macs};
use device_models::{Kind, Link, Presets, Processor, Rate, RateModel, RateTrace, TraceFile, Work};
use inference::dataset::{FASHION_MNIST, fashion_mnist};
use inference::{Dataset, Network, Part, Remembering, shipped_networks};
use serde::de::DeserializeOwned;
use sim_core::Span;

use super::{Access, Cloud, Group, Images, Minds, Plan};
use crate::policies::PolicySpec;
use crate::schema::{DeviceGroup, LinkSpec, Named, Replications, Scenario, Until, Warmup};
use crate::source::{InputError, Problem, Source};

/// Loads the data set and the networks a scenario names; they remember answers if `memory` says so.
///
/// # Errors
/// If one is not there, is damaged, or does not fit the others.
pub fn load_minds(scenario: &Scenario, source: &Source, memory: bool) -> Result<Minds, InputError> {
    load(scenario, source.folder(), memory).map_err(|problem| source.report(problem))
}

/// Resolves a scenario.
///
/// # Errors
/// If it asks for something that is not there or cannot be.
pub fn resolve(scenario: &Scenario, source: &Source, minds: &Minds) -> Result<Plan, InputError> {
    let tell = |problem: Problem| {
        let place = source.policy_in_file(&problem.place);
        source.report(Problem { place, ..problem })
    };
    check_whole(scenario).map_err(tell)?;
    let presets = Presets::shipped().map_err(|e| tell(Problem::new("", format!("shipped presets: {e}"))))?;
    Resolver { scenario, presets: &presets, minds, folder: source.folder() }.plan().map_err(tell)
}

/// Devices that fit in memory beside each other.
const MOST_DEVICES: u32 = 10_000_000;

/// Requests of a run that can be numbered.
const MOST_REQUESTS: f64 = 4e9;

type Checked<T> = Result<T, Problem>;

/// What can be said without looking anything up.
fn check_whole(scenario: &Scenario) -> Checked<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if scenario.name.is_empty() || !scenario.name.chars().all(fits) || scenario.name.starts_with('.') {
        return Err(Problem::new("name", "use letters, digits, '-', '_' and '.', not first a '.'"));
    }
    if matches!(scenario.warmup, Warmup::Until(warmup) if warmup.get() >= scenario.duration.get()) {
        return Err(Problem::new("warmup", format!("must be shorter than the duration ({})", scenario.duration)));
    }
    if let Replications::Until(until) = scenario.replications {
        check_until(&until)?;
    }
    if scenario.cloud.price_per_hour.is_some_and(|price| !(price.is_finite() && price >= 0.0)) {
        return Err(Problem::new("cloud.price-per-hour", "must be 0 or above"));
    }
    if let Some(outages) = &scenario.cloud.outages
        && outages.up_for.mean() + outages.down_for.mean() <= 0.0
    {
        return Err(Problem::new("cloud.outages", "spells that are always 0 let no time pass"));
    }
    let least_one = [
        ("replications", if scenario.replications == Replications::Fixed(0) { 0 } else { 1 }),
        ("devices", scenario.devices.len()),
        ("policies", scenario.policies.len()),
        ("cloud.servers", scenario.cloud.servers),
        ("cloud.batch.max", scenario.cloud.batch.max),
    ];
    for (place, count) in least_one {
        if count == 0 {
            return Err(Problem::new(place, "at least one is needed"));
        }
    }
    for (index, policy) in scenario.policies.iter().enumerate() {
        if scenario.policies[..index].contains(policy) {
            return Err(Problem::new(format!("policies[{index}]"), format!("'{policy}' is there already")));
        }
    }
    Ok(())
}

fn check_until(until: &Until) -> Checked<()> {
    if until.within.get() == 0.0 {
        return Err(Problem::new("replications.within", "no number of replications makes an interval of no width"));
    }
    if until.at_least < 2 {
        return Err(Problem::new("replications.at-least", "an interval takes at least 2 replications"));
    }
    if until.at_most < until.at_least {
        return Err(Problem::new("replications.at-most", format!("must be at least {}", until.at_least)));
    }
    Ok(())
}

/// What would not end is an error before it starts.
fn check_size(plan: &Plan) -> Checked<()> {
    let requests = plan.expected_requests();
    if requests > MOST_REQUESTS {
        let what = format!("makes about {requests:.0} requests a run; at most {MOST_REQUESTS:.0} are numbered");
        return Err(Problem::new("duration", what).or("shorten it, or have fewer devices or rarer arrivals"));
    }
    Ok(())
}

fn load(scenario: &Scenario, folder: &Path, memory: bool) -> Checked<Minds> {
    let data = load_data(&scenario.dataset, folder)?;
    if data.len() < 2 {
        return Err(Problem::new(
            "dataset",
            "one image is too few: half of them calibrate, the other half are results",
        ));
    }
    let remembered = memory.then_some(data.len());
    let network = |place: &str, name: &str| -> Checked<Remembering> {
        let network = load_network(place, name, folder)?;
        let (height, width, channels) = data.extent();
        let wants = network.input();
        if (wants.height, wants.width, wants.channels) != (height, width, channels) {
            let what = format!(
                "'{name}' takes images of {}×{}×{}, those of '{}' are {height}×{width}×{channels}",
                wants.height, wants.width, wants.channels, data.name
            );
            return Err(Problem::new(place, what));
        }
        if network.classes() != data.classes() {
            let what = format!("'{name}' knows {} classes, '{}' has {}", network.classes(), data.name, data.classes());
            return Err(Problem::new(place, what));
        }
        Ok(Remembering::new(network, remembered))
    };
    let little = network("networks.little", &scenario.networks.little)?;
    let big = network("networks.big", &scenario.networks.big)?;
    Ok(Minds { data, little, big })
}

fn load_data(name: &str, folder: &Path) -> Checked<Dataset> {
    let problem = |e: inference::Error| Problem::new("dataset", e.to_string());
    if name == FASHION_MNIST {
        return fashion_mnist().map_err(problem);
    }
    let path = folder.join(name);
    if !path.is_dir() {
        let unknown = Problem::unknown("dataset", "data set", name, [FASHION_MNIST].into_iter());
        return Err(unknown.or("or give a folder: IDX files, CIFAR-10's binary files, or a folder of images a class"));
    }
    Dataset::read(name, &path, Part::Test).map_err(problem)
}

fn load_network(place: &str, name: &str, folder: &Path) -> Checked<Network> {
    let shipped = shipped_networks().any(|shipped| shipped == name);
    if !shipped && !folder.join(name).exists() {
        let unknown = Problem::unknown(place, "network", name, shipped_networks());
        return Err(unknown.or("or give the path of an architecture file"));
    }
    Network::load(name, folder).map_err(|e| Problem::new(place, e.to_string()))
}

struct Resolver<'a> {
    scenario: &'a Scenario,
    presets: &'a Presets,
    minds: &'a Minds,
    /// Where relative paths start from.
    folder: &'a Path,
}

impl Resolver<'_> {
    fn plan(&self) -> Checked<Plan> {
        let scenario = self.scenario;
        self.check_heads()?;
        let links = scenario.links.iter().map(|(name, link)| self.access(name, link)).collect::<Checked<Vec<_>>>()?;
        let mut groups = Vec::new();
        let mut first = 0u32;
        for (index, device) in scenario.devices.iter().enumerate() {
            let group = self.group(index, device, first, &links)?;
            first = first.saturating_add(group.count);
            if first > MOST_DEVICES {
                let what = format!("{first} devices are too many; at most {MOST_DEVICES} fit");
                return Err(Problem::new(format!("devices[{index}].count"), what));
            }
            groups.push(group);
        }
        let cloud = &scenario.cloud;
        let plan = Plan {
            name: scenario.name.clone(),
            seed: scenario.seed,
            duration: scenario.duration.span(),
            warmup: match scenario.warmup {
                Warmup::Until(warmup) => warmup.span(),
                Warmup::Detect => Span::ZERO,
            },
            detect_warmup: scenario.warmup == Warmup::Detect,
            groups,
            links,
            cloud: Cloud {
                server: self.named("cloud.hardware", Kind::Server, &cloud.hardware)?,
                servers: cloud.servers,
                largest_batch: cloud.batch.max,
                patience: cloud.batch.wait.span(),
                work: work(&self.minds.big, scenario.networks.big_as_if),
                price_per_hour: cloud.price_per_hour,
                outages: cloud.outages.clone(),
            },
            policies: scenario.policies.clone(),
        };
        check_size(&plan)?;
        Ok(plan)
    }

    fn check_heads(&self) -> Checked<()> {
        let has_predictor = self.minds.little.network().has_predictor();
        let asks = |policy: &PolicySpec| matches!(policy, PolicySpec::Appealnet(_));
        match self.scenario.policies.iter().position(asks) {
            Some(index) if !has_predictor => {
                let what = format!("network '{}' has no predictor head", self.scenario.networks.little);
                Err(Problem::new(format!("policies[{index}]"), what))
            }
            _ => Ok(()),
        }
    }

    fn group(&self, index: usize, device: &DeviceGroup, first: u32, links: &[Access]) -> Checked<Group> {
        let place = |field: &str| format!("devices[{index}].{field}");
        let mut names = self.scenario.links.keys().map(String::as_str);
        let Some(link) = names.clone().position(|name| name == device.link) else {
            return Err(Problem::unknown(&place("link"), "link", &device.link, names.by_ref()));
        };
        if self.scenario.devices[..index].iter().any(|other| other.name == device.name) {
            return Err(Problem::new(place("name"), format!("'{}' is there already", device.name)));
        }
        if device.count == 0 {
            return Err(Problem::new(place("count"), "at least one is needed"));
        }
        let arrivals = device.arrivals.resolve(self.folder);
        let arrivals = arrivals.map_err(|(field, what)| Problem::new(place(&format!("arrivals.{field}")), what))?;
        let images =
            Images::of(&device.images, &self.minds.data).map_err(|what| Problem::new(place("images"), what))?;
        if let Some(Err((field, what))) = device.degrade.map(|degrade| degrade.check()) {
            let field = if field.is_empty() { "degrade".to_owned() } else { format!("degrade.{field}") };
            return Err(Problem::new(place(&field), what));
        }
        let processor: Processor = self.named(&place("hardware"), Kind::Processor, &device.hardware)?;
        if processor.busy.get() < processor.idle.get() {
            let what = format!("busy power ({}) is below idle power ({})", processor.busy, processor.idle);
            return Err(Problem::new(place("hardware"), what));
        }
        let timeout = device.timeout.map(|timeout| timeout.span());
        let round_trip = links[link].link.rtt.least();
        let offloads = self.scenario.policies.contains(&PolicySpec::OffloadAll);
        if offloads && timeout.is_some_and(|timeout| timeout <= round_trip) {
            let what = format!("offload-all can never answer within it: the round trip alone takes {round_trip}");
            return Err(Problem::new(place("timeout"), what));
        }
        let image = DataSize::new(self.minds.data.image_bytes() as f64);
        Ok(Group {
            name: device.name.clone(),
            first,
            count: device.count,
            processor,
            work: work(&self.minds.little, self.scenario.networks.little_as_if),
            battery: device.battery.clone(),
            link,
            arrivals,
            images,
            degrade: device.degrade,
            payload: device.payload.unwrap_or(image),
            answer: device.answer,
            deadline: device.deadline.map(|deadline| deadline.span()),
            timeout,
            queue: device.queue,
        })
    }

    fn access(&self, name: &str, link: &LinkSpec) -> Checked<Access> {
        if link.loss.get() >= 1.0 {
            return Err(Problem::new(format!("links.{name}.loss"), "if every packet is lost, nothing ever arrives"));
        }
        let place = |field: &str| format!("links.{name}.{field}");
        if link.cell.is_some() && !matches!(link.uplink, RateModel::Constant(_)) {
            let what = "in a cell, each device's own limit is constant; let the cell change instead";
            return Err(Problem::new(place("uplink"), what));
        }
        let rate = |field: &str, model: &RateModel| -> Checked<Rate> {
            let load = |trace: &TraceFile| RateTrace::read(&self.folder.join(&trace.file));
            model.resolve(load).map_err(|what| Problem::new(place(field), what))
        };
        let radio = self.named(&place("radio"), Kind::Radio, &link.radio)?;
        let link = Link {
            uplink: rate("uplink", &link.uplink)?,
            downlink: rate("downlink", &link.downlink)?,
            cell: link.cell.as_ref().map(|cell| rate("cell", cell)).transpose()?,
            rtt: link.rtt.clone(),
            loss: link.loss,
        };
        Ok(Access { radio, link })
    }

    fn named<T: DeserializeOwned + Clone>(&self, place: &str, kind: Kind, named: &Named<T>) -> Checked<T> {
        let name = match named {
            Named::Figures(figures) => return Ok(figures.clone()),
            Named::Preset(name) => name,
        };
        let names = self.presets.of(kind).map(|preset| preset.name.as_str());
        let preset = self.presets.find(kind, name);
        let preset = preset.ok_or_else(|| Problem::unknown(place, &format!("{} preset", kind.name()), name, names))?;
        preset.model().map_err(|e| Problem::new(place, format!("preset '{name}': {e}")))
    }
}

fn work(mind: &Remembering, as_if: Option<Macs>) -> Work {
    Work { macs: as_if.unwrap_or(Macs::new(mind.network().cost().macs as f64)) }
}
