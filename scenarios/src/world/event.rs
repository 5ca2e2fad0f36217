/// What can happen. An attempt's number goes with whatever happens far from its device, which may have given up on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A request arrives at a device.
    Arrival { device: u32 },
    /// The little network is done with a request.
    EdgeDone { device: u32 },
    /// A radio is connected.
    RadioReady { device: u32 },
    /// A radio's tail is over.
    RadioSleeps { device: u32 },
    /// A device's last bit is out, or its rate changes.
    SendStep { device: u32 },
    /// The first transfer in a shared cell to end, ends, or its capacity changes.
    CellStep { link: u32 },
    /// A processor with nothing to do falls into its next state of rest.
    ProcessorRests { device: u32 },
    /// A processor is awake and begins with what woke it.
    ProcessorAwake { device: u32 },
    /// A tier stops being reachable, or begins to be again.
    TierTurns { tier: u8 },
    /// An attempt of a request reaches a tier.
    TierArrival { request: u32, attempt: u8, tier: u8 },
    /// A tier's first waiting request has waited long enough.
    BatchDue { tier: u8 },
    /// A batch is done.
    BatchDone { batch: u32, tier: u8 },
    /// A server of a tier has started.
    ServerUp { tier: u8 },
    /// A server of a tier has had nothing to do for long enough.
    ServerDown { tier: u8 },
    /// An answer reaches its device's link.
    AnswerArrival { request: u32, attempt: u8 },
    /// A device learns that an attempt was refused.
    Refused { request: u32, attempt: u8 },
    /// An attempt has gone unanswered for too long.
    Unanswered { request: u32, attempt: u8 },
    /// A request is sent once more.
    TryAgain { request: u32 },
    /// A device has its answer, or the rate at which it comes changes.
    ReceiveStep { device: u32 },
    /// A request has waited long enough.
    Timeout { request: u32 },
    /// A battery is empty, or what comes into it may change.
    BatteryStep { device: u32 },
}

/// Ranks decide what comes first in one instant:
///
/// 0. what ends frees what it held, before anybody new asks for it;
/// 1. what moves on takes its place in the next queue;
/// 2. what arrives queues behind that;
/// 3. what was waiting for others stops waiting, after all of them had their chance;
/// 4. an answer at the very instant of its time limit counts, and so does all that is done when a battery runs empty.
impl sim_core::Event for Event {
    fn rank(&self) -> u8 {
        match self {
            Event::EdgeDone { .. }
            | Event::SendStep { .. }
            | Event::CellStep { .. }
            | Event::BatchDone { .. }
            | Event::ServerUp { .. }
            | Event::TierTurns { .. }
            | Event::ReceiveStep { .. } => 0,
            Event::RadioReady { .. }
            | Event::ProcessorAwake { .. }
            | Event::TierArrival { .. }
            | Event::Refused { .. }
            | Event::TryAgain { .. }
            | Event::AnswerArrival { .. } => 1,
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

    /// There are as many pending events as devices and more: what one takes is what a fleet takes.
    #[test]
    fn an_event_is_two_words_of_four_bytes() {
        assert_eq!(size_of::<Event>(), 8);
    }
}
