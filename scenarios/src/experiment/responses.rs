//! How the figures of a run respond to the appeal rate.
//!
//! With other images in its halves, a policy would have sent up a little more or less. What that does to energy, bytes
//! and deadlines follows from what the requests of the run came to that were sent up, and those that were not: the
//! figure is the mean over both kinds, so it changes by their difference. That leaves out that appeals close together
//! share a radio's tail, so an additional one may cost less than the mean: energies respond by at most as much.
//!
//! What a device's processor does for a request depends on how far it runs its networks, and perhaps on the sample itself;
//! being sent up changes the former alone. So requests that ran as many segments count for the same computing, on
//! whichever side they are: samples that take long are sent up more often, and are no dearer for that.

use analysis::{DeviceRecord, RequestRecord, Responses};

/// Sums over the requests that were sent up, or over the others.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    requests: u64,
    /// Without computing.
    joules: f64,
    /// Requests by the number of segments that they ran, the last with all that ran more, and joules of computing.
    computing: [(u64, f64); 8],
    bytes: u64,
    with_deadline: u64,
    late: u64,
}

/// Takes in the requests of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct BySide {
    appealed: Sums,
    kept: Sums,
}

impl BySide {
    /// Adds a request.
    pub fn add(&mut self, request: &RequestRecord) {
        let side = if request.appealed { &mut self.appealed } else { &mut self.kept };
        side.requests += 1;
        side.joules += request.energy.total() - request.energy.compute;
        let ran = usize::from(request.segments).min(side.computing.len() - 1);
        side.computing[ran].0 += 1;
        side.computing[ran].1 += request.energy.compute;
        side.bytes += request.uplink_bytes;
        if let Some(in_time) = request.in_time {
            side.with_deadline += 1;
            side.late += u64::from(!in_time);
        }
    }

    /// Requests sent up.
    pub fn appealed(&self) -> u64 {
        self.appealed.requests
    }

    /// The share sent up; none if there were no requests.
    pub fn appeal_rate(&self) -> Option<f64> {
        let all = self.appealed.requests + self.kept.requests;
        (all > 0).then(|| self.appealed.requests as f64 / all as f64)
    }

    /// The responses of the figures that are means over requests.
    pub fn responses(&self) -> Responses {
        let (appealed, kept) = (self.appealed, self.kept);
        // Joules of computing of a request that ran so many segments, on either side.
        let computing = |ran: usize| {
            let ((n, up), (m, down)) = (appealed.computing[ran], kept.computing[ran]);
            if n + m > 0 { (up + down) / (n + m) as f64 } else { 0.0 }
        };
        let joules = |sums: &Sums| {
            let computed =
                sums.computing.iter().enumerate().map(|(ran, (requests, _))| *requests as f64 * computing(ran));
            (sums.joules + computed.sum::<f64>(), sums.requests)
        };
        let apart = |read: &dyn Fn(&Sums) -> (f64, u64)| match (read(&appealed), read(&kept)) {
            ((_, 0), _) | (_, (_, 0)) => 0.0,
            ((up, n), (down, m)) => up / n as f64 - down / m as f64,
        };
        Responses {
            energy: apart(&joules),
            uplink_bytes: apart(&|sums| (sums.bytes as f64, sums.requests)),
            deadline_misses: apart(&|sums| (sums.late as f64, sums.with_deadline)),
            ..Responses::default()
        }
    }
}

/// The response of a battery life of `life_s` seconds to the appeal rate, if a request's energy responds by
/// `per_request`: it shortens as the mean net power that the batteries give grows, with what conversion takes. 0 where
/// more is harvested than spent.
pub fn of_battery_life(life_s: f64, per_request: f64, devices: &[DeviceRecord]) -> f64 {
    let (mut requests, mut net, mut spent, mut lost_in_conversion) = (0, 0.0, 0.0, 0.0);
    for device in devices {
        let Some(battery) = device.battery else { continue };
        requests += device.requests;
        net += device.energy.total() + battery.drained - (battery.harvested - battery.spilled)
            + battery.lost_in_conversion;
        spent += device.energy.total();
        lost_in_conversion += battery.lost_in_conversion;
    }
    // Joules that the batteries give for one that a device spends.
    let given = if spent > 0.0 { 1.0 + lost_in_conversion / spent } else { 1.0 };
    if net > 0.0 { -life_s * requests as f64 * per_request * given / net } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use analysis::{BatteryRecord, EnergyParts};

    use super::*;

    fn request(appealed: bool, joules: f64, uplink_bytes: u64, in_time: Option<bool>) -> RequestRecord {
        let energy = EnergyParts { transmit: joules, ..EnergyParts::default() };
        RequestRecord { appealed, energy, uplink_bytes, in_time, ..RequestRecord::default() }
    }

    /// Two sent up cost 5 J and 100 B on average and half are late, three kept 1 J, 0 B and never late.
    #[test]
    fn a_figure_changes_by_what_an_appeal_makes_of_a_request() {
        let mut sides = BySide::default();
        sides.add(&request(true, 4.0, 80, Some(true)));
        sides.add(&request(true, 6.0, 120, Some(false)));
        (0..3).for_each(|_| sides.add(&request(false, 1.0, 0, Some(true))));
        let responses = sides.responses();
        assert_eq!((responses.energy, responses.uplink_bytes, responses.deadline_misses), (4.0, 100.0, 0.5));
        assert_eq!(sides.appeal_rate(), Some(0.4));
    }

    /// Two samples that take long are sent up, one that does not is kept, and all run one segment: an appeal costs what it
    /// sends, 2 J. Where what is sent up runs nothing, it saves what the others compute.
    #[test]
    fn computing_costs_the_same_on_either_side() {
        let ran = |appealed: bool, segments: u8, compute: f64| {
            let energy = EnergyParts { compute, transmit: if appealed { 2.0 } else { 0.0 }, ..EnergyParts::default() };
            RequestRecord { appealed, segments, energy, ..RequestRecord::default() }
        };
        let of = |requests: [RequestRecord; 3]| {
            let mut sides = BySide::default();
            requests.iter().for_each(|request| sides.add(request));
            sides.responses().energy
        };
        assert_eq!(of([ran(true, 1, 9.0), ran(true, 1, 7.0), ran(false, 1, 1.0)]), 2.0);
        assert_eq!(of([ran(true, 0, 0.0), ran(true, 0, 0.0), ran(false, 1, 3.0)]), 2.0 - 3.0);
    }

    /// A battery that lasts 100 s at a net load of 20 J (30 spent, 5 drained, 15 of 18 harvested kept) for 10 requests:
    /// 0.1 J more each is 1 J, a twentieth more load, and 5 s less. What is on mains does not count.
    #[test]
    fn a_battery_s_life_shortens_as_its_net_load_grows() {
        let device = |joules: f64, requests, battery| DeviceRecord {
            energy: EnergyParts { compute: joules, ..EnergyParts::default() },
            requests,
            battery,
            ..DeviceRecord::default()
        };
        let battery =
            |harvested| Some(BatteryRecord { drained: 5.0, harvested, spilled: 3.0, ..BatteryRecord::default() });
        let plugged = device(1_000.0, 500, None);
        let shortened = of_battery_life(100.0, 0.1, &[device(30.0, 10, battery(18.0)), plugged.clone()]);
        assert!((shortened + 5.0).abs() < 1e-9, "{shortened}");
        assert_eq!(of_battery_life(100.0, 0.1, &[device(30.0, 10, battery(40.0))]), 0.0, "it is charged");
        assert_eq!(of_battery_life(100.0, 0.1, &[plugged]), 0.0);
        // Half as much again is lost in conversion: 15 J for the 30, so the net load is 35 J, and a joule more takes
        // 1.5.
        let lossy = battery(18.0).map(|battery| BatteryRecord { lost_in_conversion: 15.0, ..battery });
        let shortened = of_battery_life(100.0, 0.1, &[device(30.0, 10, lossy)]);
        assert!((shortened + 100.0 * 1.5 / 35.0).abs() < 1e-9, "{shortened}");
    }

    #[test]
    fn where_all_or_none_are_sent_up_nothing_responds() {
        let mut sides = BySide::default();
        assert_eq!((sides.responses(), sides.appeal_rate()), (Responses::default(), None));
        sides.add(&request(true, 4.0, 80, None));
        assert_eq!(sides.responses(), Responses::default());
    }
}
