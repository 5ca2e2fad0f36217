//! What an experiment is made of: the points of a sweep, each with a plan and a pair of networks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use device_models::units::base_value;
use device_models::{ArrivalProcess, Link, Rate};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::plan::{Foresight, Minds, Plan, load_minds, resolve};
use crate::policies::Sample;
use crate::schema::{Replications, Scenario, points};
use crate::source::{InputError, Problem, Source, shown};

/// What the first to need it makes, and all others share.
type Once<T> = Arc<OnceLock<T>>;

/// A scenario with its sweep, ready to run.
pub struct Study {
    /// The scenario, as it was run.
    pub scenario: Scenario,
    /// The paths the sweep sets.
    pub axes: Vec<String>,
    /// The points, in the order of the sweep.
    pub points: Vec<Point>,
    /// Names all that decides about the result.
    pub fingerprint: String,
    calibrations: Mutex<BTreeMap<String, Once<Arc<[Sample]>>>>,
    foresights: Mutex<Vec<(String, Once<Foresight>)>>,
}

/// A point of a sweep.
pub struct Point {
    /// What it sets, axis by axis.
    pub settings: Vec<String>,
    /// The same in base units, where it is a quantity.
    pub values: Vec<Option<f64>>,
    /// The scenario there, resolved.
    pub plan: Plan,
    /// The networks there.
    pub minds: Arc<Minds>,
    /// Tells the networks of this point from those of others.
    networks: String,
}

/// Runs of an experiment, so that a slip of the finger does not start a year's work.
const MOST_RUNS: u64 = 1_000_000;

/// Requests an image that a run has to have so that asking about all images ahead is no waste.
const MANY: f64 = 4.0;

/// Replications whose degraded images are known at a time.
const FORESEEN: usize = 2;

impl Study {
    /// Reads and resolves a scenario at every point of its sweep; networks remember their answers if `memory` says so.
    ///
    /// # Errors
    /// If a point asks for something that is not there or cannot be.
    pub fn load(source: &Source, memory: bool) -> Result<Self, InputError> {
        let scenario = source.scenario()?;
        let settings = points(&scenario.sweep).map_err(|problem| source.report(problem))?;
        let axes = settings.first().map_or(Vec::new(), |first| first.iter().map(|(path, _)| path.clone()).collect());
        let mut loaded: BTreeMap<String, Arc<Minds>> = BTreeMap::new();
        let mut points = Vec::with_capacity(settings.len());
        for setting in &settings {
            let here = source.at_point(setting)?;
            let scenario = here.scenario()?;
            let networks = format!("{} {} {}", scenario.dataset, scenario.networks.little, scenario.networks.big);
            let minds = match loaded.get(&networks) {
                Some(minds) => minds.clone(),
                None => {
                    let minds = Arc::new(load_minds(&scenario, &here, memory)?);
                    loaded.insert(networks.clone(), minds.clone());
                    minds
                }
            };
            let plan = resolve(&scenario, &here, &minds)?;
            let settings: Vec<String> = setting.iter().map(|(_, value)| shown(value)).collect();
            let values = settings.iter().map(|text| base_value(text)).collect();
            points.push(Point { settings, values, plan, minds, networks });
        }
        let fingerprint = fingerprint(&scenario, &points);
        let study =
            Self { scenario, axes, points, fingerprint, calibrations: Mutex::default(), foresights: Mutex::default() };
        let runs = study.most_runs();
        if runs > MOST_RUNS {
            let what = format!("up to {runs} runs are too many; at most {MOST_RUNS} are made");
            return Err(source.report(Problem::new("replications", what)));
        }
        Ok(study)
    }

    /// Runs it takes, or at most takes.
    pub fn most_runs(&self) -> u64 {
        let replications = match self.scenario.replications {
            Replications::Fixed(number) => number,
            Replications::Until(until) => until.at_most,
        };
        self.points.iter().map(|point| point.plan.policies.len() as u64 * u64::from(replications)).sum()
    }

    /// Asks the networks of every point about all images ahead, where runs will need most of them anyway.
    pub fn learn(&self, threads: usize) {
        let mut asked: Vec<*const Minds> = Vec::new();
        for Point { plan, minds, .. } in &self.points {
            let clear = plan.groups.iter().filter(|group| group.degrade.is_none()).map(|group| group.expected(plan));
            let often = clear.sum::<f64>() > MANY * minds.data.len() as f64;
            if often && minds.little.remembers() && !asked.contains(&Arc::as_ptr(minds)) {
                asked.push(Arc::as_ptr(minds));
                minds.learn(threads);
            }
        }
    }

    /// The calibration half as the devices of a point see it; points that see the same share it.
    pub fn calibration(&self, point: &Point, threads: usize) -> Arc<[Sample]> {
        let sees = seen(&point.plan);
        // Where nothing befalls the images, only chance depends on the seed.
        let key = format!("{} {} {sees}", point.networks, point.plan.seed);
        let cell = lock(&self.calibrations).entry(key).or_default().clone();
        let ask = || point.minds.calibration(point.plan.seed, threads, |number| point.plan.degrade_of(number)).into();
        cell.get_or_init(ask).clone()
    }

    /// The answers to a replication's degraded images, if it is worth while; points that see the same share them.
    pub fn foresight(&self, point: &Point, replication: u32) -> Option<Once<Foresight>> {
        if !Foresight::worthwhile(&point.plan, &point.minds) {
            return None;
        }
        let plan = &point.plan;
        let asked: Vec<_> = plan.groups.iter().map(|group| (&group.arrivals, group.images.key())).collect();
        let key =
            format!("{} {} {replication} {:?} {} {asked:?}", point.networks, plan.seed, plan.duration, seen(plan));
        let mut kept = lock(&self.foresights);
        if let Some((_, cell)) = kept.iter().find(|(kept, _)| *kept == key) {
            return Some(cell.clone());
        }
        if kept.len() == FORESEEN {
            kept.remove(0);
        }
        let cell = Arc::default();
        kept.push((key, Arc::clone(&cell)));
        Some(cell)
    }
}

/// What befalls the images of which devices.
fn seen(plan: &Plan) -> String {
    let degrades: Vec<_> = plan.groups.iter().map(|group| (group.count, &group.degrade)).collect();
    match plan.groups.iter().any(|group| group.degrade.is_some()) {
        true => format!("{degrades:?}"),
        false => String::new(),
    }
}

/// Program, scenario, networks and images.
fn fingerprint(scenario: &Scenario, points: &[Point]) -> String {
    let mut minds: BTreeMap<&str, u64> = BTreeMap::new();
    for point in points {
        minds.entry(&point.networks).or_insert_with(|| point.minds.fingerprint());
    }
    let scenario = serde_json::to_string(scenario).unwrap_or_default();
    let program = (env!("CARGO_PKG_VERSION"), analysis::SCHEMA_VERSION);
    let recordings: Vec<u64> = points.iter().flat_map(|point| recordings(&point.plan)).collect();
    format!("{:032x}", xxh3_128(format!("{program:?} {scenario} {minds:?} {recordings:?}").as_bytes()))
}

/// What names the recordings a plan plays: their files are not part of the scenario.
fn recordings(plan: &Plan) -> Vec<u64> {
    let rates = plan.links.iter().flat_map(|access| {
        let Link { uplink, downlink, cell, .. } = &access.link;
        [Some(uplink), Some(downlink), cell.as_ref()].into_iter().flatten()
    });
    let rates = rates.filter_map(|rate| match rate {
        Rate::Trace(trace, ..) => Some(trace.fingerprint()),
        _ => None,
    });
    rates.chain(plan.groups.iter().filter_map(|group| recording(&group.arrivals))).collect()
}

fn recording(arrivals: &ArrivalProcess) -> Option<u64> {
    match arrivals {
        ArrivalProcess::Times(recording, ..) => {
            let bytes: Vec<u8> =
                recording.moments().iter().flat_map(|moment| moment.as_nanos().to_le_bytes()).collect();
            Some(xxh3_64(&bytes))
        }
        ArrivalProcess::Seen(sighting) => recording(&sighting.event),
        ArrivalProcess::Drawn(_) => None,
    }
}

/// A thread that panicked leaves these maps as they were.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
