//! Answers spoiled at random.

use super::super::instances::Instances;
use super::super::read;
use super::{groups, images, instances, template_versions};

/// How an answer is compared.
type Compared = fn(&[u8]) -> Option<usize>;

/// How many spoiled answers of each kind are tried.
const TRIES: u64 = 1_500;

/// Numbers by a seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }
}

/// An answer in which something is wrong.
fn spoiled(whole: &str, chance: &mut Chance) -> Vec<u8> {
    const BITS: [&str; 10] = ["<", ">", "&", "/", "item", "&#0;", "<item>", "</item>", " ", "\u{1f525}"];
    let mut bytes = whole.as_bytes().to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(bytes.len());
        match chance.below(4) {
            0 => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
            1 => drop(bytes.splice(at..at, BITS[chance.below(BITS.len())].bytes())),
            2 => drop(bytes.drain(at..(at + 1 + chance.below(40)).min(bytes.len()))),
            _ => {
                let end = (at + chance.below(60)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let to = chance.below(bytes.len());
                drop(bytes.splice(to..to, piece));
            }
        }
    }
    bytes
}

#[test]
fn a_spoiled_answer_is_refused_or_read_as_the_sdk_reads_it() {
    let kinds: [(&str, Compared); 4] = [
        (instances::WHOLE, instances::compared),
        (images::WHOLE, images::compared),
        (template_versions::WHOLE, template_versions::compared),
        (groups::WHOLE, groups::compared),
    ];
    for (whole, compared) in kinds {
        let mut chance = Chance(7);
        let read = (0..TRIES).filter(|_| compared(&spoiled(whole, &mut chance)).is_some()).count();
        assert!(read > TRIES as usize / 30, "{read} of {TRIES} could be read by both");
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_refused() {
    let whole = instances::WHOLE.trim_end().as_bytes();
    for end in 0..whole.len() {
        assert!(read::<Instances>(&whole[..end]).is_err(), "cut after {end} bytes");
    }
}
