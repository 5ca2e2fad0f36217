//! One run: simulate, write rows as they come, and write the digest last.

use std::io::{self, Write};

use analysis::tables::{self, RunKey};
use analysis::{OutFile, Outbox, RequestRecord, SummaryRecord, TableWriter, TracedDevice, chrome_trace};

use super::digester::{Digester, Picture};
use super::rounds::RunId;
use super::sampling::Spread;
use super::study::Study;
use super::{ExperimentError, Options, Prepared, to_io};
use crate::answers::Observation;
use crate::plan::Plan;
use crate::world::{Run, RunEnd, Sink};

/// Rows that are written together; a run holds this many in memory.
const ROWS: usize = 1 << 16;

/// The folder of timelines.
pub const TRACES: &str = "traces";

/// Makes a run and writes its files, the digest last: if the digest is there, so are the others.
pub fn run_one(
    study: &Study,
    prepared: &[Prepared],
    id: RunId,
    options: &Options,
    outbox: &Outbox,
) -> Result<SummaryRecord, ExperimentError> {
    let place = prepared.binary_search_by_key(&id.point, |prepared| prepared.number);
    let Ok(Prepared { plan, policies, sampled, .. }) = place.map(|place| &prepared[place]) else {
        return Err(ExperimentError::Lost(format!("point {} was not prepared", id.point)));
    };
    let (point, policy) = (&study.points[id.point], &*policies[id.policy]);
    let label = plan.policies[id.policy].to_string();
    let key = RunKey { policy: label.clone(), replication: id.replication };
    let spread = sampled.as_ref().map_or(Spread::default(), |sampled| sampled.spreads[id.policy]);
    let of_runs = sampled.as_ref().is_some_and(|sampled| sampled.sampling.is_of_runs());
    let digester = Digester::new(plan.duration, spread);
    let digester = if policy.strategy.cuts() { digester.with_cuts() } else { digester };
    let written = || -> io::Result<SummaryRecord> {
        // Examples are kept from the first run of a policy only, and where there is something to see.
        let picture = |observation: &Observation| point.networks.picture(observation);
        let shown = id.replication == 0 && point.networks.data.has_images();
        let picture: Option<Picture> = shown.then_some(&picture);
        let run = Run { plan, networks: &point.networks, policy, replication: id.replication };
        let traced: &[u32] = if id.point == 0 && id.replication == 0 { &options.trace } else { &[] };
        let mut requests = options.requests.then(|| outbox.file(&id.file("requests", "parquet")));
        let mut recorder = Recorder {
            outbox,
            digester: if of_runs { digester.by_image() } else { digester },
            picture,
            traced,
            followed: Vec::new(),
            rows: requests.as_mut().map(|file| Rows::begin(&key, file)).transpose()?,
        };
        let end = run.run_into(traced, &mut recorder)?;
        let Recorder { digester, followed, rows, .. } = recorder;
        rows.map_or(Ok(()), Rows::finish)?;
        requests.map_or(Ok(()), OutFile::close)?;
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
        let digest = digester.finish(id, point, &label, policy.threshold, &end);
        let mut file = outbox.file(&id.file(analysis::RUNS, "json"));
        serde_json::to_writer(&mut file, &digest)?;
        file.write_all(b"\n")?;
        file.close()?;
        Ok(digest.summary)
    };
    written().map_err(|e| ExperimentError::Lost(e.to_string()))
}

/// Takes the records of a run: into its digest, its timelines and its table of requests.
struct Recorder<'a> {
    outbox: &'a Outbox,
    digester: Digester,
    picture: Option<Picture<'a>>,
    traced: &'a [u32],
    /// Records of the traced devices.
    followed: Vec<RequestRecord>,
    /// The table of requests, unless only summaries are wanted.
    rows: Option<Rows<'a>>,
}

impl Sink for Recorder<'_> {
    type Error = io::Error;

    fn take(&mut self, record: RequestRecord, observation: &Observation) -> io::Result<()> {
        // Writing another run may have failed long before this one has anything to write.
        self.outbox.check()?;
        self.digester.add(&record, observation, self.picture);
        if self.traced.contains(&record.device) {
            self.followed.push(record.clone());
        }
        self.rows.as_mut().map_or(Ok(()), |rows| rows.add(record))
    }
}

/// A table of requests, written in groups of rows.
struct Rows<'a> {
    table: TableWriter<RequestRecord, &'a mut OutFile>,
    waiting: Vec<RequestRecord>,
}

impl<'a> Rows<'a> {
    fn begin(key: &RunKey, file: &'a mut OutFile) -> io::Result<Self> {
        Ok(Self { table: tables::requests(key).begin(file).map_err(to_io)?, waiting: Vec::new() })
    }

    fn add(&mut self, record: RequestRecord) -> io::Result<()> {
        self.waiting.push(record);
        if self.waiting.len() < ROWS { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> io::Result<()> {
        self.table.rows(&self.waiting).map_err(to_io)?;
        self.waiting.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.write()?;
        self.table.finish().map_err(to_io)
    }
}

/// The traced devices, by the names users know them by.
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
