//! Explains one request from its row: what waited for what, and where each joule went.

use std::path::Path;

use inference::Score;

use crate::manifest::PolicyEntry;
use crate::read::{Frame, TableError, read_table};
use crate::stage::Stage;
use crate::unit::{ENERGY, TIME, fitting, three_digits};

/// Explains request `number` from a table of requests under a policy, or none if there is no such request.
///
/// # Errors
/// If the table cannot be read.
pub fn explain(table: &Path, number: u64, policy: &PolicyEntry) -> Result<Option<String>, TableError> {
    // Rows are in order of arrival, and numbers count arrivals.
    let row = read_table(table, Some((number as usize, 1)))?;
    Ok((!row.is_empty()).then(|| story(&row, policy)))
}

/// Lines of the explanation, each with its time after the arrival.
struct Story {
    arrival: u64,
    lines: Vec<String>,
}

impl Story {
    fn tell(&mut self, at: u64, what: impl AsRef<str>) {
        let after = (at - self.arrival) as f64 / 1e6;
        self.lines.push(format!("{after:12.3} ms  {}", what.as_ref()));
    }
}

fn story(row: &Frame, policy: &PolicyEntry) -> String {
    let count = |column: &str| row.count(0, column);
    let text = |column: &str| row.text(0, column).unwrap_or_default();
    let or_none = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
    let arrival = count("arrival_ns").unwrap_or_default();
    let mut story = Story { arrival, lines: Vec::new() };
    let degraded = match text("degradation").as_str() {
        "none" => String::new(),
        degraded => format!(", with {degraded}"),
    };
    let heading = format!(
        "request {} of {}, replication {}: image {} (class {}){degraded}, seen by device {}\n",
        or_none(count("request")),
        text("policy"),
        or_none(count("replication")),
        or_none(count("image")),
        or_none(count("label")),
        or_none(count("device")),
    );
    story.tell(arrival, format!("arrives, {} into the run", time(arrival as f64 * 1e-9)));
    at_the_edge(row, policy, &mut story);
    if row.flag(0, "appealed") == Some(true) {
        up_and_back(row, &mut story);
    }
    how_it_ended(row, &mut story);
    format!("{heading}\n{}\n\n{}", story.lines.join("\n"), joules(row))
}

fn right(yes: bool) -> &'static str {
    if yes { "rightly" } else { "wrongly" }
}

fn time(seconds: f64) -> String {
    let (size, unit) = fitting(seconds, &TIME[3..]);
    format!("{} {unit}", three_digits(seconds / size))
}

/// `at once`, or how long it waited.
fn waited(from: u64, to: u64, what: &str) -> String {
    if to > from { format!("after waiting {} for {what}", time((to - from) as f64 * 1e-9)) } else { "at once".into() }
}

/// What its device ran for it: the little network, as much of another as its policy wants there, or several of these.
fn on_the_device(row: &Frame) -> &'static str {
    let answered_by_another =
        row.text(0, "outcome").as_deref() == Some("edge") && row.count(0, "way").is_some_and(|way| way > 0);
    let was_cut = row.count(0, "cut").is_some();
    let answered_before = was_cut && row.count(0, "edge_class").is_some();
    let in_stages = !was_cut && !answered_by_another && row.count(0, "segments").is_some_and(|segments| segments > 1);
    if answered_before || in_stages {
        "what its policy runs on the device"
    } else if answered_by_another || was_cut {
        "the device's part of the network"
    } else {
        "the little network"
    }
}

fn at_the_edge(row: &Frame, policy: &PolicyEntry, story: &mut Story) {
    let count = |column: &str| row.count(0, column);
    if let Some(start) = count("edge_start_ns") {
        let network = on_the_device(row);
        story.tell(start, format!("{network} begins, {}", waited(story.arrival, start, "the processor")));
    }
    let (Some(done), Some(class)) = (count("edge_done_ns"), count("edge_class")) else { return };
    let score = |score: Score| row.number(0, score.column()).map(|value| format!("{} {value:.4}", score.words()));
    let scores: Vec<String> = Score::all().filter_map(score).collect();
    let right = right(count("label") == Some(class));
    let last = count("segments").and_then(|run| policy.stages.get((run as usize).checked_sub(1)?));
    if let Some(before) = passed(row, policy) {
        story.tell(done, before);
    }
    let who = last.map_or("it", |stage| &stage.name);
    story.tell(done, format!("{who} answers class {class}, {right}; {}", scores.join(", ")));
    let by = [last.and_then(|stage| chance_of(row, stage)), policy.threshold.map(|at| format!("threshold {at:.4}"))];
    let by: Vec<String> = by.into_iter().flatten().collect();
    let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join(", ")) };
    let decision = if row.flag(0, "appealed") == Some(true) { "appeals" } else { "keeps the answer" };
    story.tell(done, format!("the policy {decision}{by}"));
}

/// The stages whose answers were not sure enough, if others came after them. What they answered is not recorded.
fn passed(row: &Frame, policy: &PolicyEntry) -> Option<String> {
    let before = policy.stages.get(..(row.count(0, "segments")? as usize).checked_sub(1)?)?;
    let names: Vec<&str> = before.iter().map(|stage| stage.name.as_str()).collect();
    let sure = policy.threshold.map(|at| format!(": right with a probability below {at:.4}")).unwrap_or_default();
    (!names.is_empty()).then(|| format!("not sure enough before: {}{sure}", names.join(", ")))
}

/// How likely the answer of the last stage is to be right, by its score.
fn chance_of(row: &Frame, stage: &Stage) -> Option<String> {
    let score = stage.score()?;
    let probability = stage.probability(row.number(0, score.column())?);
    Some(format!("by its {} right with probability {probability:.4}", score.words()))
}

fn up_and_back(row: &Frame, story: &mut Story) {
    let count = |column: &str| row.count(0, column);
    let tier = row.text(0, "tier").unwrap_or_default();
    let decided = count("edge_done_ns").unwrap_or(story.arrival);
    if let Some(start) = count("prepare_start_ns") {
        story.tell(start, format!("the device begins to prepare it, {}", waited(decided, start, "the processor")));
    }
    if let Some(done) = count("prepare_done_ns") {
        story.tell(done, "it is ready to be sent");
    }
    if let Some(cut) = count("cut").filter(|steps| *steps > 0) {
        let steps = crate::unit::counted(cut as usize, "step", "steps");
        story.tell(decided, format!("the network is cut after {steps}; what crosses there is sent up"));
    }
    let ready = count("retried_ns").or(count("prepare_done_ns")).unwrap_or(decided);
    if let (Some(at), Some(attempts)) = (count("retried_ns"), count("attempts")) {
        story.tell(at, format!("the previous attempt has failed; attempt {attempts} begins"));
    }
    let radio = row.text(0, "radio").unwrap_or_default();
    let what = match radio.as_str() {
        "idle" => "the radio to connect; it was idle",
        "promoting" => "the radio, which was connecting already",
        _ => "the radio, which was sending something else",
    };
    if let Some(start) = count("send_start_ns") {
        story.tell(start, format!("the radio begins to send it, {} (radio: {radio})", waited(ready, start, what)));
    }
    if let (Some(start), Some(done)) = (count("send_start_ns"), count("send_done_ns")) {
        let bytes = count("uplink_bytes").unwrap_or_default();
        let pauses = count("send_pauses_ns").unwrap_or_default();
        let seconds = ((done - start).saturating_sub(pauses) as f64 * 1e-9).max(1e-9);
        // The bytes are those of all attempts, the stamps those of the last: only a single one has a rate.
        let how = match count("attempts") {
            Some(attempts) if attempts > 1 => format!("in {attempts} attempts"),
            _ => format!("at {} Mbps", three_digits(bytes as f64 * 8.0 / seconds / 1e6)),
        };
        let pauses = match pauses {
            0 => String::new(),
            nanos => format!(
                ", besides {} in which its connection was opened or waited for acknowledgements",
                time(nanos as f64 * 1e-9)
            ),
        };
        let again = match count("resent_bytes").unwrap_or_default() {
            0 => String::new(),
            again => format!(", {again} B of them again after losses"),
        };
        story.tell(done, format!("its last bit is sent: {bytes} B {how}{again}{pauses}"));
        if let Some(recovery) = count("recovery_ns").filter(|nanos| *nanos > 0) {
            let late = time(recovery as f64 * 1e-9);
            story.tell(
                done,
                format!("it will arrive {late} later than without losses, until these are noticed and mended"),
            );
        }
    }
    if let Some(at) = count("edge_server_arrival_ns") {
        story.tell(at, "it reaches the servers at its link's end");
    }
    if let (Some(at), Some(class)) = (count("passed_on_ns"), count("edge_server_class")) {
        let told = right(row.count(0, "label") == Some(class));
        story.tell(at, format!("they answer class {class}, {told}, and pass it on to the cloud all the same"));
    }
    if let Some(at) = count("cloud_arrival_ns") {
        let whose = if tier == "edge-server" { "the servers at its link's end" } else { "the cloud" };
        story.tell(at, format!("it reaches {whose}"));
    }
    if let Some(at) = count("cloud_ready_ns") {
        story.tell(at, "it is prepared there");
    }
    let ready = count("cloud_ready_ns").or(count("cloud_arrival_ns"));
    if let (Some(ready), Some(at)) = (ready, count("cloud_start_ns")) {
        let batch = count("batch").unwrap_or(1);
        story.tell(at, format!("a batch of {batch} begins, {}", waited(ready, at, "a full batch or a server")));
    }
    if let (Some(at), Some(class)) = (count("cloud_done_ns"), count("cloud_class")) {
        let who = if tier == "edge-server" { "they answer" } else { "the big network answers" };
        story.tell(at, format!("{who} class {class}, {}", right(row.count(0, "label") == Some(class))));
    }
    if let Some(at) = count("answer_arrival_ns") {
        story.tell(at, "the answer reaches the device's link");
    }
    if let (Some(came), Some(at)) = (count("answer_arrival_ns"), count("receive_start_ns")) {
        let what = "the radio to listen, to connect, or to receive others";
        story.tell(at, format!("the radio begins to receive it, {}", waited(came, at, what)));
    }
}

fn how_it_ended(row: &Frame, story: &mut Story) {
    let count = |column: &str| row.count(0, column);
    let Some(end) = count("end_ns") else {
        story.lines.push("                 still under way when the run ended".into());
        return;
    };
    let outcome = row.text(0, "outcome").unwrap_or_default();
    let at_the_link = row.text(0, "tier").as_deref() == Some("edge-server");
    let words = match outcome.as_str() {
        "edge" => "answered at the edge",
        "cloud" if at_the_link => "answered by the servers at its link's end",
        "cloud" => "answered by the cloud",
        "timed-out-edge" => "gives up on the cloud, and takes the edge answer",
        "timed-out" => "gives up without an answer",
        "refused-edge" => "is refused by the cloud, and takes the edge answer",
        "refused" => "is refused by the cloud, and has no answer",
        "rejected" => "rejected: the device's queue is full",
        _ => "lost: the device's battery is empty",
    };
    let answer = count("answer")
        .map_or(String::new(), |answer| format!(": class {answer}, {}", right(row.flag(0, "correct") == Some(true))));
    let late = match row.flag(0, "in_time") {
        Some(true) => ", in time",
        Some(false) => ", too late",
        None => "",
    };
    story.tell(end, format!("{words}{answer}{late}"));
}

fn joules(row: &Frame) -> String {
    let total = row.number(0, "energy_j").unwrap_or_default();
    let (size, unit) = fitting(total, ENERGY);
    let running = format!("running {}", on_the_device(row));
    let parts = [
        ("compute_j", running.as_str()),
        ("prepare_j", "preparing it to be sent"),
        ("promotion_j", "connecting the radio"),
        ("transmit_j", "sending"),
        ("receive_j", "receiving"),
        ("tail_j", "the radio staying connected afterwards"),
    ];
    let mut text = format!("energy, without idling: {} {unit}\n", three_digits(total / size));
    for (column, what) in parts {
        let joules = row.number(0, column).unwrap_or_default();
        if joules > 0.0 {
            let percent = joules / total * 100.0;
            text += &format!("{:>10} {unit}  {percent:3.0} %  {what}\n", three_digits(joules / size));
        }
    }
    text
}

#[cfg(test)]
mod tests;
