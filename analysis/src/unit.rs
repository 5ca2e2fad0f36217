//! The units figures are shown in.

/// What one of a unit is in the base unit, and its name.
pub type Unit = (f64, &'static str);

/// Shares.
pub const PERCENT: &[Unit] = &[(0.01, "%")];
/// Joules.
pub const ENERGY: &[Unit] = &[(1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ")];
/// Seconds.
pub const TIME: &[Unit] = &[(86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
/// Prices, in whatever currency; those of a request are small, so they are shown for a million.
pub const PRICE: &[Unit] = &[(1e-6, "per M")];
/// Bytes.
pub const BYTES: &[Unit] = &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];

/// The largest of `units`, which come largest first, that `largest` fills. Hours go on for two days: 26 h is easier to think of
/// than 1.08 d.
pub fn fitting(largest: f64, units: &'static [Unit]) -> Unit {
    let fills = |(size, name): &Unit| largest >= if *name == "d" { 2.0 * size } else { *size };
    units.iter().copied().find(fills).unwrap_or(units[units.len() - 1])
}

/// A figure with three digits that mean something, without an exponent where it can be.
pub fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let digits = (2.0 - value.abs().log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A time with three digits and its unit: `26 h`, `1.5 s`.
pub fn time_in_words(seconds: f64) -> String {
    let (size, unit) = fitting(seconds, TIME);
    format!("{} {unit}", three_digits(seconds / size))
}
