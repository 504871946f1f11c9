//! Ids and chance that follow from a seed and a name, so that the same scenario is the same world.

/// Where all ids and all chance of a world come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// The id of what is called by `path`: the same for the same seed and path.
    pub(crate) fn id(self, path: &[&str]) -> u64 {
        let mut hash = 0xCBF2_9CE4_8422_2325_u64 ^ mix(self.0);
        for part in path {
            for byte in part.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
            }
            hash = mix(hash);
        }
        hash
    }

    /// Chance that follows from `path`.
    pub(crate) fn dice(self, path: &[&str]) -> Dice {
        Dice(self.id(path))
    }
}

/// Scatters the bits of a number (the finaliser of SplitMix64, Steele et al. 2014).
pub(crate) fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A stream of numbers from a seed (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number from 0 up to, but not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        // The top 53 bits fill a double's mantissa.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        if high <= low {
            return low;
        }
        let span = high.abs_diff(low).saturating_add(1);
        low.saturating_add_unsigned(self.next() % span)
    }
}

/// An id as EC2 writes it: `i-0` and 16 hexadecimal digits.
pub(crate) fn show(prefix: &str, id: u64) -> String {
    format!("{prefix}-0{id:016x}")
}

/// Reads what [`show`] wrote. None if it is not of that form; such an id is unknown or malformed.
pub(crate) fn parse(prefix: &str, text: &str) -> Option<u64> {
    let digits = text.strip_prefix(prefix)?.strip_prefix("-0")?;
    let plain = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if plain { u64::from_str_radix(digits, 16).ok() } else { None }
}

/// Whether EC2 takes the text for an id at all: it has the prefix and 8 or 17 hexadecimal digits.
pub(crate) fn well_formed(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|digits| matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A UUID whose digits follow from two numbers.
pub(crate) fn uuid(a: u64, b: u64) -> String {
    let (high, low) = (mix(a), mix(b ^ a.rotate_left(17)));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        low >> 52,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_seed_and_path_alone() {
        assert_eq!(Seed(7).id(&["i", "web"]), Seed(7).id(&["i", "web"]));
        assert_ne!(Seed(7).id(&["i", "web"]), Seed(8).id(&["i", "web"]));
        assert_ne!(Seed(7).id(&["i", "web"]), Seed(7).id(&["iw", "eb"]));
    }

    #[test]
    fn an_id_reads_back_and_others_do_not() {
        assert_eq!(parse("i", &show("i", 0xABC)), Some(0xABC));
        for bad in ["", "i-", "i-0", "ami-00000000000000abc", "i-00000000000000ABC", "i-0000000000000+abc"] {
            assert_eq!(parse("i", bad), None, "{bad}");
        }
        assert!(well_formed("i", "i-1234567f") && !well_formed("i", "i-12") && !well_formed("i", "web-1"));
    }

    #[test]
    fn chance_stays_in_its_range() {
        let mut dice = Seed(1).dice(&["x"]);
        for _ in 0..1_000 {
            assert!((3..=9).contains(&dice.between(3, 9)));
            assert!((0.0..1.0).contains(&dice.unit()));
        }
        assert_eq!(dice.between(5, 5), 5);
    }
}
