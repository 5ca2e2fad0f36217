//! The units figures are shown in.

/// A unit's size in the base unit, and its name.
pub type Unit = (f64, &'static str);

/// Shares.
pub const PERCENT: &[Unit] = &[(0.01, "%")];
/// Joules.
pub const ENERGY: &[Unit] = &[(1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ")];
/// Grams.
pub const CARBON: &[Unit] = &[(1e3, "kg"), (1.0, "g"), (1e-3, "mg"), (1e-6, "µg"), (1e-9, "ng")];
/// Seconds.
pub const TIME: &[Unit] = &[(86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
/// Prices, in any currency; those of single requests are small, so they are shown per million.
pub const PRICE: &[Unit] = &[(1e-6, "per M")];
/// Bits a second.
pub const RATE: &[Unit] = &[(1e9, "Gbps"), (1e6, "Mbps"), (1e3, "kbps"), (1.0, "bps")];
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
    fn the_unit_is_the_largest_that_fits() {
        let unit = |largest, units| fitting(largest, units).1;
        let energies = [(2e3, "kJ"), (1e3, "kJ"), (999.0, "J"), (1.0, "J"), (0.5, "mJ"), (1e-3, "mJ"), (9e-4, "µJ")];
        assert!(energies.iter().all(|(joules, name)| unit(*joules, ENERGY) == *name));
        assert_eq!(unit(1e-9, ENERGY), "µJ", "the smallest, if none fits");
        // A day and a half is 36 h; two days are 2 d.
        let times = [
            (172_800.0, "d"),
            (129_600.0, "h"),
            (3_600.0, "h"),
            (60.0, "min"),
            (59.0, "s"),
            (0.02, "ms"),
            (2e-5, "µs"),
        ];
        assert!(times.iter().all(|(seconds, name)| unit(*seconds, TIME) == *name));
        let sizes = [(2e9, "GB"), (2e6, "MB"), (2e3, "kB"), (999.0, "B")];
        assert!(sizes.iter().all(|(bytes, name)| unit(*bytes, BYTES) == *name));
    }

    /// Each unit holds as many of the next as everyone knows.
    #[test]
    fn units_have_their_sizes() {
        let ratios = |units: &[Unit]| units.windows(2).map(|pair| (pair[0].0 / pair[1].0).round()).collect::<Vec<_>>();
        assert_eq!((ratios(ENERGY), ENERGY[1]), (vec![1e3; 3], (1.0, "J")));
        assert_eq!((ratios(TIME), TIME[3]), (vec![24.0, 60.0, 60.0, 1e3, 1e3], (1.0, "s")));
        assert_eq!((ratios(BYTES), BYTES[3]), (vec![1e3; 3], (1.0, "B")));
        assert_eq!((PERCENT[0], PRICE[0]), ((0.01, "%"), (1e-6, "per M")));
    }

    #[test]
    fn three_digits_are_significant() {
        let told = [0.0, 1.0, 12.345, 1234.5, 0.012345, -2.5, 9.999, 1e-12].map(three_digits);
        assert_eq!(told, ["0", "1", "12.3", "1234", "0.0123", "-2.5", "10", "0"]);
    }

    #[test]
    fn a_time_has_its_unit() {
        let told = [93_600.0, 259_200.0, 1.5, 0.25].map(time_in_words);
        assert_eq!(told, ["26 h", "3 d", "1.5 s", "250 ms"]);
    }

    #[test]
    fn one_is_not_several() {
        let told = [0, 1, 2].map(|count| counted(count, "policy", "policies"));
        assert_eq!(told, ["0 policies", "1 policy", "2 policies"]);
    }
}
