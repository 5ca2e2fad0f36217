//! A sensor on a battery: it sleeps, wakes to measure, and now and then sends. How long does it last?
//!
//! `cargo run --release -p sim-core --example sensor`

use sim_core::{Agenda, Event, Handle, Meter, Simulation, Span, Stream, Streams, Time, Variate, World};

const BATTERY_J: f64 = 2_000.0;
const SLEEPING_W: f64 = 20e-6;
const MEASURING_W: f64 = 5e-3;
const SENDING_W: f64 = 0.4;

/// One in so many measurements is worth sending.
const SENT_EVERY: u32 = 20;

#[derive(Clone, Copy)]
enum Step {
    Wake,
    Measured,
    Sent,
    /// The channel comes or goes.
    ChannelTurns,
    BatteryEmpty,
}

impl Event for Step {}

struct Sensor {
    power: Meter,
    measurements: u32,
    sent: u32,
    /// What could not be sent when it was measured.
    kept: u32,
    /// Whether there is a channel, and for how long there is one and then none.
    connected: bool,
    connected_for: Variate,
    cut_off_for: Variate,
    random: Stream,
    empty: Option<Handle>,
    died: Option<Time>,
}

impl Sensor {
    /// How long the channel stays as it is.
    fn spell(&mut self) -> Span {
        let lasts = if self.connected { &self.connected_for } else { &self.cut_off_for };
        Span::from_secs_up(lasts.sample(&mut self.random))
    }

    /// Power changes, and with it the instant at which the battery will be empty: exactly, nothing is sampled.
    fn draw(&mut self, watts: f64, now: Time, agenda: &mut Agenda<Step>) {
        self.power.set(now, watts);
        if let Some(timer) = self.empty.take() {
            agenda.cancel(timer);
        }
        let left = BATTERY_J - self.power.total_at(now);
        self.empty = Some(agenda.timer(now + Span::from_secs_up(left / watts), Step::BatteryEmpty));
    }
}

impl World for Sensor {
    type Event = Step;

    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        if self.died.is_some() {
            return;
        }
        match step {
            Step::Wake => {
                agenda.after(Span::from_secs(60.0), Step::Wake);
                agenda.after(Span::from_secs(0.05), Step::Measured);
                self.draw(MEASURING_W, now, agenda);
            }
            Step::Measured => {
                self.measurements += 1;
                self.kept += u32::from(self.measurements.is_multiple_of(SENT_EVERY));
                if self.kept > 0 && self.connected {
                    agenda.after(Span::from_secs(0.2), Step::Sent);
                    self.draw(SENDING_W, now, agenda);
                } else {
                    self.draw(SLEEPING_W, now, agenda);
                }
            }
            Step::Sent => {
                self.sent += std::mem::take(&mut self.kept);
                self.draw(SLEEPING_W, now, agenda);
            }
            Step::ChannelTurns => {
                self.connected = !self.connected;
                agenda.after(self.spell(), Step::ChannelTurns);
            }
            Step::BatteryEmpty => self.died = Some(now),
        }
    }
}

/// Runs it.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sensor = Sensor {
        power: Meter::default(),
        measurements: 0,
        sent: 0,
        kept: 0,
        connected: true,
        connected_for: Variate::exponential(3_000.0)?,
        cut_off_for: Variate::lognormal(60.0, 1_200.0)?,
        random: Streams::new(1, 0).open("channel", 0),
        empty: None,
        died: None,
    };
    let first = sensor.spell();
    let mut simulation = Simulation::new(sensor);
    simulation.agenda.after(Span::ZERO, Step::Wake);
    simulation.agenda.after(first, Step::ChannelTurns);
    while simulation.world.died.is_none() {
        simulation.step().ok_or("a battery that never runs empty")?;
    }
    let Sensor { power, measurements, sent, died, .. } = simulation.world;
    let died = died.ok_or("it lives")?;
    let days = died.as_secs() / 86_400.0;
    println!("{days:.1} days: {measurements} measurements, {sent} messages, {:.6} J", power.total_at(died));
    assert!((power.total_at(died) - BATTERY_J).abs() < 1e-6);
    Ok(())
}
