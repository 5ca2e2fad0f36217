//! Groups of devices.

use std::collections::BTreeMap;

use device_models::units::DataSize;
use device_models::{Arrivals, Kind, Processor};
use inference::Half;
use sim_core::Span;

use super::check::check_states;
use super::load::load_times;
use super::{Checked, Resolver};
use crate::plan::{Access, CLOUD, FirstTier, Group, Images, Leg, Preparation, Tier};
use crate::problem::Problem;
use crate::schema::{Conditions, DeviceGroup, Prepare, Retry};

/// Most attempts per request.
const MOST_ATTEMPTS: u8 = 100;

impl Resolver<'_> {
    pub(super) fn group(
        &self,
        index: usize,
        device: &DeviceGroup,
        first: u32,
        (links, tiers): (&[Access], &[Tier]),
    ) -> Checked<Group> {
        let place = |field: &str| format!("devices[{index}].{field}");
        let mut names = self.scenario.links.keys().map(String::as_str);
        let Some(link) = names.clone().position(|name| name == device.link) else {
            return Err(Problem::unknown(&place("link"), "link", &device.link, names.by_ref()));
        };
        if self.scenario.devices[..index].iter().any(|other| other.name == device.name) {
            return Err(Problem::new(place("name"), format!("'{}' is the name of another group already", device.name)));
        }
        if device.count == 0 {
            return Err(Problem::new(place("count"), "must be at least 1"));
        }
        if let Arrivals::Seen(seen) = &device.arrivals
            && !self.events.contains_key(&seen.event)
        {
            let names = self.events.keys().map(String::as_str);
            return Err(Problem::unknown(&place("arrivals.seen.event"), "event", &seen.event, names));
        }
        let arrivals = device.arrivals.resolve(|times| load_times(times, self.folder), &self.events);
        let arrivals = arrivals.map_err(|e| Problem::of_figures(&place("arrivals"), e))?;
        let conditions = Conditions { images: device.images.clone(), degrade: device.degrade };
        let images = self.images(&conditions, &place)?;
        let processor = self.processor(device, &place)?;
        let timeout = device.timeout.map(|timeout| timeout.span());
        let Access { link: to_cloud, edge, .. } = &links[link];
        let round_trip = edge.as_ref().map_or(to_cloud.rtt.least(), |(_, near)| near.least().min(to_cloud.rtt.least()));
        let offloads = self.policies.iter().find(|policy| policy.strategy.segments.is_empty());
        let trips = u64::from(to_cloud.transport.round_trips_each()) + 1;
        let travels = Span::from_nanos(round_trip.as_nanos().saturating_mul(trips));
        if let Some(policy) = offloads.filter(|_| timeout.is_some_and(|timeout| timeout <= travels)) {
            let alone = if trips == 1 { "the round trip alone takes" } else { "its round trips alone take" };
            let what = format!("{policy} can never answer in time: {alone} {travels}");
            return Err(Problem::new(place("timeout"), what));
        }
        if let Some(retry) = &device.retry {
            if retry.after.span() <= round_trip {
                let what = format!("no attempt can ever succeed: the round trip alone takes {round_trip}");
                return Err(Problem::new(place("retry.after"), what));
            }
            check_retry(retry, &place)?;
        }
        let first_tier = &tiers[usize::from(edge.as_ref().map_or(CLOUD, |(number, _)| *number))];
        let measured = self.passes(device, &processor, &place)?;
        let (payload, payload_is_recorded) = self.payload(device, &place)?;
        Ok(Group {
            name: device.name.clone(),
            first,
            count: device.count,
            prepare: device.prepare.map(|prepare| preparation(&prepare, &processor, &place)).transpose()?,
            processor,
            battery: device.battery.clone(),
            link,
            first_tier: FirstTier { network: first_tier.network, policy: first_tier.policy.clone() },
            arrivals,
            conditions,
            images,
            measured,
            payload,
            payload_is_recorded,
            answer: device.answer,
            deadline: device.deadline.map(|deadline| deadline.span()),
            timeout,
            retry: device.retry,
            fallback: device.fallback,
            queue: device.queue,
            when_full: device.when_full,
        })
    }

    /// What networks take that were measured on this hardware.
    fn passes(
        &self,
        device: &DeviceGroup,
        processor: &Processor,
        place: &dyn Fn(&str) -> String,
    ) -> Checked<BTreeMap<usize, Leg>> {
        let passes = device.measured.iter().map(|(name, pass)| {
            let way = self.measured_network(&place("measured"), name)?;
            let wrong = |e| Problem::of_figures(&place(&format!("measured.{name}")), e);
            let extra_power = pass.extra_power(processor).map_err(wrong)?;
            Ok((way.network(), Leg { takes: pass.span(), interval: pass.interval(processor), extra_power }))
        });
        passes.collect()
    }

    /// What appeals send on average, and whether that was recorded sample by sample.
    fn payload(&self, device: &DeviceGroup, place: &dyn Fn(&str) -> String) -> Checked<(DataSize, bool)> {
        let data = &self.networks.data;
        match (device.payload, self.networks.recorded_bytes()) {
            (Some(_), Some(_)) => {
                let what = "what is sent up was recorded sample by sample, as `bytes`, and would not be used";
                let advice = "leave one of them out: `columns: {bytes: ...}` may name another column";
                Err(Problem::new(place("payload"), what).or(advice))
            }
            (Some(payload), None) => Ok((payload, false)),
            (None, Some(bytes)) => {
                let known = data.half(Half::Calibration);
                let (count, sum) = (known.len(), known.map(|sample| bytes[sample]).sum::<f64>());
                Ok((DataSize::new(sum / count as f64), true))
            }
            (None, None) if data.has_images() => Ok((DataSize::new(data.image_bytes() as f64), false)),
            (None, None) => {
                let what = "there are no images whose size could be sent: nothing but answers was recorded";
                Err(Problem::new(place("payload"), what).or("give it, or a column of `bytes` in a table of answers"))
            }
        }
    }

    /// Checks conditions and resolves where their images come from; `place` leads to their fields.
    pub(super) fn images(&self, conditions: &Conditions, place: &dyn Fn(&str) -> String) -> Checked<Images> {
        if let Some(Err((field, what))) = conditions.degrade.map(|degrade| degrade.check()) {
            let field = if field.is_empty() { "degrade".to_owned() } else { format!("degrade.{field}") };
            return Err(Problem::new(place(&field), what));
        }
        let recorded = self.networks.ways().find_map(|way| self.networks.of(way).recording());
        if let Some(recording) = recorded.filter(|_| conditions.degrade.is_some()) {
            let what = format!("what '{}' answers to degraded images was not recorded", recording.name);
            return Err(Problem::new(place("degrade"), what));
        }
        Images::of(&place("images"), &conditions.images, &self.networks.data)
    }

    /// The processor at its operating point.
    fn processor(&self, device: &DeviceGroup, place: &dyn Fn(&str) -> String) -> Checked<Processor> {
        let mut processor: Processor = self.named(&place("hardware"), Kind::Processor, &device.hardware)?;
        if let Some(name) = &device.point {
            let Some(point) = processor.points.get(name) else {
                let names = processor.points.keys().map(String::as_str);
                return Err(Problem::unknown(&place("point"), "point of this hardware", name, names));
            };
            processor = processor.at(point);
        }
        if processor.busy.get() < processor.idle.get() {
            let what = format!("busy power ({}) is below idle power ({})", processor.busy, processor.idle);
            return Err(Problem::new(place("hardware"), what));
        }
        if processor.in_flight.get() < 1.0 {
            let what = format!("in-flight ({}) must be at least 1: one input is in it", processor.in_flight);
            return Err(Problem::new(place("hardware"), what));
        }
        if let Some(rests) = &device.rests {
            processor.rests.clone_from(rests);
        }
        check_states(&place(if device.rests.is_some() { "rests" } else { "hardware" }), processor.rests.len())?;
        Ok(processor)
    }
}

/// Power below idling would be a mistake.
fn preparation(prepare: &Prepare, processor: &Processor, place: &dyn Fn(&str) -> String) -> Checked<Preparation> {
    let power = prepare.power.unwrap_or(processor.busy);
    if power.get() < processor.idle.get() {
        let what = format!("is below the processor's idle power ({})", processor.idle);
        return Err(Problem::new(place("prepare.power"), what));
    }
    Ok(Preparation { time: prepare.time.span(), extra_power: power.get() - processor.idle.get() })
}

fn check_retry(retry: &Retry, place: &dyn Fn(&str) -> String) -> Checked<()> {
    if !(2..=MOST_ATTEMPTS).contains(&retry.attempts) {
        return Err(Problem::new(
            place("retry.attempts"),
            format!("must be from 2, counting the first, to {MOST_ATTEMPTS}"),
        ));
    }
    if retry.factor.get() < 1.0 {
        return Err(Problem::new(place("retry.factor"), "must be at least 1: waits may not get shorter"));
    }
    Ok(())
}
