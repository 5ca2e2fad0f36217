//! The tables of results and of trainings: every column with its meaning.

use std::borrow::Cow;

use inference::Score;

use crate::measures::Percentile;
use crate::parts::EnergyParts;
use crate::records::{DeviceRecord, EpochRecord, Outcome, RequestRecord, SummaryRecord, Tier};
use crate::table::{Column, KeyColumn, KeyValue, SCHEMA_VERSION, Table, Values};

/// Which run the rows of a file belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunKey {
    /// The policy.
    pub policy: String,
    /// Number of the replication.
    pub replication: u32,
}

const fn column<R>(name: &'static str, about: &'static str, values: Values<R>) -> Column<R> {
    Column { name: Cow::Borrowed(name), about, values }
}

fn keys(run: &RunKey) -> Vec<KeyColumn> {
    let policy = KeyValue::Text(run.policy.clone());
    let replication = KeyValue::Count(run.replication.into());
    vec![
        KeyColumn { name: "policy", about: "The policy, as the scenario file has it.", value: policy },
        KeyColumn { name: "replication", about: "Number of the replication, from 0.", value: replication },
    ]
}

/// The column of a score.
fn score(score: Score) -> Column<RequestRecord> {
    let values = Values::MaybeNumberAt(score.place(), |r: &RequestRecord, place| r.scores.at(place).map(f64::from));
    column(score.column(), score.about(), values)
}

/// One row per request.
pub fn requests(run: &RunKey) -> Table<RequestRecord> {
    use Values::{Count, Flag, MaybeCount, MaybeFlag, MaybeNumber, MaybeText, Number, Text};
    let mut columns = vec![
        column("request", "Number of the request, in order of arrival.", Count(|r: &RequestRecord| r.request.into())),
        column("device", "Number of the device, over all groups.", Count(|r| r.device.into())),
        column("image", "Index of the image in its data set.", Count(|r| r.image.into())),
        column("label", "Class of the image.", Count(|r| r.label.into())),
        column(
            "degradation",
            "How the image was degraded: none, noise, blur, occlusion, low-light.",
            Text(|r| r.degradation.map_or("none", |(kind, _)| kind)),
        ),
        column(
            "degradation_strength",
            "How strongly, in the units of the scenario file.",
            MaybeNumber(|r| r.degradation.map(|(_, strength)| f64::from(strength))),
        ),
        column("little_right", "Whether the little network is right about it, run or not.", Flag(|r| r.little_right)),
        column("big_right", "Whether the big network is right about it, run or not.", Flag(|r| r.big_right)),
        column(
            "outcome",
            "How it ended: edge, cloud, timed-out-edge (the edge answer was used instead), timed-out, refused-edge \
             (the cloud's queue was full, the edge answer was used instead), refused, rejected (the device's queue was \
             full), device-dead, unfinished (at the end of the run).",
            Text(|r| r.outcome.name()),
        ),
        column("measured", "Whether it arrived after the warm-up.", Flag(|r| r.measured)),
        column("appealed", "Whether the policy sent it up.", Flag(|r| r.appealed)),
        column(
            "radio",
            "What the radio was doing when it was sent up: idle, promoting, active, tail.",
            MaybeText(|r| r.radio),
        ),
        column("attempts", "How often it was sent up.", Count(|r| r.attempts.into())),
        column(
            "tier",
            "Which servers took it for good: cloud, edge-server; null if it reached none, or is still passed on.",
            MaybeText(|r| r.tier.map(Tier::name)),
        ),
        column("segments", "How many segments of networks its device ran for it.", Count(|r| r.segments.into())),
        column(
            "offload",
            "As which of its policy's offloads it was sent up, counted from 0; null if it was not.",
            MaybeCount(|r| r.offload.map(u64::from)),
        ),
        column(
            "cut",
            "How many steps of the network its device had run when it was sent up: 0 if the input was sent; null if it was \
             not sent up, or to be answered by the servers' own network.",
            MaybeCount(|r| r.cut.map(u64::from)),
        ),
        column(
            "uplink_bps",
            "Bits a second at which its device would have begun to send it when its policy last had a choice; null if it \
             had none, or cuts no network.",
            MaybeNumber(|r| r.uplink_rate),
        ),
        column(
            "way",
            "Which network gave the final answer, wherever it ran: 0 `little`, 1 `big`, then the others in the manifest's \
             order; null without an answer.",
            MaybeCount(|r| r.way.map(u64::from)),
        ),
        column(
            "edge_class",
            "Class by the last network, or exit of one, that answered on the device; null if none did.",
            MaybeCount(|r| r.edge_class.map(u64::from)),
        ),
        column(
            "edge_server_class",
            "Class by servers at its link's end that passed it on.",
            MaybeCount(|r| r.edge_server_class.map(u64::from)),
        ),
        column("cloud_class", "Class by the servers that took it.", MaybeCount(|r| r.cloud_class.map(u64::from))),
        column("answer", "Class of the final answer.", MaybeCount(|r| r.answer.map(u64::from))),
        column("correct", "Whether it was answered correctly.", Flag(|r| r.correct())),
        column("in_time", "Whether it was answered by its deadline.", MaybeFlag(|r| r.in_time)),
    ];
    columns.extend(Score::all().map(score));
    columns.extend([
        column("arrival_ns", "When it arrived at the device.", Count(|r: &RequestRecord| r.arrival)),
        column(
            "edge_start_ns",
            "When the device began to run networks for it: the little one, or what its policy runs instead.",
            MaybeCount(|r| r.edge_start),
        ),
        column("edge_done_ns", "When the last of what it ran was done.", MaybeCount(|r| r.edge_done)),
        column(
            "prepare_start_ns",
            "When the device began to prepare it to be sent; null if that takes no time.",
            MaybeCount(|r| r.prepare_start),
        ),
        column("prepare_done_ns", "When it was prepared.", MaybeCount(|r| r.prepare_done)),
        column(
            "retried_ns",
            "When its last attempt began; null if that was the first. The stamps that follow are of the last attempt.",
            MaybeCount(|r| r.retried),
        ),
        column(
            "send_start_ns",
            "When the radio began to send it, or to open a connection for it.",
            MaybeCount(|r| r.send_start),
        ),
        column("send_done_ns", "When its last bit was sent.", MaybeCount(|r| r.send_done)),
        column(
            "send_pauses_ns",
            "Time between these two in which no bit moved: the connection was opened, or waited for acknowledgements.",
            Count(|r| r.send_pauses),
        ),
        column(
            "edge_server_arrival_ns",
            "When it reached servers at its link's end that passed it on to the cloud; null if none did.",
            MaybeCount(|r| r.edge_server_arrival),
        ),
        column("passed_on_ns", "When they had answered it and passed it on.", MaybeCount(|r| r.passed_on)),
        column("cloud_arrival_ns", "When it reached the servers that took it.", MaybeCount(|r| r.cloud_arrival)),
        column(
            "cloud_ready_ns",
            "When they had prepared it; null if that takes no time.",
            MaybeCount(|r| r.cloud_ready),
        ),
        column("cloud_start_ns", "When its batch began.", MaybeCount(|r| r.cloud_start)),
        column("cloud_done_ns", "When its batch was done.", MaybeCount(|r| r.cloud_done)),
        column("batch", "Requests in its batch.", MaybeCount(|r| r.batch.map(u64::from))),
        column("answer_arrival_ns", "When the answer reached the device's link.", MaybeCount(|r| r.answer_arrival)),
        column(
            "receive_start_ns",
            "When the radio began to receive it: it may have had to listen first, to connect, or to receive others.",
            MaybeCount(|r| r.receive_start),
        ),
        column("end_ns", "When it ended; null if it was unfinished.", MaybeCount(|r| r.end)),
        column("latency_s", "From arrival to answer; null if there was none.", MaybeNumber(|r| r.latency())),
        column("uplink_bytes", "Bytes sent, including retransmissions.", Count(|r| r.uplink_bytes)),
        column(
            "resent_bytes",
            "Of these, what its last attempt sent again because packets were lost.",
            Count(|r| r.resent_bytes),
        ),
        column("recovery_ns", "By how much these losses delayed its arrival at the servers.", Count(|r| r.recovery)),
        column("downlink_bytes", "Bytes received.", Count(|r| r.downlink_bytes)),
        column("compute_j", "Energy of running networks on the device, above idling.", Number(|r| r.energy.compute)),
        column("prepare_j", "Energy of preparing it to be sent, above idling.", Number(|r| r.energy.prepare)),
        column("transmit_j", "Energy of sending.", Number(|r| r.energy.transmit)),
        column("receive_j", "Energy of receiving.", Number(|r| r.energy.receive)),
        column("promotion_j", "Energy of connecting the radio.", Number(|r| r.energy.promotion)),
        column("tail_j", "Energy of the radio staying connected afterwards.", Number(|r| r.energy.tail)),
        column("energy_j", "The sum of these.", Number(|r| r.energy.total())),
    ]);
    let about = "One row per request, however it ended, in order of arrival; one file per run.";
    Table { name: "requests", about, keys: keys(run), columns }
}

/// One row per device and run.
pub fn devices(run: &RunKey) -> Table<DeviceRecord> {
    use Values::{Count, MaybeCount, MaybeNumber, MaybeText, Number, Text};
    fn energy(row: &DeviceRecord) -> &EnergyParts {
        &row.energy
    }
    let columns = vec![
        column("device", "Number of the device, over all groups.", Count(|r: &DeviceRecord| r.device.into())),
        column("group", "Name of its entry under `devices`.", Text(|r| &r.group)),
        column("requests", "Requests that arrived.", Count(|r| r.requests)),
        column("compute_j", "Energy of running networks on the device, above idling.", Number(|r| energy(r).compute)),
        column("prepare_j", "Energy of preparing appeals to be sent, above idling.", Number(|r| energy(r).prepare)),
        column("transmit_j", "Energy of sending.", Number(|r| energy(r).transmit)),
        column("receive_j", "Energy of receiving.", Number(|r| energy(r).receive)),
        column("promotion_j", "Energy of connecting the radio.", Number(|r| energy(r).promotion)),
        column("tail_j", "Energy of the radio staying connected.", Number(|r| energy(r).tail)),
        column("idle_j", "Energy of being switched on.", Number(|r| energy(r).idle)),
        column("energy_j", "The sum of these.", Number(|r| energy(r).total())),
        column("attributed_j", "The part of it booked to requests; the rest is shared.", Number(|r| r.attributed)),
        column("battery_j", "What can be drawn from the full battery.", MaybeNumber(|r| r.battery.map(|b| b.usable))),
        column("battery_left_j", "What is left of that.", MaybeNumber(|r| r.battery.map(|b| b.left))),
        column("harvested_j", "Energy harvested into the battery.", MaybeNumber(|r| r.battery.map(|b| b.harvested))),
        column("spilled_j", "Harvested energy that found no room.", MaybeNumber(|r| r.battery.map(|b| b.spilled))),
        column("drained_j", "Energy lost by self-discharge.", MaybeNumber(|r| r.battery.map(|b| b.drained))),
        column(
            "conversion_j",
            "Energy lost in conversion between the battery and the device; `energy_j` does not contain it.",
            MaybeNumber(|r| r.battery.map(|b| b.lost_in_conversion)),
        ),
        column("died_ns", "When the battery was empty; null if it was not.", MaybeCount(|r| r.died)),
        column(
            "battery_life_s",
            "Time until the battery was empty; null if the run ended before.",
            MaybeNumber(|r| r.life.and_then(|life| life.seen())),
        ),
        column(
            "battery_life_extrapolated_s",
            "Time until it will be empty if the load continues, day after day; null if it was empty, or never will be.",
            MaybeNumber(|r| r.life.and_then(|life| life.extrapolated())),
        ),
        column(
            "battery_life_known",
            "How its life is known: seen, extrapolated, or guessed (the run did not cover a whole cycle of the load); \
             null without a battery.",
            MaybeText(|r| r.life.map(|life| life.known.name())),
        ),
        column(
            "processor_busy",
            "Share of the time that the little network ran or appeals were prepared, or that the processor woke up for that.",
            Number(|r| r.processor_busy),
        ),
        column("uplink_bytes", "Bytes sent.", Count(|r| r.uplink_bytes)),
    ];
    Table { name: "devices", about: "One row per device; one file per run.", keys: keys(run), columns }
}

/// One row per run; `axes` are the paths a sweep sets. Columns of CO2 are there if the carbon intensity of the grid is
/// known somewhere.
pub fn summary(axes: &[String], grid_is_known: bool) -> Table<SummaryRecord> {
    use Values::{Count, MaybeCount, MaybeNumber, MaybeNumberAt, MaybeText, Number, Text, TextAt};
    fn count(row: &SummaryRecord, outcome: Outcome) -> u64 {
        row.outcomes[outcome as usize]
    }
    let mut columns =
        vec![column("point", "Number of the point of the sweep, from 0.", Count(|r: &SummaryRecord| r.point.into()))];
    for (index, axis) in axes.iter().enumerate() {
        columns.push(Column {
            name: axis.clone().into(),
            about: "What the sweep sets there.",
            values: TextAt(index, |r, index| r.settings.get(index).map_or("", String::as_str)),
        });
        columns.push(Column {
            name: format!("{axis} value").into(),
            about: "The same in base units; null if it is not a quantity.",
            values: MaybeNumberAt(index, |r, index| r.setting_values.get(index).copied().flatten()),
        });
    }
    columns.append(&mut vec![
        column("policy", "The policy, as the scenario file has it.", Text(|r: &SummaryRecord| &r.policy)),
        column("replication", "Number of the replication, from 0.", Count(|r| r.replication.into())),
        column("threshold", "The score from which the policy keeps an answer.", MaybeNumber(|r| r.threshold)),
        column("requests", "Requests that arrived after the warm-up.", Count(|r| r.requests)),
        column("ended_edge", "Of these, answered at the edge.", Count(|r| count(r, Outcome::Edge))),
        column(
            "ended_cloud",
            "Answered by the cloud, or by servers at the end of a link.",
            Count(|r| count(r, Outcome::Cloud)),
        ),
        column(
            "ended_edge_server",
            "Of these, answered by servers at the end of a link; null if there are none.",
            MaybeCount(|r| r.by_edge_servers),
        ),
        column(
            "ended_timed_out_edge",
            "Timed out; the edge answer was used instead.",
            Count(|r| count(r, Outcome::TimedOutEdge)),
        ),
        column("ended_timed_out", "Timed out without an answer.", Count(|r| count(r, Outcome::TimedOut))),
        column(
            "ended_refused_edge",
            "Refused by the cloud; the edge answer was used instead.",
            Count(|r| count(r, Outcome::RefusedEdge)),
        ),
        column("ended_refused", "Refused by the cloud, without an answer.", Count(|r| count(r, Outcome::Refused))),
        column("ended_rejected", "Rejected by the device's full queue.", Count(|r| count(r, Outcome::Rejected))),
        column(
            "ended_device_dead",
            "Lost when the device's battery ran empty.",
            Count(|r| count(r, Outcome::DeviceDead)),
        ),
        column("unfinished", "Under way when the run ended.", Count(|r| count(r, Outcome::Unfinished))),
        column("accuracy", "Share answered correctly, of those that ended.", MaybeNumber(|r| r.accuracy)),
        column(
            "little_accuracy",
            "Share of the same images that the little network gets right.",
            MaybeNumber(|r| r.little_accuracy),
        ),
        column(
            "big_accuracy",
            "Share of the same images that the big network gets right.",
            MaybeNumber(|r| r.big_accuracy),
        ),
        column(
            "accuracy_gain",
            "AccI: (accuracy - little) / (big - little); null if big is no better than little.",
            MaybeNumber(|r| r.accuracy_gain),
        ),
        column("appeal_rate", "Share sent up.", MaybeNumber(|r| r.appeal_rate)),
        column(
            "breakage",
            "Share that the big network gets wrong, of what the little one gets right.",
            MaybeNumber(|r| r.pairing.breakage()),
        ),
        column(
            "recovery",
            "Share that the big network gets right, of what the little one gets wrong.",
            MaybeNumber(|r| r.pairing.recovery()),
        ),
        column(
            "beneficial_appeals",
            "Share of what was sent up on which the big network alone is right.",
            MaybeNumber(|r| r.appealed.beneficial()),
        ),
        column(
            "futile_appeals",
            "Share of what was sent up on which both networks are right, or neither.",
            MaybeNumber(|r| r.appealed.futile()),
        ),
        column(
            "harmful_appeals",
            "Share of what was sent up on which the little network alone is right.",
            MaybeNumber(|r| r.appealed.harmful()),
        ),
        column("energy_per_request_j", "Energy per request, without idling.", MaybeNumber(|r| r.energy)),
        column(
            "unanswered",
            "Share without an answer: never given, refused or lost, or still under way when the run ended.",
            MaybeNumber(|r| r.unanswered),
        ),
        column(
            "latency_p50_s",
            "Median latency of all requests, with those without an answer counted as later than every answer (those \
             under way at the end are left out if that makes a difference of less than a tenth); null if it falls \
             among these, or with too few requests.",
            MaybeNumber(|r| r.latency_p50.and_then(Percentile::exactly)),
        ),
        column(
            "latency_p50_at_least_s",
            "A lower bound if it falls among requests without an answer: the longest answer, or how long the request \
             it falls on had been under way.",
            MaybeNumber(|r| r.latency_p50.and_then(Percentile::at_least)),
        ),
        column(
            "latency_p95_s",
            "95th percentile, likewise.",
            MaybeNumber(|r| r.latency_p95.and_then(Percentile::exactly)),
        ),
        column(
            "latency_p95_at_least_s",
            "Its lower bound if it falls among requests without an answer.",
            MaybeNumber(|r| r.latency_p95.and_then(Percentile::at_least)),
        ),
        column(
            "latency_p99_s",
            "99th percentile, likewise.",
            MaybeNumber(|r| r.latency_p99.and_then(Percentile::exactly)),
        ),
        column(
            "latency_p99_at_least_s",
            "Its lower bound if it falls among requests without an answer.",
            MaybeNumber(|r| r.latency_p99.and_then(Percentile::at_least)),
        ),
        column("deadline_misses", "Share not answered by the deadline.", MaybeNumber(|r| r.deadline_misses)),
        column("uplink_bytes_per_request", "Bytes sent per request.", MaybeNumber(|r| r.uplink_bytes)),
        column("batteries", "Devices with a battery.", Count(|r| r.batteries)),
        column("batteries_empty", "Those whose battery was empty before the run ended.", Count(|r| r.batteries_empty)),
        column(
            "first_battery_empty_s",
            "When the first of these was empty; null if none was.",
            MaybeNumber(|r| r.first_battery_empty),
        ),
        column(
            "battery_life_s",
            "When half of the batteries were empty; null if the run ended before.",
            MaybeNumber(|r| r.battery_life.and_then(|life| life.seen())),
        ),
        column(
            "battery_life_extrapolated_s",
            "When half of them will be empty if the load continues; null if that was seen, or if they last forever.",
            MaybeNumber(|r| r.battery_life.and_then(|life| life.extrapolated())),
        ),
        column(
            "battery_life_known",
            "How that is known: seen, extrapolated, or guessed (the run did not cover a whole cycle of the load); null \
             without batteries.",
            MaybeText(|r| r.battery_life.map(|life| life.known.name())),
        ),
        column(
            "attempts_per_appeal",
            "Mean number of times an appeal was sent; null without appeals.",
            MaybeNumber(|r| r.attempts),
        ),
        column(
            "cloud_busy",
            "Share of the time they were on that the cloud's servers were busy.",
            Number(|r| r.cloud_busy),
        ),
        column("cloud_servers", "Mean number of the cloud's servers that were on.", Number(|r| r.cloud_servers)),
        column(
            "edge_busy",
            "Share of the time that the servers at the ends of links were busy; null without any.",
            MaybeNumber(|r| r.edge_busy),
        ),
        column(
            "cloud_energy_per_request_j",
            "Energy of all servers, including idling, per request that arrived.",
            MaybeNumber(|r| r.cloud_energy),
        ),
        column(
            "cloud_cost_per_request",
            "Cost of all servers per request that arrived, in the currency of the scenario file.",
            MaybeNumber(|r| r.cloud_cost),
        ),
        column(
            "heaviest_load",
            "The heaviest load offered to any processor, link or server, as a multiple of what it can do; above 1 it \
             cannot keep up.",
            MaybeNumber(|r| r.heaviest_load().map(|load| load.times)),
        ),
        column(
            "heaviest_load_on",
            "Which of them it was offered to.",
            MaybeText(|r| r.heaviest_load().map(|load| load.server.as_str())),
        ),
    ]);
    if grid_is_known {
        columns.extend([
            column(
                "co2_per_request_g",
                "Grams of CO2 for `energy_per_request_j`; this column and the next are only there if the scenario gives \
                 the carbon intensity of the `grid`.",
                MaybeNumber(|r: &SummaryRecord| r.co2()),
            ),
            column(
                "cloud_co2_per_request_g",
                "Grams of CO2 for `cloud_energy_per_request_j`.",
                MaybeNumber(|r| r.servers_co2()),
            ),
        ]);
    }
    let about = "One row per run: a point of the sweep, a policy and a replication. Each axis of a sweep has two \
                 columns, named by its path.";
    Table { name: "summary", about, keys: Vec::new(), columns }
}

/// One row per epoch of a training.
pub fn training() -> Table<EpochRecord> {
    use Values::{Count, Number, Text};
    let columns = vec![
        column("stage", "What was trained: classify, joint or predictor.", Text(|r: &EpochRecord| r.stage)),
        column("epoch", "Number of the epoch in its stage, from 1.", Count(|r| r.epoch)),
        column("loss", "Mean loss over the training images.", Number(|r| r.loss)),
        column(
            "train_accuracy",
            "Share of the augmented training images classified correctly.",
            Number(|r| r.train_accuracy),
        ),
        column(
            "held_out_accuracy",
            "Share of the held-out images classified correctly.",
            Number(|r| r.held_out_accuracy),
        ),
        column("mean_q", "Mean q over the training images; 0.5 before predictors are trained.", Number(|r| r.mean_q)),
    ];
    Table {
        name: "training",
        about: "One row per epoch: the learning curve that `train` writes beside the weights.",
        keys: Vec::new(),
        columns,
    }
}

/// All tables as a Markdown page.
pub fn document() -> String {
    let any = RunKey::default();
    let sections =
        [summary(&[], true).document(), requests(&any).document(), devices(&any).document(), training().document()];
    format!(
        "# Columns of the results\n\nSchema version {SCHEMA_VERSION}. Stamps are nanoseconds since the start of the \
         run. Each Parquet file carries these descriptions in its metadata, as `column.NAME`.\n\n{}",
        sections.join("\n")
    )
}

#[cfg(test)]
mod tests;
