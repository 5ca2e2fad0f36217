//! SimCore: components with handlers of events.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use serde::Serialize;
use simcore::{Event, EventHandler, Id, Simulation, SimulationContext, cast};

use crate::model::{APPEALS, CLOUD, CLOUD_SERVERS, COMPUTE, DEVICES, LINK_NANOS, MM4_GAP, MM4_SERVERS, Run, SECOND};
use crate::shared::Shared;

pub fn run(workload: &str, n: usize, count: u64, seed: u64) -> Option<Run> {
    let mut simulation = Simulation::new(seed);
    let shared = Rc::new(Shared::new(count, seed));
    match workload {
        "hold" => {
            let holder = Holder { context: simulation.create_context("holder"), shared: shared.clone() };
            (0..n as u32).for_each(|number| holder.again(number));
            simulation.add_handler("holder", Rc::new(RefCell::new(holder)));
            let start = Instant::now();
            simulation.step_until_time(count as f64 / n as f64);
            Some(shared.hold(start, count))
        }
        "mm4" => {
            let context = simulation.create_context("queue");
            context.emit_self(Arrive {}, shared.exponential(MM4_GAP));
            let queue = Queue { context, shared: shared.clone(), busy: 0, waiting: VecDeque::new() };
            simulation.add_handler("queue", Rc::new(RefCell::new(queue)));
            let start = Instant::now();
            simulation.step_until_no_events();
            Some(shared.run(start))
        }
        "edge" => {
            let context = simulation.create_context("cloud");
            let cloud = Cloud { context, shared: shared.clone(), busy: 0, waiting: VecDeque::new() };
            let cloud = simulation.add_handler("cloud", Rc::new(RefCell::new(cloud)));
            for number in 0..DEVICES {
                let name = format!("device-{number}");
                let context = simulation.create_context(&name);
                context.emit_self(Arrive {}, shared.exponential(SECOND));
                let (computing, sending) = (VecDeque::new(), VecDeque::new());
                let device = Device { context, shared: shared.clone(), cloud, computing, sending };
                simulation.add_handler(&name, Rc::new(RefCell::new(device)));
            }
            let start = Instant::now();
            simulation.step_until_no_events();
            Some(shared.run(start))
        }
        _ => None,
    }
}

#[derive(Clone, Serialize)]
struct Again {
    number: u32,
}

#[derive(Clone, Serialize)]
struct Arrive {}

#[derive(Clone, Serialize)]
struct Depart {}

#[derive(Clone, Serialize)]
struct Computed {}

#[derive(Clone, Serialize)]
struct Sent {}

#[derive(Clone, Serialize)]
struct Appeal {
    arrived: f64,
}

#[derive(Clone, Serialize)]
struct Served {
    arrived: f64,
    device: Id,
}

#[derive(Clone, Serialize)]
struct Answered {
    arrived: f64,
}

struct Holder {
    context: SimulationContext,
    shared: Rc<Shared>,
}

impl Holder {
    fn again(&self, number: u32) {
        self.context.emit_self(Again { number }, self.shared.exponential(SECOND));
    }
}

impl EventHandler for Holder {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Again { number } => {
                self.shared.event();
                self.again(number);
            }
        })
    }
}

struct Queue {
    context: SimulationContext,
    shared: Rc<Shared>,
    busy: usize,
    waiting: VecDeque<f64>,
}

impl Queue {
    fn serve(&self, arrived: f64) {
        self.shared.done(self.context.time() - arrived);
        self.context.emit_self(Depart {}, self.shared.exponential(SECOND));
    }
}

impl EventHandler for Queue {
    fn on(&mut self, event: Event) {
        self.shared.event();
        cast!(match event.data {
            Arrive {} => {
                if !self.shared.comes() {
                    return;
                }
                self.context.emit_self(Arrive {}, self.shared.exponential(MM4_GAP));
                if self.busy < MM4_SERVERS {
                    self.busy += 1;
                    self.serve(event.time);
                } else {
                    self.waiting.push_back(event.time);
                }
            }
            Depart {} => {
                match self.waiting.pop_front() {
                    Some(arrived) => self.serve(arrived),
                    None => self.busy -= 1,
                }
            }
        })
    }
}

struct Device {
    context: SimulationContext,
    shared: Rc<Shared>,
    cloud: Id,
    computing: VecDeque<f64>,
    sending: VecDeque<f64>,
}

impl Device {
    fn compute(&self) {
        self.context.emit_self(Computed {}, self.shared.exponential(COMPUTE));
    }

    fn send(&self) {
        self.context.emit_self(Sent {}, LINK_NANOS as f64 / SECOND);
    }
}

impl EventHandler for Device {
    fn on(&mut self, event: Event) {
        self.shared.event();
        cast!(match event.data {
            Arrive {} => {
                if !self.shared.comes() {
                    return;
                }
                self.context.emit_self(Arrive {}, self.shared.exponential(SECOND));
                self.computing.push_back(event.time);
                if self.computing.len() == 1 {
                    self.compute();
                }
            }
            Computed {} => {
                let Some(arrived) = self.computing.pop_front() else { return };
                if !self.computing.is_empty() {
                    self.compute();
                }
                if !self.shared.chance(APPEALS) {
                    return self.shared.done(event.time - arrived);
                }
                self.sending.push_back(arrived);
                if self.sending.len() == 1 {
                    self.send();
                }
            }
            Sent {} => {
                let Some(arrived) = self.sending.pop_front() else { return };
                if !self.sending.is_empty() {
                    self.send();
                }
                self.context.emit_now(Appeal { arrived }, self.cloud);
            }
            Answered { arrived } => {
                self.shared.done(event.time - arrived);
            }
        })
    }
}

struct Cloud {
    context: SimulationContext,
    shared: Rc<Shared>,
    busy: usize,
    waiting: VecDeque<(f64, Id)>,
}

impl Cloud {
    fn serve(&self, arrived: f64, device: Id) {
        self.context.emit_self(Served { arrived, device }, self.shared.exponential(CLOUD));
    }
}

impl EventHandler for Cloud {
    fn on(&mut self, event: Event) {
        self.shared.event();
        cast!(match event.data {
            Appeal { arrived } => {
                if self.busy < CLOUD_SERVERS {
                    self.busy += 1;
                    self.serve(arrived, event.src);
                } else {
                    self.waiting.push_back((arrived, event.src));
                }
            }
            Served { arrived, device } => {
                self.context.emit(Answered { arrived }, device, LINK_NANOS as f64 / SECOND);
                match self.waiting.pop_front() {
                    Some((arrived, device)) => self.serve(arrived, device),
                    None => self.busy -= 1,
                }
            }
        })
    }
}
