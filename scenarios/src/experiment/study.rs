//! What an experiment consists of: the points of a sweep, each with a plan and a network pair.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::Provenance;
use device_models::units::base_value;
use device_models::{Presets, Rate};
use inference::Half;

use super::budget;
use super::made_once::MadeOnce;
use super::provenance::provenance;
use super::sampling::{HalfImages, Sampled, image_sampling};
use crate::answers::Networks;
use crate::auto_split::{Known, settle};
use crate::identity::Identity;
use crate::plan::{Access, Chance, Group, Met, Mixture, Plan, load_networks, resolve, samples, spread};
use crate::policies::{Calibration, ImageAnswers, Unreachable};
use crate::problem::Problem;
use crate::schema::{ImagesSpec, NetworkSpec, Replications, Scenario, points};
use crate::source::{InputError, Source, shown};

/// A scenario with its sweep, ready to run.
pub struct Study {
    /// The scenario as it is run.
    pub scenario: Scenario,
    /// The paths the sweep sets.
    pub axes: Vec<String>,
    /// The points, in the order of the sweep.
    pub points: Vec<Point>,
    /// Identifies everything the result depends on.
    pub fingerprint: Identity,
    image_samplings: MadeOnce<Identity, Arc<Sampled>>,
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
    pub networks: Arc<Networks>,
    /// What is random there.
    pub chance: Chance,
    /// What its thresholds are calibrated on, if not what its devices see.
    pub calibrated_on: Option<serde_json::Value>,
    /// Where its figures come from.
    pub provenance: Provenance,
}

/// Most runs of an experiment, so that a typing error does not start a year's work.
const MOST_RUNS: u64 = 1_000_000;

/// Requests per image from which on it pays to run the networks on all images beforehand.
const MANY: f64 = 4.0;

/// Images from which their differences are known well enough: standard errors to about 5 %.
const ENOUGH: usize = 1_000;

impl Study {
    /// Reads and resolves a scenario at every point of its sweep; networks remember their answers if `memory` is set.
    ///
    /// # Errors
    /// If a point asks for something that does not exist or is impossible.
    pub fn load(source: &Source, memory: bool) -> Result<Self, InputError> {
        let scenario = source.scenario()?;
        let settings = points(&scenario.sweep).map_err(|problem| source.report(problem))?;
        let axes = settings.first().map_or(Vec::new(), |first| first.iter().map(|(path, _)| path.clone()).collect());
        let presets =
            Presets::shipped().map_err(|e| source.report(Problem::new("", format!("shipped presets: {e}"))))?;
        let mut loaded: BTreeMap<Identity, Arc<Networks>> = BTreeMap::new();
        let mut known = Known::default();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut points = Vec::with_capacity(settings.len());
        for setting in &settings {
            let here = source.at_point(setting)?;
            let scenario = here.scenario()?;
            let specs: Vec<NetworkSpec> = scenario.named_networks().into_iter().map(|network| network.spec).collect();
            let named = Identity::of(&(&scenario.dataset, specs));
            let networks = match loaded.get(&named) {
                Some(networks) => networks.clone(),
                None => {
                    let networks = Arc::new(load_networks(&scenario, &here, memory)?);
                    loaded.insert(named, networks.clone());
                    networks
                }
            };
            let mut plan = resolve(&scenario, &here, &networks)?;
            let networks = settle(&mut plan, networks, &scenario, here.folder(), &mut known)
                .map_err(|p| here.report(Problem { place: here.policy_in_file(&p.place), ..p }))?;
            budget::settle(&mut plan, &networks, threads)
                .map_err(|p| here.report(Problem { place: here.policy_in_file(&p.place), ..p }))?;
            let settings: Vec<String> = setting.iter().map(|(_, value)| shown(value)).collect();
            let values = settings.iter().map(|text| base_value(text)).collect();
            let chance = Chance::of(&plan, &networks);
            let provenance = provenance(&scenario, &networks, &presets);
            let calibrated_on = scenario.calibrate_on.as_ref().map(serde_json::to_value).transpose();
            let unwritten = |e: serde_json::Error| here.report(Problem::new("calibrate-on", e.to_string()));
            let calibrated_on = calibrated_on.map_err(unwritten)?;
            points.push(Point { settings, values, plan, networks, chance, calibrated_on, provenance });
        }
        let fingerprint = fingerprint(&scenario, &points);
        let study = Self { scenario, axes, points, fingerprint, image_samplings: MadeOnce::default() };
        let runs = study.most_runs();
        if runs > MOST_RUNS {
            let what = format!("up to {runs} runs are too many; at most {MOST_RUNS} are allowed");
            return Err(source.report(Problem::new("replications", what)));
        }
        Ok(study)
    }

    /// The number of runs, or the most it can be.
    pub fn most_runs(&self) -> u64 {
        let replications = match self.scenario.replications {
            Replications::Fixed(number) => number,
            Replications::Until(until) => until.at_most,
        };
        self.points.iter().map(|point| point.plan.policies.len() as u64 * u64::from(replications)).sum()
    }

    /// Runs the networks of every point on all images beforehand, where runs will need most of the answers anyway.
    pub fn learn(&self, threads: usize) {
        let mut asked: Vec<*const Networks> = Vec::new();
        for Point { plan, networks, .. } in &self.points {
            let clear =
                plan.groups.iter().filter(|group| group.conditions.degrade.is_none()).map(|group| group.expected(plan));
            let often = clear.sum::<f64>() > MANY * networks.data.len() as f64;
            if often && networks.remembers() && !asked.contains(&Arc::as_ptr(networks)) {
                asked.push(Arc::as_ptr(networks));
                networks.learn(threads);
            }
        }
    }

    /// What is left to chance in the choice of the images of a point, whose thresholds were set on `calibration`; points
    /// with the same images, networks and policies share it.
    pub fn image_sampling(&self, point: &Point, calibration: &[ImageAnswers], threads: usize) -> Arc<Sampled> {
        let Point { plan, networks, .. } = point;
        let seen = Mixture::seen_by(&plan.groups, &networks.data);
        let (shown, one_network) = (images_shown(plan), plan.one_network());
        let depends_on =
            (networks.identity(), plan.seed, &plan.calibrate_on, &seen, &plan.policies, shown, one_network);
        let what = Identity::of(&depends_on);
        let make = || {
            // How much images differ is known from some of them; only where policies are compared image by image are
            // all of them asked for.
            let mut images = seen.over(&networks.data, Half::Evaluation);
            images.truncate(shown);
            let of = images.len();
            let images: Vec<Met> = if calibration.is_empty() { spread_evenly(images, ENOUGH) } else { images };
            let evaluation = samples(&images, networks, &plan.ways(), Half::Evaluation, plan.seed, threads);
            let half = HalfImages { samples: &evaluation, of };
            Arc::new(image_sampling(&plan.policies, one_network, calibration, &half, plan.seed, threads))
        };
        self.image_samplings.get_or_make(what, make)
    }
}

impl Point {
    /// The policies whose targets cannot be reached here, by their index, and why: what a run would fail for. The networks
    /// are run on the calibration half, if some threshold is to be found there, on `threads` threads.
    pub fn unreachable(&self, threads: usize) -> Vec<(usize, Unreachable)> {
        let images = self.plan.calibration_images(&self.networks, threads);
        let calibration = Calibration::on(&images);
        let policies = self.plan.policies.iter().enumerate();
        policies.filter_map(|(index, spec)| Some((index, spec.build(&calibration).err()?))).collect()
    }

    /// Names the degraded images of a replication, if it is worthwhile to ask for the answers to them beforehand; points
    /// that see the same images have the same name for them.
    pub fn degraded(&self, replication: u32) -> Option<Identity> {
        let Self { plan, networks, chance, .. } = self;
        let worthwhile = plan.worth_precomputing(networks);
        worthwhile.then(|| Identity::of(&(networks.identity(), chance.observations, replication)))
    }

    /// Asks for the answers to a replication's degraded images, so that memory has them.
    pub fn precompute(&self, replication: u32, threads: usize) {
        self.networks.precompute(&self.plan.degraded_images(replication), threads);
    }
}

/// The most images of a half that a run shows. In order, every device begins with the first, and a short run does not
/// get through the half.
fn images_shown(plan: &Plan) -> usize {
    let of_group = |group: &Group| match group.conditions.images {
        ImagesSpec::InOrder => group.arrivals.expected(plan.duration).ceil().max(1.0) as usize,
        _ => usize::MAX,
    };
    plan.groups.iter().map(of_group).max().unwrap_or(usize::MAX)
}

/// At most `most` of the items, spread evenly over them, but with no period that their order might share.
fn spread_evenly<T>(items: Vec<T>, most: usize) -> Vec<T> {
    let share = most as f64 / items.len().max(1) as f64;
    items.into_iter().enumerate().filter(|(place, _)| spread(*place) < share).map(|(_, item)| item).collect()
}

/// Identifies everything a result depends on: the program, the scenario, and the contents of the files it refers to.
fn fingerprint(scenario: &Scenario, points: &[Point]) -> Identity {
    let program = (env!("CARGO_PKG_VERSION"), analysis::SCHEMA_VERSION);
    let loaded: Vec<_> =
        points.iter().map(|point| (point.networks.identity(), point.chance, rates(&point.plan))).collect();
    Identity::of(&(program, scenario, loaded))
}

/// The rates of all links: a recorded rate is not part of the scenario itself.
fn rates(plan: &Plan) -> Vec<(&Rate, &Rate, Option<&Rate>)> {
    plan.links.iter().map(|Access { link, .. }| (&link.uplink, &link.downlink, link.cell.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::policies::Way;

    fn study(replications: u32) -> Result<Study, InputError> {
        let text = format!(
            "
name: study
duration: 20 s
replications: {replications}
networks: {{little: fmnist-little, big: fmnist-big}}
devices:
  - name: node
    hardware: raspberry-pi-4
    link: wire
    arrivals: {{poisson: 1 /s}}
    degrade: {{share: 0.6, noise: 0.3}}
links: {{wire: {{radio: ethernet, uplink: 1 Mbps, downlink: 1 Mbps, rtt: 10 ms}}}}
cloud: {{hardware: t4}}
policies: [local-only, offload-all]
"
        );
        Study::load(&Source::parse("study.yaml", text, PathBuf::new(), &[])?, true)
    }

    /// A tenth of a thousand: the gaps between multiples of the golden ratio are Fibonacci numbers, here 5, 8 and 13.
    /// All of fewer than are wanted.
    #[test]
    fn some_are_spread_evenly_over_all() {
        let some = spread_evenly((0..1_000).collect(), 100);
        assert!((98..=102).contains(&some.len()), "{}", some.len());
        assert!(some.windows(2).all(|pair| [5, 8, 13].contains(&(pair[1] - pair[0]))), "{some:?}");
        assert_eq!(spread_evenly((0..50).collect(), 100), (0..50).collect::<Vec<_>>());
    }

    /// Two policies, and half a million replications of each.
    #[test]
    fn a_million_runs_are_the_most() {
        assert_eq!(study(500_000).unwrap().most_runs(), 1_000_000);
        assert!(study(500_001).is_err());
    }

    /// A replication's images are the same whatever runs, and each network runs on as many as are degraded; asked again,
    /// memory answers.
    #[test]
    fn what_is_precomputed_is_in_memory() {
        let study = study(3).unwrap();
        let point = &study.points[0];
        let runs = || point.networks.calls(Way::BIG).run;
        let mut expected = 0;
        for replication in [0, 1, 0, 1, 2] {
            point.precompute(replication, 2);
            expected = expected.max((0..=replication).map(|r| point.plan.degraded_images(r).len() as u64).sum());
            assert_eq!(runs(), expected, "{replication}");
        }
        assert!(expected > 20, "{expected}");
        let names = [0, 1, 0].map(|replication| point.degraded(replication).unwrap());
        assert!(names[0] == names[2] && names[0] != names[1]);
    }
}
