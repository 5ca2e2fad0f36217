/// What can happen.
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
    /// The cloud stops being reachable, or begins to be again.
    CloudTurns,
    /// A request reaches the cloud.
    CloudArrival { request: u32 },
    /// The first request waiting in the cloud has waited long enough.
    BatchDue,
    /// A batch is done.
    BatchDone { batch: u32 },
    /// An answer reaches its device's link.
    AnswerArrival { request: u32 },
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
            | Event::CloudTurns
            | Event::ReceiveStep { .. } => 0,
            Event::RadioReady { .. } | Event::CloudArrival { .. } | Event::AnswerArrival { .. } => 1,
            Event::Arrival { .. } => 2,
            Event::BatchDue | Event::RadioSleeps { .. } => 3,
            Event::Timeout { .. } | Event::BatteryStep { .. } => 4,
        }
    }
}
