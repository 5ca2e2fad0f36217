//! odem-rs: agents that wait, without tracing.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Instant;

use odem_rs::prelude::*;
use odem_rs::sync::channel::shared::{Receiver, Sender};

use crate::model::{APPEALS, CLOUD, CLOUD_SERVERS, COMPUTE, DEVICES, LINK_NANOS, MM4_GAP, MM4_SERVERS, Run, SECOND};
use crate::shared::Shared;

#[derive(Config)]
struct World {
    shared: Shared,
    devices: Vec<Rc<Device>>,
    /// Where appeals go.
    cloud: RefCell<Option<Sender<f64>>>,
}

#[derive(Default)]
struct Device {
    processor: Facility,
    uplink: Facility,
}

pub fn run(workload: &str, n: usize, count: u64, seed: u64) -> Option<Run> {
    let devices = if workload == "edge" { DEVICES } else { 0 };
    let world = World {
        shared: Shared::new(count, seed),
        devices: (0..devices).map(|_| Rc::default()).collect(),
        cloud: RefCell::new(None),
    };
    let simulator = Simulator::new(world);
    let run = simulator.run(async |simulation: &Sim<World>| match workload {
        "hold" => Some(hold(simulation, n, count).await),
        "mm4" => Some(mm4(simulation, count).await),
        "edge" => Some(edge(simulation, count).await),
        _ => None,
    });
    run.ok().flatten()
}

async fn hold(simulation: &Sim<World>, n: usize, count: u64) -> Run {
    for _ in 0..n {
        simulation.spawn(Holder);
    }
    let start = Instant::now();
    simulation.advance(count as f64 / n as f64).await;
    simulation.global().shared.hold(start, count)
}

async fn mm4(simulation: &Sim<World>, count: u64) -> Run {
    let shared = &simulation.global().shared;
    let (queue, customers) = channel(VecDeque::<f64>::new());
    for _ in 0..MM4_SERVERS {
        simulation.spawn(Server(customers.clone()));
    }
    let start = Instant::now();
    while shared.comes() {
        simulation.advance(shared.exponential(MM4_GAP)).await;
        shared.event();
        let _ = queue.try_send(simulation.now());
    }
    while shared.units() < count {
        simulation.advance(1.0).await;
    }
    shared.run(start)
}

async fn edge(simulation: &Sim<World>, count: u64) -> Run {
    let world = simulation.global();
    let (queue, appeals) = channel(VecDeque::<f64>::new());
    *world.cloud.borrow_mut() = Some(queue);
    for _ in 0..CLOUD_SERVERS {
        simulation.spawn(CloudServer(appeals.clone()));
    }
    for device in &world.devices {
        simulation.spawn(Source(device.clone()));
    }
    let start = Instant::now();
    while world.shared.units() < count {
        simulation.advance(1.0).await;
    }
    // Servers stop when nobody can send any more.
    *world.cloud.borrow_mut() = None;
    world.shared.run(start)
}

struct Holder;

impl Behavior<World> for Holder {
    type Output = ();

    async fn actions(&self, simulation: &Sim<World>) {
        let shared = &simulation.global().shared;
        loop {
            simulation.advance(shared.exponential(SECOND)).await;
            shared.event();
        }
    }
}

struct Server(Receiver<f64>);

impl Behavior<World> for Server {
    type Output = ();

    async fn actions(&self, simulation: &Sim<World>) {
        let shared = &simulation.global().shared;
        while let Ok(arrived) = self.0.recv().await {
            shared.event();
            shared.done(simulation.now() - arrived);
            simulation.advance(shared.exponential(SECOND)).await;
            shared.event();
        }
    }
}

struct Source(Rc<Device>);

impl Behavior<World> for Source {
    type Output = ();

    async fn actions(&self, simulation: &Sim<World>) {
        let shared = &simulation.global().shared;
        loop {
            simulation.advance(shared.exponential(SECOND)).await;
            shared.event();
            if !shared.comes() {
                break;
            }
            simulation.spawn(Request(self.0.clone()));
        }
    }
}

struct Request(Rc<Device>);

impl Behavior<World> for Request {
    type Output = ();

    async fn actions(&self, simulation: &Sim<World>) {
        let World { shared, cloud, .. } = simulation.global();
        let arrived = simulation.now();
        shared.event();
        let processor = self.0.processor.seize().await;
        simulation.advance(shared.exponential(COMPUTE)).await;
        shared.event();
        processor.release();
        if !shared.chance(APPEALS) {
            return shared.done(simulation.now() - arrived);
        }
        let uplink = self.0.uplink.seize().await;
        simulation.advance(LINK_NANOS as f64 / SECOND).await;
        shared.event();
        uplink.release();
        let cloud = cloud.borrow().clone();
        let _ = cloud.map(|cloud| cloud.try_send(arrived));
    }
}

struct CloudServer(Receiver<f64>);

impl Behavior<World> for CloudServer {
    type Output = ();

    async fn actions(&self, simulation: &Sim<World>) {
        let shared = &simulation.global().shared;
        while let Ok(arrived) = self.0.recv().await {
            shared.event();
            simulation.advance(shared.exponential(CLOUD)).await;
            shared.event();
            simulation.spawn(Answer(arrived));
        }
    }
}

struct Answer(f64);

impl Behavior<World> for Answer {
    type Output = ();

    async fn actions(&self, simulation: &Sim<World>) {
        let shared = &simulation.global().shared;
        simulation.advance(LINK_NANOS as f64 / SECOND).await;
        shared.event();
        shared.done(simulation.now() - self.0);
    }
}
