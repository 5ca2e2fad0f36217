//! A scenario built in code is the one that a file describes.

use std::path::PathBuf;

use device_models::units::{DataRate, Delay, Frequency};
use inference::{Degrade, Strength};

use super::*;
use crate::source::{InputError, Source};

/// All that cannot be left out.
const FILE: &str = "
name: door
duration: 2 min
networks: {little: fmnist-little, big: fmnist-big}
devices: [{name: camera, hardware: raspberry-pi-4, link: wifi, arrivals: {poisson: 1 /s}}]
links: {wifi: {radio: wifi, uplink: 18.9 Mbps, downlink: 40 Mbps, rtt: 20 ms}}
cloud: {hardware: t4}
policies: [local-only, appealnet: {delta: 0.5}]
";

fn built() -> Scenario {
    let networks = Networks::new("fmnist-little", "fmnist-big");
    let mut scenario = Scenario::new("door", Duration::new(120.0), networks, CloudSpec::new("t4"));
    let arrivals = Arrivals::Poisson(Frequency::new(1.0));
    scenario.devices.push(DeviceGroup::new("camera", "raspberry-pi-4", "wifi", arrivals));
    let rate = |megabits: f64| RateModel::Constant(DataRate::new(megabits * 1e6));
    let link = LinkSpec::new("wifi", rate(18.9), rate(40.0), RandomTime::constant(Delay::new(0.02)));
    scenario.links.insert("wifi".to_owned(), link);
    scenario.compare("local-only").unwrap();
    scenario.compare("appealnet: {delta: 50 %}").unwrap();
    scenario
}

fn read(scenario: &Scenario) -> Result<Scenario, InputError> {
    Source::of(scenario, PathBuf::new())?.scenario()
}

/// What code leaves out is what a file leaves out; and what is built arrives as it was built.
#[test]
fn what_is_left_out_is_the_same_in_code_and_in_a_file() {
    let value = |scenario: &Scenario| serde_json::to_value(scenario).unwrap();
    let file = Source::parse("door.yaml", FILE.to_owned(), PathBuf::new(), &[]).unwrap().scenario().unwrap();
    assert_eq!(value(&built()), value(&file));
    assert_eq!(value(&read(&built()).unwrap()), value(&file));
}

/// Numbers in code are not checked where they are made.
#[test]
fn what_is_built_is_checked_as_a_file_is() {
    let mut scenario = built();
    scenario.links.get_mut("wifi").unwrap().uplink = RateModel::Constant(DataRate::new(0.0));
    let Err(InputError::Scenario { problem, excerpt }) = read(&scenario) else { panic!("a rate of 0 passed") };
    assert_eq!(problem.place, "links.wifi.uplink");
    let excerpt = excerpt.unwrap();
    assert_eq!(&excerpt.text[excerpt.span.clone()], "uplink: 0 bps");
}

/// What is no number is refused, and not taken for something that was left out.
#[test]
fn what_is_no_number_is_not_left_out() {
    let place = |change: fn(&mut Scenario)| {
        let mut scenario = built();
        change(&mut scenario);
        let Err(InputError::Scenario { problem, .. }) = read(&scenario) else { panic!("it passed") };
        problem.place
    };
    assert_eq!(place(|scenario| scenario.cloud.price_per_hour = Some(f64::NAN)), "cloud.price-per-hour");
    assert_eq!(place(|scenario| scenario.cloud.price_per_hour = Some(f64::INFINITY)), "cloud.price-per-hour");
    let dark =
        Degrade { share: 1.0, noise: None, blur: None, occlusion: None, low_light: Some(Strength::up_to(f32::NAN)) };
    let mut scenario = built();
    scenario.devices[0].degrade = Some(dark);
    assert!(read(&scenario).is_err());
}

#[test]
fn a_policy_in_code_is_read_as_strictly() {
    let mut scenario = built();
    scenario.compare("local-onyl").unwrap();
    let Err(InputError::Scenario { problem, .. }) = read(&scenario) else { panic!("a misspelt policy passed") };
    assert_eq!((problem.place.as_str(), problem.nearest.as_deref()), ("policies[2]", Some("local-only")));
    assert!(scenario.compare("appealnet: {delta").is_err(), "that is not YAML");
}
