//! The cloud, and the servers at the ends of links.

use device_models::Kind;
use sim_core::Span;

use super::check::{check_price, check_servers};
use super::{Checked, Resolver};
use crate::plan::Tier;
use crate::policies::Way;
use crate::problem::Problem;
use crate::schema::EdgeSpec;

impl Resolver<'_> {
    /// The cloud.
    pub(super) fn cloud(&self) -> Checked<Tier> {
        let cloud = &self.scenario.cloud;
        Ok(Tier {
            server: self.named("cloud.hardware", Kind::Server, &cloud.hardware)?,
            servers: cloud.servers,
            scale: cloud.scale.clone(),
            prepare: cloud.prepare.span(),
            queue: cloud.queue,
            largest_batch: cloud.batch.max,
            patience: cloud.batch.wait.span(),
            network: Way::BIG,
            price_per_hour: cloud.price_per_hour,
            outages: cloud.outages.clone(),
        })
    }

    /// The way in which a network answers, by its name; by default, that of the cloud.
    fn way_of(&self, name: Option<&str>) -> Way {
        let named = self.scenario.named_networks();
        // Where the pair is the same network twice, servers run the one in the cloud.
        let place = name.and_then(|name| named.iter().rposition(|other| other.name == name));
        place.and_then(|place| Way::all(named.len()).nth(place)).unwrap_or(Way::BIG)
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
        Ok(Tier {
            server: self.named(&place("hardware"), Kind::Server, &edge.hardware)?,
            servers: edge.servers,
            scale: None,
            prepare: edge.prepare.span(),
            queue: Some(edge.queue),
            largest_batch: edge.batch.max,
            patience: edge.batch.wait.span(),
            network: self.way_of(edge.network.as_deref()),
            price_per_hour: edge.price_per_hour,
            outages: None,
        })
    }
}
