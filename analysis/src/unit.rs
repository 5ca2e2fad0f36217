//! The units figures are shown in.

/// A unit's size in the base unit, and its name.
pub type Unit = (f64, &'static str);

/// Shares.
pub const PERCENT: &[Unit] = &[(0.01, "%")];
/// Joules.
pub const ENERGY: &[Unit] = &[(1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ")];
/// Seconds.
pub const TIME: &[Unit] = &[(86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
/// Prices, in any currency; those of single requests are small, so they are shown per million.
pub const PRICE: &[Unit] = &[(1e-6, "per M")];
/// Bytes.
pub const BYTES: &[Unit] = &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];

/// The largest of `units`, which are sorted largest first, in which `largest` is at least 1. Hours are used up to two
/// days: 26 h is easier to grasp than 1.08 d.
pub fn fitting(largest: f64, units: &'static [Unit]) -> Unit {
    let fills = |(size, name): &Unit| largest >= if *name == "d" { 2.0 * size } else { *size };
    units.iter().copied().find(fills).unwrap_or(units[units.len() - 1])
}

/// A figure with three significant digits, without an exponent if possible.
pub fn three_digits(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let digits = (2.0 - value.abs().log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A count with its noun in the right number: `1 device`, `3 policies`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A time with three digits and its unit: `26 h`, `1.5 s`.
pub fn time_in_words(seconds: f64) -> String {
    let (size, unit) = fitting(seconds, TIME);
    format!("{} {unit}", three_digits(seconds / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_several() {
        let told = [0, 1, 2].map(|count| counted(count, "policy", "policies"));
        assert_eq!(told, ["0 policies", "1 policy", "2 policies"]);
    }
}
