//! The carbon intensity of the electricity that devices and servers are supplied with.
//!
//! grams of CO2 = kilowatt-hours · g/kWh
//!
//! One average figure for each place, as grid operators and statistics publish them. Left out: the hour of the day, what
//! chargers and batteries lose, and what it took to make the hardware.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FigureError;
use crate::shape::{self, Shaped};
use crate::units::CarbonIntensity;

/// Where the energy comes from, as written in a file: `400 g/kWh` for all of it, or
/// `{devices: 400 g/kWh, servers: 30 g/kWh}`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// What the devices are charged from.
    pub devices: CarbonIntensity,
    /// What the cloud and the servers at the ends of links are supplied with.
    pub servers: CarbonIntensity,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GridByPlace {
    /// What the devices are charged from.
    devices: CarbonIntensity,
    /// What the cloud and the servers at the ends of links are supplied with.
    servers: CarbonIntensity,
}

impl Shaped for Grid {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a carbon intensity such as '400 g/kWh', or {devices: 400 g/kWh, servers: 30 g/kWh}")
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        CarbonIntensity::parse(text).map(|everywhere| Self { devices: everywhere, servers: everywhere })
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let GridByPlace { devices, servers } = GridByPlace::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Self { devices, servers })
    }
}

impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::read(deserializer)
    }
}

impl Serialize for Grid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { devices, servers } = *self;
        if devices == servers {
            return devices.serialize(serializer);
        }
        GridByPlace { devices, servers }.serialize(serializer)
    }
}

impl JsonSchema for Grid {
    fn schema_name() -> Cow<'static, str> {
        "Grid".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape::either::<CarbonIntensity, GridByPlace>(generator)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    /// A kilowatt-hour is 3.6 MJ, so 360 g/kWh are 0.1 mg for each joule.
    #[test]
    fn one_figure_is_that_of_all_places() {
        let grid: Grid = from_value(json!("360 g/kWh")).unwrap();
        assert_eq!(grid.devices, grid.servers);
        assert!((grid.devices.grams_per_joule() - 1e-4).abs() < 1e-18);
        assert_eq!(json!(grid), json!("360 g/kWh"));
        let by_place = json!({"devices": "1.2 kg/kWh", "servers": "30 g/kWh"});
        let grid: Grid = from_value(by_place.clone()).unwrap();
        assert_eq!((grid.devices.get(), grid.servers.get()), (1_200.0, 30.0));
        assert_eq!(json!(grid), by_place);
    }

    /// Wind and sun are allowed to count as nothing.
    #[test]
    fn what_is_no_carbon_intensity_is_said() {
        let told = |value: serde_json::Value| from_value::<Grid>(value).map_err(|e| e.to_string());
        assert!(told(json!("0 g/kWh")).is_ok());
        for (value, what) in [
            (json!("400"), "'400' lacks its unit, one of g/kWh, kg/kWh"),
            (json!("400 gCO2/kWh"), "unknown unit 'gCO2/kWh', expected one of g/kWh, kg/kWh"),
            (json!("400 W"), "g/kWh, kg/kWh"),
            (json!("-4 g/kWh"), "0 or above"),
            (json!({"devices": "400 g/kWh"}), "missing field `servers`"),
            (json!([]), "a carbon intensity such as '400 g/kWh', or {devices"),
        ] {
            let told = told(value).unwrap_err();
            assert!(told.contains(what), "{told}");
        }
    }
}
