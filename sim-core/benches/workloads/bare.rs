//! The workloads as one would write them by hand: one enum, one match, a priority queue.

mod heaps;
mod ladder;

use std::collections::VecDeque;
use std::time::Instant;

pub use heaps::{Binary, Quaternary};
pub use ladder::Ladder;

use super::model::{
    APPEALS, CLOUD, CLOUD_SERVERS, COMPUTE, DEVICES, Draws, Inversion, LINK_NANOS, MM4_GAP, MM4_SERVERS, Run, SECOND,
};
use super::since;

/// Events by time, and in the order they came in.
pub trait Queue<E>: Default {
    fn push(&mut self, time: u64, event: E);
    fn pop(&mut self) -> Option<(u64, E)>;
}

/// What lies in a queue; earlier ones are less.
#[derive(Clone, Copy)]
pub struct Entry<E> {
    time: u64,
    number: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline(always)]
    fn key(&self) -> u128 {
        u128::from(self.time) << 64 | u128::from(self.number)
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

pub fn run<H: Queue<u32>, M: Queue<Step>, F: Queue<Edge>>(
    workload: &str,
    n: usize,
    count: u64,
    seed: u64,
) -> Option<Run> {
    match workload {
        "hold" => Some(hold::<H>(n, count, seed)),
        "mm4" | "mmc" => Some(mm4::<M>(count, seed)),
        "edge" => Some(edge::<F>(count, seed)),
        _ => None,
    }
}

fn hold<Q: Queue<u32>>(n: usize, count: u64, seed: u64) -> Run {
    let start = Instant::now();
    let (mut draws, mut queue, mut now) = (Inversion::new(seed), Q::default(), 0);
    for number in 0..n as u32 {
        queue.push(draws.exponential(SECOND), number);
    }
    let setup = since(start);
    let start = Instant::now();
    for _ in 0..count {
        if let Some((time, event)) = queue.pop() {
            now = time;
            queue.push(now + draws.exponential(SECOND), event);
        }
    }
    let check = now as f64 / SECOND * n as f64 / count as f64;
    Run { events: count, units: count, seconds: since(start), setup, check }
}

#[derive(Clone, Copy)]
pub enum Step {
    Arrive,
    Depart,
}

fn mm4<Q: Queue<Step>>(count: u64, seed: u64) -> Run {
    let (mut draws, mut queue) = (Inversion::new(seed), Q::default());
    let (mut busy, mut waiting) = (0, VecDeque::new());
    let (mut to_come, mut served, mut waited) = (count, 0u64, 0u64);
    let start = Instant::now();
    queue.push(0, Step::Arrive);
    while let Some((now, step)) = queue.pop() {
        match step {
            Step::Arrive => {
                to_come -= 1;
                if to_come > 0 {
                    queue.push(now + draws.exponential(MM4_GAP), Step::Arrive);
                }
                if busy < MM4_SERVERS {
                    busy += 1;
                    queue.push(now + draws.exponential(SECOND), Step::Depart);
                } else {
                    waiting.push_back(now);
                }
            }
            Step::Depart => {
                served += 1;
                if let Some(arrived) = waiting.pop_front() {
                    waited += now - arrived;
                    queue.push(now + draws.exponential(SECOND), Step::Depart);
                } else {
                    busy -= 1;
                }
            }
        }
    }
    let check = waited as f64 / SECOND / served as f64;
    Run { events: 2 * served, units: served, seconds: since(start), setup: 0.0, check }
}

#[derive(Clone, Copy)]
pub enum Edge {
    Arrive(u32),
    Computed(u32),
    Sent(u32),
    Served(u64),
    Answered(u64),
}

#[derive(Clone, Default)]
struct Device {
    computing: VecDeque<u64>,
    sending: VecDeque<u64>,
}

fn edge<Q: Queue<Edge>>(count: u64, seed: u64) -> Run {
    let (mut draws, mut queue) = (Inversion::new(seed), Q::default());
    let mut devices = vec![Device::default(); DEVICES];
    let (mut busy, mut waiting) = (0, VecDeque::new());
    let (mut to_come, mut answered, mut latency, mut events) = (count, 0u64, 0u64, 0u64);
    for number in 0..DEVICES as u32 {
        queue.push(draws.exponential(SECOND), Edge::Arrive(number));
    }
    let start = Instant::now();
    while let Some((now, event)) = queue.pop() {
        events += 1;
        match event {
            Edge::Arrive(number) => {
                if to_come == 0 {
                    continue;
                }
                to_come -= 1;
                queue.push(now + draws.exponential(SECOND), Edge::Arrive(number));
                let device = &mut devices[number as usize];
                device.computing.push_back(now);
                if device.computing.len() == 1 {
                    queue.push(now + draws.exponential(COMPUTE), Edge::Computed(number));
                }
            }
            Edge::Computed(number) => {
                let device = &mut devices[number as usize];
                let Some(arrived) = device.computing.pop_front() else { continue };
                if !device.computing.is_empty() {
                    queue.push(now + draws.exponential(COMPUTE), Edge::Computed(number));
                }
                if draws.chance(APPEALS) {
                    device.sending.push_back(arrived);
                    if device.sending.len() == 1 {
                        queue.push(now + LINK_NANOS, Edge::Sent(number));
                    }
                } else {
                    answered += 1;
                    latency += now - arrived;
                }
            }
            Edge::Sent(number) => {
                let device = &mut devices[number as usize];
                let Some(arrived) = device.sending.pop_front() else { continue };
                if !device.sending.is_empty() {
                    queue.push(now + LINK_NANOS, Edge::Sent(number));
                }
                if busy < CLOUD_SERVERS {
                    busy += 1;
                    queue.push(now + draws.exponential(CLOUD), Edge::Served(arrived));
                } else {
                    waiting.push_back(arrived);
                }
            }
            Edge::Served(arrived) => {
                queue.push(now + LINK_NANOS, Edge::Answered(arrived));
                if let Some(next) = waiting.pop_front() {
                    queue.push(now + draws.exponential(CLOUD), Edge::Served(next));
                } else {
                    busy -= 1;
                }
            }
            Edge::Answered(arrived) => {
                answered += 1;
                latency += now - arrived;
            }
        }
    }
    let check = latency as f64 / SECOND / answered as f64;
    Run { events, units: answered, seconds: since(start), setup: 0.0, check }
}
