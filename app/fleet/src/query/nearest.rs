//! The word that somebody probably meant.

/// The one of `known` that is the fewest edits away from `word`, if that is few enough to be a slip: one edit for
/// words of up to four letters, two for longer ones. Case does not count; of equals the first wins.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let allowed = if word.len() <= 4 { 1 } else { 2 };
    known
        .into_iter()
        .map(|candidate| (edits(&word, candidate), candidate))
        .filter(|&(edits, _)| edits <= allowed)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that make `word` of `candidate`.
fn edits(word: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=candidate.len()).collect();
    for (i, &c) in word.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &d) in candidate.iter().enumerate() {
            let mut least = (above[j] + usize::from(c != d)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && c == candidate[j - 1] && word[i - 1] == d {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_and_a_stranger_finds_none() {
        let known = ["group", "age", "image", "recipe"];
        for (word, meant) in [
            ("grop", Some("group")),
            ("gruop", Some("group")),
            ("GROUP", Some("group")),
            ("imgae", Some("image")),
            ("aeg", Some("age")),
            ("recipes", Some("recipe")),
            ("zone", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
