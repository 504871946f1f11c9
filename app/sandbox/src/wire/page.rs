//! Pages: a token names the slot to go on from, and the question that it belongs to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::world::id::{Seed, mix};

/// Where a page begins, and how much it may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// The first slot to look at.
    pub(crate) from: usize,
    /// How many items it may hold.
    pub(crate) size: usize,
    question: u64,
}

/// A token that is not one of ours, or belongs to another question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadToken;

impl Page {
    /// The page that `token` asks for. The question is all that makes two calls the same call.
    ///
    /// # Errors
    /// [`BadToken`] if the token was not given for this question.
    pub(crate) fn new(seed: Seed, question: &[&str], token: Option<&str>, size: usize) -> Result<Page, BadToken> {
        let question = seed.id(question);
        let from = match token {
            None => 0,
            Some(token) => read(token, question).ok_or(BadToken)?,
        };
        Ok(Page { from, size, question })
    }

    /// The items of this page that pass, with the token of the next page. `items` have stable slots.
    pub(crate) fn take<'a, T>(&self, items: &'a [T], pass: impl Fn(&'a T) -> bool) -> (Vec<&'a T>, Option<String>) {
        let mut taken = Vec::with_capacity(self.size.min(items.len().saturating_sub(self.from)));
        for (slot, item) in items.iter().enumerate().skip(self.from) {
            if !pass(item) {
                continue;
            }
            if taken.len() == self.size {
                return (taken, Some(self.token(slot)));
            }
            taken.push(item);
        }
        (taken, None)
    }

    /// The same from the newest item on, where items are only ever added at the end: a page's place in `items` does
    /// not move when others come.
    pub(crate) fn take_newest<'a, T>(
        &self,
        items: &'a [T],
        pass: impl Fn(&'a T) -> bool,
    ) -> (Vec<&'a T>, Option<String>) {
        // A token tells how many items are left to look at; the first page has none, and that is 0.
        let left = if self.from == 0 { items.len() } else { self.from.min(items.len()) };
        let mut taken = Vec::new();
        for (slot, item) in items[..left].iter().enumerate().rev() {
            if !pass(item) {
                continue;
            }
            if taken.len() == self.size {
                return (taken, Some(self.token(slot + 1)));
            }
            taken.push(item);
        }
        (taken, None)
    }

    fn token(&self, slot: usize) -> String {
        let slot = slot as u64;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&(slot ^ self.question).to_be_bytes());
        bytes[8..].copy_from_slice(&mix(slot ^ self.question.rotate_left(32)).to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn read(token: &str, question: u64) -> Option<usize> {
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    let (slot, check) = bytes.split_at(8);
    let slot = u64::from_be_bytes(slot.try_into().ok()?) ^ question;
    let check = u64::from_be_bytes(check.try_into().ok()?);
    (check == mix(slot ^ question.rotate_left(32))).then_some(slot).and_then(|slot| slot.try_into().ok())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn pages_cover_all_that_passes_once_and_in_order() {
        let items: Vec<u32> = (0..23).collect();
        let (mut token, mut seen) = (None::<String>, Vec::new());
        loop {
            let page = Page::new(Seed(1), &["q"], token.as_deref(), 5).unwrap();
            let (taken, next) = page.take(&items, |n| n % 2 == 1);
            assert!(taken.len() <= 5);
            seen.extend(taken.into_iter().copied());
            match next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, (0..23).filter(|n| n % 2 == 1).collect::<Vec<_>>());
    }

    #[test]
    fn newest_first_pages_stay_where_they_were_when_more_comes() {
        let items: Vec<u32> = (0..9).collect();
        let first = Page::new(Seed(1), &["q"], None, 4).unwrap();
        let (taken, token) = first.take_newest(&items[..7], |_| true);
        assert_eq!(taken, [&6, &5, &4, &3]);
        let second = Page::new(Seed(1), &["q"], token.as_deref(), 4).unwrap();
        assert_eq!(second.take_newest(&items, |_| true), (vec![&2, &1, &0], None));
    }

    #[test]
    fn a_token_of_another_question_is_refused() {
        let page = Page::new(Seed(1), &["a"], None, 1).unwrap();
        let (_, token) = page.take(&[1, 2], |_| true);
        let token = token.unwrap();
        assert!(Page::new(Seed(1), &["a"], Some(&token), 1).is_ok());
        for (question, token) in [("b", &*token), ("a", "AAAA"), ("a", "%%%"), ("a", "")] {
            assert_eq!(Page::new(Seed(1), &[question], Some(token), 1).err(), Some(BadToken));
        }
    }
}
