//! How well a few typed letters fit a name, for the palette.

/// How well `wanted` fits `name`, larger is better; `None` where its letters are not there in this order. Upper and
/// lower case are one, spaces in `wanted` count for nothing, and no typed letter fits everything equally.
#[must_use]
pub(crate) fn fit(wanted: &str, name: &str) -> Option<i32> {
    let mut score = 0;
    let mut run = 0;
    let mut before = ' ';
    let mut letters = name.chars().map(lower);
    let mut position = 0;
    for letter in wanted.chars().filter(|letter| !letter.is_whitespace()).map(lower) {
        loop {
            let found = letters.next()?;
            position += 1;
            let starts_word = !before.is_alphanumeric() || (before.is_numeric() != found.is_numeric());
            let matched = found == letter;
            before = found;
            if matched {
                run += 1;
                score += 6 * run + if starts_word { 10 } else { 0 };
                break;
            }
            run = 0;
        }
    }
    // Of two names that fit alike the shorter is the likelier, and the one that fits nearer to its start.
    let length = position + letters.count();
    Some(score - i32::try_from(position + length / 4).unwrap_or(i32::MAX / 2))
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn letters_must_be_there_in_order() {
        for (wanted, name, fits) in [
            ("wp7", "web-prod-7", true),
            ("WEB prod", "web-prod-7", true),
            ("pw", "web-prod-7", false),
            ("", "web-prod-7", true),
            ("ü", "Über", true),
        ] {
            assert_eq!(fit(wanted, name).is_some(), fits, "{wanted} in {name}");
        }
    }

    #[test]
    fn starts_of_words_runs_and_short_names_come_first() {
        for (wanted, better, worse) in [
            ("prod", "web-prod", "p-r-o-d-x"),
            ("web", "web", "web-prod-eu"),
            ("fit", "Fit the lineage", "Profit"),
            ("ap", "api-prod", "scrap"),
        ] {
            assert!(fit(wanted, better).unwrap() > fit(wanted, worse).unwrap(), "{wanted}: {better} before {worse}");
        }
    }
}
