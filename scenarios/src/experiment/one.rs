//! One run: simulate, write rows as they come, leave a digest last.

use std::io::{self, Write};

use analysis::tables::{self, RunKey};
use analysis::{Outbox, RequestRecord, SummaryRecord, TracedDevice, chrome_trace};

use super::digester::{Digester, Picture};
use super::rounds::RunId;
use super::study::Study;
use super::{ExperimentError, Options, Prepared, to_io};
use crate::plan::{Foresight, Plan, Sight};
use crate::world::{Run, RunEnd};

/// Rows that are written together: what a run holds in memory before they go.
const ROWS: usize = 1 << 16;

/// The folder of timelines.
pub const TRACES: &str = "traces";

/// Makes a run and hands in its files, the digest last: where that is, the others are.
pub fn run_one(
    study: &Study,
    prepared: &[Prepared],
    id: RunId,
    options: &Options,
    outbox: &Outbox,
) -> Result<SummaryRecord, ExperimentError> {
    let place = prepared.binary_search_by_key(&id.point, |prepared| prepared.number);
    let Ok(Prepared { plan, policies, .. }) = place.map(|place| &prepared[place]) else {
        return Err(ExperimentError::Lost(format!("point {} was not prepared", id.point)));
    };
    let (point, policy) = (&study.points[id.point], &*policies[id.policy]);
    let shared = study.foresight(point, id.replication);
    let foresight = shared
        .as_ref()
        .map(|cell| cell.get_or_init(|| Foresight::new(plan, &point.minds, id.replication, options.jobs)));
    let label = plan.policies[id.policy].to_string();
    let key = RunKey { policy: label.clone(), replication: id.replication };
    let written = || -> io::Result<SummaryRecord> {
        let mut digester = Digester::new(plan.duration);
        // Examples are looked at in the first run of a policy.
        let picture = |sight: &Sight| point.minds.picture(sight);
        let picture: Option<Picture> = (id.replication == 0).then_some(&picture);
        let run = Run { plan, minds: &point.minds, foresight, policy, replication: id.replication };
        let traced: &[u32] = if id.point == 0 && id.replication == 0 { &options.trace } else { &[] };
        let mut followed: Vec<RequestRecord> = Vec::new();
        let mut take = |record: &RequestRecord, sight: &Sight| {
            digester.add(record, sight, picture);
            if traced.contains(&record.device) {
                followed.push(record.clone());
            }
        };
        let end = if options.requests {
            let mut file = outbox.file(&id.file("requests", "parquet"));
            let mut table = tables::requests(&key).begin(&mut file).map_err(to_io)?;
            let mut rows: Vec<RequestRecord> = Vec::new();
            let mut failed = None;
            let end = run.run_traced(traced, &mut |record, sight| {
                take(&record, sight);
                rows.push(record);
                if rows.len() == ROWS && failed.is_none() {
                    failed = table.rows(&rows).err();
                    rows.clear();
                }
            });
            failed.map_or(Ok(()), |error| Err(to_io(error)))?;
            table.rows(&rows).map_err(to_io)?;
            table.finish().map_err(to_io)?;
            file.close()?;
            end
        } else {
            run.run_traced(traced, &mut |record, sight| take(&record, sight))
        };
        if !traced.is_empty() {
            let mut file = outbox.file(&id.file(TRACES, "json"));
            file.write_all(chrome_trace(&devices(plan, &end), &followed, plan.duration.as_nanos()).as_bytes())?;
            file.close()?;
        }
        let mut file = outbox.file(&id.file("devices", "parquet"));
        let mut table = tables::devices(&key).begin(&mut file).map_err(to_io)?;
        end.devices.chunks(ROWS).try_for_each(|rows| table.rows(rows)).map_err(to_io)?;
        table.finish().map_err(to_io)?;
        file.close()?;
        let digest = digester.finish(id, point, &label, policy.threshold(), &end);
        let mut file = outbox.file(&id.file(analysis::RUNS, "json"));
        serde_json::to_writer(&mut file, &digest)?;
        file.write_all(b"\n")?;
        file.close()?;
        Ok(digest.summary)
    };
    written().map_err(|e| ExperimentError::Lost(e.to_string()))
}

/// The traced devices, by the names people know them by.
fn devices(plan: &Plan, end: &RunEnd) -> Vec<TracedDevice> {
    let device = |(number, states): (u32, &[(sim_core::Time, device_models::RadioState)])| {
        let group = &plan.groups[plan.group_of(number)];
        TracedDevice {
            number,
            name: format!("{}.{}", group.name, number - group.first),
            radio: states.iter().map(|(begun, state)| (begun.as_nanos(), state.name())).collect(),
        }
    };
    end.trace.radios().map(device).collect()
}
