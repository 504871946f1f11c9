//! Asking by id: one unknown id fails a whole call, so that it has to be found and left out.

use std::collections::BTreeSet;

/// What EC2 says of an image's id that it does not know.
pub(crate) const UNKNOWN_IMAGE: &[&str] =
    &["InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "InvalidAMIID.Unavailable"];
/// What EC2 says of a server's id that it does not know.
pub(crate) const UNKNOWN_SERVER: &[&str] = &["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"];

/// Parts a batch that failed since AWS does not know all of its ids: the ids that the error names, and the batches to
/// ask for next. These are what is left or, where the error names none of ours, the halves; each is smaller than
/// `batch`, so that asking comes to an end.
pub(crate) fn without_named(batch: Vec<String>, said: &str, prefix: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let named: BTreeSet<&str> = said
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter(|word| word.starts_with(prefix))
        .collect();
    let (without, mut rest): (Vec<String>, Vec<String>) = batch.into_iter().partition(|id| named.contains(id.as_str()));
    match (without.is_empty(), rest.len()) {
        (true, 0..=1) => (rest, Vec::new()),
        (true, half) => {
            let second = rest.split_off(half / 2);
            (Vec::new(), vec![rest, second])
        }
        (false, 0) => (without, Vec::new()),
        (false, _) => (without, vec![rest]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|&id| id.to_owned()).collect()
    }

    #[test]
    fn the_ids_that_the_error_names_are_left_out() {
        let (without, rest) =
            without_named(batch(&["i-1", "i-2", "i-3"]), "The instance IDs 'i-3, i-1' do not exist", "i-");
        assert_eq!((without, rest), (batch(&["i-1", "i-3"]), vec![batch(&["i-2"])]));
    }

    #[test]
    fn an_error_that_names_none_of_ours_halves_the_batch_down_to_one() {
        let said = "The instance ID 'i-9' does not exist";
        assert_eq!(
            without_named(batch(&["a", "b", "c"]), said, "i-"),
            (vec![], vec![batch(&["a"]), batch(&["b", "c"])])
        );
        assert_eq!(without_named(batch(&["a"]), said, "i-"), (batch(&["a"]), vec![]));
    }
}
