//! What is known of each figure, a line each.

use analysis::{Percentile, Responses, SummaryRecord};

use crate::schema::Figure;

/// A figure of a run.
struct Known {
    /// As a scenario file writes it.
    name: &'static str,
    /// How a run's summary has it.
    read: Read,
    /// How it responds to the appeal rate.
    response: fn(&Responses) -> f64,
}

/// How a figure is read from a run's summary; absent if it was not observed.
enum Read {
    Number(fn(&SummaryRecord) -> Option<f64>),
    /// One that may fall among the requests without an answer.
    Percentile(fn(&SummaryRecord) -> Option<Percentile>),
}

impl Figure {
    fn known(self) -> Known {
        use Read::{Number, Percentile};
        let known = |name, read, response| Known { name, read, response };
        match self {
            // Accuracies depend on which images are sent up, not on how many.
            Self::Accuracy => known("accuracy", Number(|run| run.accuracy), |_| 0.0),
            Self::AppealRate => known("appeal-rate", Number(|run| run.appeal_rate), |_| 1.0),
            Self::Energy => known("energy", Number(|run| run.energy), |by| by.energy),
            Self::LatencyP50 => known("latency-p50", Percentile(|run| run.latency_p50), |by| by.latency_p50),
            Self::LatencyP95 => known("latency-p95", Percentile(|run| run.latency_p95), |by| by.latency_p95),
            Self::LatencyP99 => known("latency-p99", Percentile(|run| run.latency_p99), |by| by.latency_p99),
            Self::DeadlineMisses => {
                known("deadline-misses", Number(|run| run.deadline_misses), |by| by.deadline_misses)
            }
            Self::UplinkBytes => known("uplink-bytes", Number(|run| run.uplink_bytes), |by| by.uplink_bytes),
        }
    }

    /// As a scenario file writes it.
    pub fn name(self) -> &'static str {
        self.known().name
    }

    /// Its value in a run, if it was observed.
    pub fn of(self, run: &SummaryRecord) -> Option<f64> {
        match self.known().read {
            Read::Number(read) => read(run),
            Read::Percentile(read) => read(run)?.exactly(),
        }
    }

    /// What is known of it in a run if it is a percentile, even where it falls among the requests without an answer.
    pub fn percentile(self, run: &SummaryRecord) -> Option<Percentile> {
        match self.known().read {
            Read::Number(_) => None,
            Read::Percentile(read) => read(run),
        }
    }

    /// How it responds to the appeal rate.
    pub(super) fn response(self, responses: &Responses) -> f64 {
        (self.known().response)(responses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each figure is read from its own column, and is called what the file calls it.
    #[test]
    fn each_figure_is_read_from_its_own_column() {
        let run = SummaryRecord {
            accuracy: Some(1.0),
            appeal_rate: Some(2.0),
            energy: Some(3.0),
            latency_p50: Some(Percentile::Exactly(4.0)),
            latency_p95: Some(Percentile::AtLeast(5.0)),
            latency_p99: Some(Percentile::Exactly(6.0)),
            deadline_misses: Some(7.0),
            uplink_bytes: Some(8.0),
            ..SummaryRecord::default()
        };
        let responses = Responses {
            energy: 30.0,
            latency_p50: 40.0,
            latency_p95: 50.0,
            latency_p99: 60.0,
            deadline_misses: 70.0,
            uplink_bytes: 80.0,
            ..Responses::default()
        };
        for (name, value, response) in [
            ("accuracy", Some(1.0), 0.0),
            ("appeal-rate", Some(2.0), 1.0),
            ("energy", Some(3.0), 30.0),
            ("latency-p50", Some(4.0), 40.0),
            ("latency-p95", None, 50.0),
            ("latency-p99", Some(6.0), 60.0),
            ("deadline-misses", Some(7.0), 70.0),
            ("uplink-bytes", Some(8.0), 80.0),
        ] {
            let figure: Figure = serde_json::from_value(name.into()).unwrap();
            assert_eq!((figure.name(), figure.of(&run), figure.response(&responses)), (name, value, response));
            assert_eq!(figure.percentile(&run).is_some(), name.starts_with("latency"), "{name}");
        }
        assert_eq!(Figure::LatencyP95.percentile(&run), Some(Percentile::AtLeast(5.0)));
    }
}
