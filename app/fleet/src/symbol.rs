//! Interned strings, lists and tag sets: a field of a row is four bytes, whatever it says.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;

use hashbrown::HashTable;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::clean;

/// A string held by a [`Symbols`]. Equal symbols of one table are equal strings; symbols of different tables say
/// nothing of each other. The order is that of first appearance, not the alphabet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Sym(NonZeroU32);

/// A list of symbols held by a [`Symbols`]; equal lists are equal handles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct SymList(u32);

/// A set of tags held by a [`Symbols`], sorted by key; equal sets are equal handles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct TagSet(SymList);

impl Sym {
    fn at(index: usize) -> Self {
        let number = u32::try_from(index + 1).expect("a fleet holds fewer than four billion strings");
        Self(NonZeroU32::new(number).expect("one was added"))
    }

    /// Its place in the order of first appearance, from 0.
    pub(crate) fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl SymList {
    /// Its place in the order of first appearance, from 0; `None` for the empty list.
    pub(crate) fn index(self) -> Option<usize> {
        (self.0 as usize).checked_sub(1)
    }
}

impl TagSet {
    /// Keys and values in turn.
    pub(crate) fn list(self) -> SymList {
        self.0
    }
}

/// The strings of a fleet, each once, and the lists made of them.
#[derive(Clone, Default)]
pub struct Symbols {
    text: String,
    text_ends: Vec<u32>,
    text_index: HashTable<u32>,
    items: Vec<Sym>,
    list_ends: Vec<u32>,
    list_index: HashTable<u32>,
}

fn hash_of(value: impl Hash) -> u64 {
    FxBuildHasher.hash_one(value)
}

fn span(ends: &[u32], index: usize) -> Option<std::ops::Range<usize>> {
    let end = *ends.get(index)? as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] as usize };
    Some(start..end)
}

impl Symbols {
    /// The symbol of `text` after [`clean`].
    pub fn intern(&mut self, text: &str) -> Sym {
        let text = &*clean(text);
        let hash = hash_of(text);
        if let Some(&found) = self.text_index.find(hash, |&i| text_at(&self.text, &self.text_ends, i as usize) == text)
        {
            return Sym::at(found as usize);
        }
        let index = self.text_ends.len();
        let sym = Sym::at(index);
        self.text.push_str(text);
        self.text_ends.push(u32::try_from(self.text.len()).expect("a fleet's text stays under four gigabytes"));
        let (all, ends) = (&self.text, &self.text_ends);
        self.text_index.insert_unique(hash, index as u32, |&i| hash_of(text_at(all, ends, i as usize)));
        sym
    }

    /// As [`Symbols::intern`]; `None` for absent text and for text with nothing in it, since AWS writes an empty
    /// element where it has no value.
    pub fn intern_some(&mut self, text: Option<&str>) -> Option<Sym> {
        let text = clean(text?);
        (!text.is_empty()).then(|| self.intern(&text))
    }

    /// The symbol of `text` if some row has it.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Sym> {
        self.text_index
            .find(hash_of(text), |&i| text_at(&self.text, &self.text_ends, i as usize) == text)
            .map(|&i| Sym::at(i as usize))
    }

    /// The string of a symbol; of a symbol from a damaged file or another table, the replacement character.
    #[must_use]
    pub fn str(&self, sym: Sym) -> &str {
        span(&self.text_ends, sym.index()).and_then(|range| self.text.get(range)).unwrap_or("\u{fffd}")
    }

    /// How many different strings there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text_ends.len()
    }

    /// Whether there is no string at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text_ends.is_empty()
    }

    /// Every string with its symbol, in order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &str)> {
        (0..self.text_ends.len()).map(|i| (Sym::at(i), text_at(&self.text, &self.text_ends, i)))
    }

    /// All strings one after the other, and where each ends: what a search over all of them reads.
    pub(crate) fn joined(&self) -> (&str, &[u32]) {
        (&self.text, &self.text_ends)
    }

    /// The string at a place in the order of first appearance.
    pub(crate) fn at(&self, index: usize) -> &str {
        text_at(&self.text, &self.text_ends, index)
    }

    /// The items of every list, tag sets among them, in the order of [`SymList::index`].
    pub(crate) fn lists(&self) -> impl ExactSizeIterator<Item = &[Sym]> {
        (0..self.list_ends.len()).map(|index| list_at(&self.items, &self.list_ends, index))
    }

    /// The value of the tag `key` by each set that has it: one pass in the order of memory, which for many servers is
    /// several times faster than [`Symbols::tag_sym`] of each.
    #[must_use]
    pub fn tag_values(&self, key: &str) -> FxHashMap<TagSet, Sym> {
        let Some(key) = self.find(key) else { return FxHashMap::default() };
        (1..)
            .zip(self.lists())
            .filter_map(|(number, list)| {
                let pair = list.chunks_exact(2).find(|pair| pair[0] == key)?;
                Some((TagSet(SymList(number)), pair[1]))
            })
            .collect()
    }

    /// Whether every string and list lies within what is held, one after the other. A table that was not read from a
    /// file always is.
    pub(crate) fn is_sound(&self) -> bool {
        let follow = |ends: &[u32], len: usize| ends.is_sorted() && ends.last().map_or(0, |&end| end as usize) == len;
        follow(&self.text_ends, self.text.len())
            && follow(&self.list_ends, self.items.len())
            && self.text_ends.iter().all(|&end| self.text.is_char_boundary(end as usize))
            && self.items.iter().all(|item| item.index() < self.text_ends.len())
    }

    /// The handle of a list, in the order given.
    pub fn intern_list(&mut self, list: &[Sym]) -> SymList {
        if list.is_empty() {
            return SymList(0);
        }
        let hash = hash_of(list);
        if let Some(&found) = self.list_index.find(hash, |&i| list_at(&self.items, &self.list_ends, i as usize) == list)
        {
            return SymList(found + 1);
        }
        let index = self.list_ends.len() as u32;
        self.items.extend_from_slice(list);
        self.list_ends.push(u32::try_from(self.items.len()).expect("a fleet holds fewer than four billion list items"));
        let (items, ends) = (&self.items, &self.list_ends);
        self.list_index.insert_unique(hash, index, |&i| hash_of(list_at(items, ends, i as usize)));
        SymList(index + 1)
    }

    /// The symbols of a list.
    #[must_use]
    pub fn list(&self, list: SymList) -> &[Sym] {
        match list.0 {
            0 => &[],
            number => list_at(&self.items, &self.list_ends, number as usize - 1),
        }
    }

    /// The handle of a set of tags; of a key given twice the last value stays.
    pub fn intern_tags<'a>(&mut self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> TagSet {
        let mut pairs: Vec<(Sym, Sym)> =
            tags.into_iter().map(|(key, value)| (self.intern(key), self.intern(value))).collect();
        pairs.reverse();
        pairs.sort_by_key(|&(key, _)| key);
        pairs.dedup_by_key(|&mut (key, _)| key);
        pairs.sort_by(|a, b| self.str(a.0).cmp(self.str(b.0)));
        let flat: Vec<Sym> = pairs.iter().flat_map(|&(key, value)| [key, value]).collect();
        TagSet(self.intern_list(&flat))
    }

    /// The tags of a set, sorted by key.
    pub fn tags(&self, set: TagSet) -> impl Iterator<Item = (&str, &str)> {
        self.list(set.0).chunks_exact(2).map(|pair| (self.str(pair[0]), self.str(pair[1])))
    }

    /// The tags of a set as symbols, sorted by key.
    pub fn tag_syms(&self, set: TagSet) -> impl Iterator<Item = (Sym, Sym)> {
        self.list(set.0).chunks_exact(2).map(|pair| (pair[0], pair[1]))
    }

    /// The value of the tag `key`.
    #[must_use]
    pub fn tag(&self, set: TagSet, key: &str) -> Option<&str> {
        self.tag_sym(set, key).map(|value| self.str(value))
    }

    /// The value of the tag `key`, as a symbol.
    #[must_use]
    pub fn tag_sym(&self, set: TagSet, key: &str) -> Option<Sym> {
        let key = self.find(key)?;
        self.list(set.0).chunks_exact(2).find(|pair| pair[0] == key).map(|pair| pair[1])
    }

    /// Gives back what growing has taken and nothing fills.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.text_ends.shrink_to_fit();
        self.items.shrink_to_fit();
        self.list_ends.shrink_to_fit();
    }

    /// Bytes held, indexes included.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.text.capacity()
            + 4 * (self.text_ends.capacity() + self.items.capacity() + self.list_ends.capacity())
            + 5 * (self.text_index.capacity() + self.list_index.capacity())
    }
}

fn text_at<'a>(text: &'a str, ends: &[u32], index: usize) -> &'a str {
    span(ends, index).and_then(|range| text.get(range)).unwrap_or("\u{fffd}")
}

fn list_at<'a>(items: &'a [Sym], ends: &[u32], index: usize) -> &'a [Sym] {
    span(ends, index).and_then(|range| items.get(range)).unwrap_or(&[])
}

impl fmt::Debug for Symbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbols({} strings, {} lists)", self.text_ends.len(), self.list_ends.len())
    }
}

impl Serialize for Symbols {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.text, &self.text_ends, &self.items, &self.list_ends).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Symbols {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (text, text_ends, items, list_ends) = <(String, Vec<u32>, Vec<Sym>, Vec<u32>)>::deserialize(deserializer)?;
        // Tables of their final size: to grow into it costs as much again as to fill them.
        let (text_index, list_index) =
            (HashTable::with_capacity(text_ends.len()), HashTable::with_capacity(list_ends.len()));
        let mut read = Self { text, text_ends, text_index, items, list_ends, list_index };
        let (all, ends) = (&read.text, &read.text_ends);
        for i in 0..ends.len() {
            read.text_index
                .insert_unique(hash_of(text_at(all, ends, i)), i as u32, |&i| hash_of(text_at(all, ends, i as usize)));
        }
        let (items, ends) = (&read.items, &read.list_ends);
        for i in 0..ends.len() {
            read.list_index.insert_unique(hash_of(list_at(items, ends, i)), i as u32, |&i| {
                hash_of(list_at(items, ends, i as usize))
            });
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn a_string_is_kept_once_and_read_back() {
        let mut symbols = Symbols::default();
        let web = symbols.intern("web");
        let api = symbols.intern("api");
        assert_eq!(symbols.intern("web"), web);
        assert_ne!(web, api);
        assert_eq!((symbols.str(web), symbols.str(api), symbols.len()), ("web", "api", 2));
        assert_eq!(symbols.find("api"), Some(api));
        assert_eq!(symbols.find("batch"), None);
        assert_eq!(size_of::<Option<Sym>>(), 4);
    }

    #[test]
    fn an_empty_element_is_no_value() {
        let mut symbols = Symbols::default();
        assert_eq!(symbols.intern_some(Some("")), None);
        assert_eq!(symbols.intern_some(Some("\u{1b}")), None);
        assert_eq!(symbols.intern_some(None), None);
    }

    #[test]
    fn equal_tags_in_any_order_are_one_set_and_the_last_of_a_key_stays() {
        let mut symbols = Symbols::default();
        let one = symbols.intern_tags([("env", "prod"), ("Name", "web")]);
        let two = symbols.intern_tags([("Name", "old"), ("env", "prod"), ("Name", "web")]);
        assert_eq!(one, two);
        assert_eq!(symbols.tags(one).collect::<Vec<_>>(), [("Name", "web"), ("env", "prod")]);
        assert_eq!((symbols.tag(one, "env"), symbols.tag(one, "none")), (Some("prod"), None));
    }

    #[test]
    fn a_table_read_back_finds_what_it_held() {
        let mut symbols = Symbols::default();
        let tags = symbols.intern_tags([("env", "prod"), ("Name", "web")]);
        let bytes = postcard::to_stdvec(&symbols).unwrap();
        let mut read: Symbols = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read.tag(tags, "env"), Some("prod"));
        assert_eq!(read.intern_tags([("Name", "web"), ("env", "prod")]), tags);
        assert_eq!(read.len(), 4);
    }

    #[test]
    fn a_symbol_of_another_table_reads_as_a_replacement_character() {
        let mut symbols = Symbols::default();
        let sym = symbols.intern("web");
        let list = symbols.intern_list(&[sym]);
        let empty = Symbols::default();
        assert_eq!(empty.str(sym), "\u{fffd}");
        assert_eq!(empty.list(list), &[]);
    }
}
