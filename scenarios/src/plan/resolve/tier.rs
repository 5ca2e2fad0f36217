//! The cloud, and the servers at the ends of links.

use std::collections::BTreeMap;

use analysis::Role;
use device_models::{BatchTimes, Kind};
use sim_core::Span;

use super::check::{check_price, check_servers};
use super::{Checked, Resolver};
use crate::plan::Tier;
use crate::policies::{Outlines, PolicySpec, Strategy, Way, Written};
use crate::problem::Problem;
use crate::schema::{EdgeSpec, network_of};

impl Resolver<'_> {
    /// The cloud.
    pub(super) fn cloud(&self) -> Checked<Tier> {
        let cloud = &self.scenario.cloud;
        Ok(Tier {
            server: self.named("cloud.hardware", Kind::Server, &cloud.hardware)?,
            measured: self.batches("cloud.measured", &cloud.measured, cloud.batch.max)?,
            servers: cloud.servers,
            scale: cloud.scale.clone(),
            prepare: cloud.prepare.span(),
            queue: cloud.queue,
            largest_batch: cloud.batch.max,
            patience: cloud.batch.wait.span(),
            network: Way::BIG,
            policy: None,
            price_per_hour: cloud.price_per_hour,
            outages: cloud.outages.clone(),
        })
    }

    /// Measured times of the batches of networks, up to the largest batch that forms.
    fn batches(
        &self,
        place: &str,
        measured: &BTreeMap<String, BatchTimes>,
        largest: usize,
    ) -> Checked<BTreeMap<usize, BatchTimes>> {
        let batches = measured.iter().map(|(name, times)| {
            let way = self.measured_network(place, name)?;
            if times.largest() < largest {
                let what =
                    format!("batches of up to {largest} form, but none of more than {} was measured", times.largest());
                return Err(Problem::new(format!("{place}.{name}"), what));
            }
            Ok((way.network(), times.clone()))
        });
        batches.collect()
    }

    /// The network of that name, of which there is a measurement.
    pub(super) fn measured_network(&self, place: &str, name: &str) -> Checked<Way> {
        let named = self.scenario.named_networks();
        let at = named.iter().position(|network| network.name == name);
        let way = at.and_then(|at| Way::all(named.len()).nth(at));
        let names = named.iter().map(|network| network.name.as_str());
        way.ok_or_else(|| Problem::unknown(&format!("{place}.{name}"), "network", name, names))
    }

    /// The way in which a network answers, by its name; by default, that of the cloud.
    fn way_of(&self, name: Option<&str>) -> Way {
        let named = self.scenario.named_networks();
        let place = name.and_then(|name| network_of(&named, name));
        place.and_then(|place| Way::all(named.len()).nth(place)).unwrap_or(Way::BIG)
    }

    /// What servers at the end of a link do with the answers of their network.
    fn edge_policy(&self, place: &str, written: &Written, network: Way) -> Checked<PolicySpec> {
        let mut spec = self.source.policy(place, written, &Outlines::UNKNOWN)?;
        let wrong = |what: String| Err(Problem::new(place, what));
        if network == Way::BIG {
            return wrong("in the cloud they would get the same answer: give them a network of their own".to_owned());
        }
        if spec.role == Role::Bound || spec.strategy != Strategy::answer_or_appeal() {
            return wrong(format!("'{spec}' does not choose between an answer of their network and the cloud's"));
        }
        if spec.sure_enough.is_some() {
            let what = format!("'{spec}' calibrates the answers of each network, which servers here do not");
            return Err(Problem::new(place, what).or("use confidence or appealnet, with a delta"));
        }
        if spec.needs_calibration() {
            let problem = Problem::new(place, format!("the threshold of '{spec}' would have to be calibrated"));
            return Err(problem.or("give it as delta"));
        }
        if let Some(score) = spec.score() {
            let last = self.outlines.last_exit(network);
            let checked = self.outlines.check_scores(network, [last].into_iter(), score);
            checked.map_err(|what| Problem::new(place, format!("'{spec}': {what}")))?;
        }
        spec.strategy = spec.strategy.with(network);
        Ok(spec)
    }

    /// The servers at the end of the link of that name.
    pub(super) fn edge(&self, link: &str, edge: &EdgeSpec) -> Checked<Tier> {
        let place = |field: &str| format!("links.{link}.edge.{field}");
        for (field, count) in [("servers", edge.servers), ("batch.max", edge.batch.max)] {
            if count == 0 {
                return Err(Problem::new(place(field), "must be at least 1"));
            }
        }
        check_servers(&place("servers"), edge.servers)?;
        check_price(&place("price-per-hour"), edge.price_per_hour)?;
        if edge.batch.wait.span() > Span::ZERO && edge.queue < edge.batch.max {
            let what = format!("must be at least batch.max ({}), so that a batch can wait to fill up", edge.batch.max);
            return Err(Problem::new(place("queue"), what));
        }
        let network = self.way_of(edge.network.as_deref());
        let policy = edge.policy.as_ref().map(|written| self.edge_policy(&place("policy"), written, network));
        Ok(Tier {
            server: self.named(&place("hardware"), Kind::Server, &edge.hardware)?,
            measured: self.batches(&place("measured"), &edge.measured, edge.batch.max)?,
            servers: edge.servers,
            scale: None,
            prepare: edge.prepare.span(),
            queue: Some(edge.queue),
            largest_batch: edge.batch.max,
            patience: edge.batch.wait.span(),
            network,
            policy: policy.transpose()?,
            price_per_hour: edge.price_per_hour,
            outages: None,
        })
    }
}
