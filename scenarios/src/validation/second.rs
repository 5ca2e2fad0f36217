//! Figures of presets beside a second source.

use device_models::{Kind, Presets, Processor, Radio};

use super::{ValidationError, digits, model};

/// The section of the page.
///
/// # Errors
/// If a preset is missing.
pub fn section(presets: &Presets) -> Result<String, ValidationError> {
    let pi: Processor = model(presets, Kind::Processor, "raspberry-pi-4")?;
    let hailo: Processor = model(presets, Kind::Processor, "hailo-8")?;
    let [lte, wifi, mcu]: [Radio; 3] = [
        model(presets, Kind::Radio, "lte")?,
        model(presets, Kind::Radio, "wifi")?,
        model(presets, Kind::Radio, "wifi-mcu")?,
    ];
    let sending = |radio: &Radio, mbps: f64| radio.active.get() + radio.per_bit_up.get() * mbps * 1e6;
    let rows = [
        ("`raspberry-pi-4`, idle", pi.idle.get(), "W", "2.2 to 2.4 W (chipwired.com)"),
        ("`raspberry-pi-4`, four cores busy", pi.busy.get(), "W", "5.1 to 5.4 W (chipwired.com)"),
        (
            "`hailo-8`, ResNet-50",
            hailo.busy.get(),
            "W at 1,329 images/s",
            "4.04 W at 1,371 images/s (on a Raspberry Pi 5, BlackRoad-OS/blackroad-os-operator)",
        ),
        ("`lte`, promotion", lte.promotion.get() * 1e3, "ms", "290 to 360 ms (trace of 2021, SIGCOMM21-5G artifact)"),
        ("`wifi`, idle", wifi.idle.get() * 1e3, "mW", "20 mW (AT&T Video Optimizer), 4.6 mW (ESP32-C3, chip included)"),
        ("`wifi`, sending at 2 Mbps", sending(&wifi, 2.0), "W", "0.40 W at any rate (AT&T Video Optimizer)"),
        ("`wifi`, sending at 18.9 Mbps", sending(&wifi, 18.9), "W", "at most 0.66 W (ESP32-S2, always on air)"),
        ("`wifi-mcu`, sending at 18.9 Mbps", sending(&mcu, 18.9), "W", "0.40 W (AT&T Video Optimizer)"),
    ];
    let mut text = String::from(
        "\n## Beside a second source\n\nPowers and times of presets that somebody else has a figure for. Where the two \
         are far apart, what is concluded from either is uncertain by as much.\n\n| | preset | second source \
         |\n|---|---|---|\n",
    );
    for (what, value, unit, second) in rows {
        text += &format!("| {what} | {} {unit} | {second} |\n", digits(value));
    }
    Ok(text)
}
