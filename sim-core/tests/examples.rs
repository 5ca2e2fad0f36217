//! The examples run, and what they assert holds.

#[path = "../examples/queue.rs"]
mod queue;
#[path = "../examples/sensor.rs"]
mod sensor;
#[path = "../examples/sharing.rs"]
mod sharing;

#[test]
fn a_queue() {
    queue::main().unwrap();
}

#[test]
fn a_sensor_on_a_battery() {
    sensor::main().unwrap();
}

#[test]
fn a_shared_link() {
    sharing::main().unwrap();
}
