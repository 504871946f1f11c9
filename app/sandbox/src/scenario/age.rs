//! Ages in scenarios: `43d6h`, and ranges of them: `2d..20d`.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de::Error};

use crate::world::id::Dice;

/// A length of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Age(pub(crate) i64);

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Age, String> {
        let wrong = || format!("'{text}' is not a length of time such as 43d6h or 2y");
        let (mut seconds, mut rest) = (0_i64, text.trim());
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.find(|char: char| !char.is_ascii_digit()).ok_or_else(wrong)?;
            let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
            let unit = match rest.as_bytes()[digits] {
                b's' => 1,
                b'm' => 60,
                b'h' => 3_600,
                b'd' => 86_400,
                b'w' => 7 * 86_400,
                b'y' => 365 * 86_400,
                _ => return Err(wrong()),
            };
            seconds = number.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(wrong)?;
            rest = &rest[digits + 1..];
        }
        // Anything older would be older than AWS.
        if seconds > 30 * 365 * 86_400 {
            return Err(format!("'{text}' is more than 30 years"));
        }
        Ok(Age(seconds))
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Age, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Ages from one to another; one age is a range of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AgeRange {
    low: Age,
    high: Age,
}

impl AgeRange {
    /// An age in the range.
    pub(crate) fn pick(self, dice: &mut Dice) -> Age {
        Age(dice.between(self.low.0, self.high.0))
    }
}

impl<'de> Deserialize<'de> for AgeRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AgeRange, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (low, high) = text.split_once("..").unwrap_or((&text, &text));
        let (low, high): (Age, Age) = (low.parse().map_err(D::Error::custom)?, high.parse().map_err(D::Error::custom)?);
        if low > high {
            return Err(D::Error::custom(format!("'{text}' ends before it begins")));
        }
        Ok(AgeRange { low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_add_up() {
        let cases = [("43d6h", 43 * 86_400 + 6 * 3_600), ("2y", 730 * 86_400), ("90m", 5_400), ("1w1s", 604_801)];
        for (text, want) in cases {
            assert_eq!(text.parse(), Ok(Age(want)), "{text}");
        }
        for bad in ["", "d", "12", "3x", "99999999999999999999d", "3d-", "é", "31y"] {
            assert!(bad.parse::<Age>().is_err(), "{bad}");
        }
    }
}
