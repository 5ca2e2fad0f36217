/// What can happen. What is about an attempt carries its number, since the device may have given up on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A request arrives at a device.
    Arrival { device: u32 },
    /// A device has run a segment for a request.
    ProcessorDone { device: u32 },
    /// A request has entered a processor's pipeline, and the next one may.
    ProcessorTakesNext { device: u32 },
    /// An appeal is ready to be sent.
    Prepared { device: u32 },
    /// A radio is connected.
    RadioReady { device: u32 },
    /// A radio's tail is over.
    RadioSleeps { device: u32 },
    /// A device has sent its last bit, or its rate changes.
    SendStep { device: u32 },
    /// The next transfer in a shared cell ends, or the cell's capacity changes.
    CellStep { link: u32 },
    /// An idle processor falls into its next state of rest.
    ProcessorRests { device: u32 },
    /// A processor is awake and starts on the request that woke it.
    ProcessorAwake { device: u32 },
    /// A tier becomes unreachable, or reachable again.
    TierTurns { tier: u8 },
    /// An attempt of a request reaches a tier.
    TierArrival { request: u32, attempt: u8, tier: u8 },
    /// A tier has prepared an attempt of a request, which joins its queue.
    TierReady { request: u32, attempt: u8, tier: u8 },
    /// A tier's first waiting request has waited for a batch as long as it may.
    BatchDue { tier: u8 },
    /// A batch is done.
    BatchDone { batch: u32, tier: u8 },
    /// A server of a tier has started.
    ServerUp { tier: u8 },
    /// A server of a tier has been idle long enough to be stopped.
    ServerDown { tier: u8 },
    /// An answer reaches its device's link.
    AnswerArrival { request: u32, attempt: u8 },
    /// A radio that does not listen all the time hears that an answer has come.
    Heard { request: u32, attempt: u8 },
    /// A device learns that an attempt was refused.
    Refused { request: u32, attempt: u8 },
    /// An attempt has gone unanswered for too long.
    Unanswered { request: u32, attempt: u8 },
    /// A request's next attempt is due.
    TryAgain { request: u32, attempt: u8 },
    /// A device has its answer, or the rate at which it comes changes.
    ReceiveStep { device: u32 },
    /// A request's time limit is over.
    Timeout { request: u32 },
    /// A battery is empty, or its harvested power may change.
    BatteryStep { device: u32 },
}

impl Event {
    /// The device that the event will need, if it is worth fetching early.
    pub fn device(&self) -> Option<u32> {
        match *self {
            Event::Arrival { device }
            | Event::ProcessorDone { device }
            | Event::ProcessorTakesNext { device }
            | Event::Prepared { device }
            | Event::ProcessorRests { device }
            | Event::ProcessorAwake { device }
            | Event::RadioReady { device }
            | Event::RadioSleeps { device }
            | Event::SendStep { device }
            | Event::ReceiveStep { device } => Some(device),
            _ => None,
        }
    }
}

/// Ranks decide the order of events at the same instant:
///
/// 0. whatever ends frees its resource, before anything new needs it;
/// 1. whatever moves on joins its next queue;
/// 2. new arrivals queue behind that;
/// 3. whatever was waiting for company or for work stops waiting, after everything that could have come;
/// 4. time limits and empty batteries come last, so anything finished at that very instant still counts.
impl sim_core::Event for Event {
    fn rank(&self) -> u8 {
        match self {
            Event::ProcessorDone { .. }
            | Event::ProcessorTakesNext { .. }
            | Event::Prepared { .. }
            | Event::SendStep { .. }
            | Event::CellStep { .. }
            | Event::BatchDone { .. }
            | Event::ServerUp { .. }
            | Event::TierTurns { .. }
            | Event::ReceiveStep { .. } => 0,
            Event::RadioReady { .. }
            | Event::ProcessorAwake { .. }
            | Event::TierArrival { .. }
            | Event::TierReady { .. }
            | Event::Refused { .. }
            | Event::TryAgain { .. }
            | Event::AnswerArrival { .. }
            | Event::Heard { .. } => 1,
            Event::Arrival { .. } => 2,
            Event::BatchDue { .. }
            | Event::RadioSleeps { .. }
            | Event::ProcessorRests { .. }
            | Event::ServerDown { .. } => 3,
            Event::Timeout { .. } | Event::Unanswered { .. } | Event::BatteryStep { .. } => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There are at least as many pending events as devices, so their size decides how much memory a fleet takes.
    #[test]
    fn an_event_is_two_words_of_four_bytes() {
        assert_eq!(size_of::<Event>(), 8);
    }
}
