//! Rows that many resources share, each held once.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::num::NonZeroU32;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Names a row of an [`Interned`] table, in four bytes. Equal handles of one table are equal rows.
pub struct Handle<T> {
    number: NonZeroU32,
    of: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    fn at(index: usize) -> Self {
        let number = u32::try_from(index + 1).expect("a fleet holds fewer than four billion rows");
        Self { number: NonZeroU32::new(number).expect("one was added"), of: PhantomData }
    }

    /// Its place in the order of first appearance, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.number.get() as usize - 1
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<T> Eq for Handle<T> {}

impl<T> Hash for Handle<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index())
    }
}

impl<T> Serialize for Handle<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Handle<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { number: NonZeroU32::deserialize(deserializer)?, of: PhantomData })
    }
}

/// Different rows, in the order of first appearance.
#[derive(Clone)]
pub struct Interned<T> {
    rows: Vec<T>,
    index: HashTable<u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), index: HashTable::new() }
    }
}

impl<T: Eq + Hash> Interned<T> {
    /// The handle of `row`, which is kept where no equal one is.
    pub fn intern(&mut self, row: T) -> Handle<T> {
        let hash = FxBuildHasher.hash_one(&row);
        if let Some(&found) = self.index.find(hash, |&at| self.rows[at as usize] == row) {
            return Handle::at(found as usize);
        }
        let at = self.rows.len();
        self.rows.push(row);
        let rows = &self.rows;
        self.index.insert_unique(hash, at as u32, |&at| FxBuildHasher.hash_one(&rows[at as usize]));
        Handle::at(at)
    }

    /// The row of a handle; `None` for one of another table or of a damaged file.
    #[must_use]
    pub fn get(&self, handle: Handle<T>) -> Option<&T> {
        self.rows.get(handle.index())
    }

    /// Every row with its handle.
    pub fn iter(&self) -> impl Iterator<Item = (Handle<T>, &T)> {
        self.rows.iter().enumerate().map(|(at, row)| (Handle::at(at), row))
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row to change in what its equality leaves out.
    pub(crate) fn get_mut(&mut self, handle: Handle<T>) -> Option<&mut T> {
        self.rows.get_mut(handle.index())
    }
}

impl<T: fmt::Debug> fmt::Debug for Interned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.rows).finish()
    }
}

impl<T: Serialize> Serialize for Interned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Eq + Hash> Deserialize<'de> for Interned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<T>::deserialize(deserializer)?;
        let mut index = HashTable::with_capacity(rows.len());
        for at in 0..rows.len() {
            let hash_of = |at: &u32| FxBuildHasher.hash_one(&rows[*at as usize]);
            index.insert_unique(hash_of(&(at as u32)), at as u32, hash_of);
        }
        Ok(Self { rows, index })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn equal_rows_are_one_and_a_table_read_back_knows_them() {
        let mut table = Interned::default();
        let web = table.intern("web".to_owned());
        let api = table.intern("api".to_owned());
        assert_eq!((table.intern("web".to_owned()), table.len()), (web, 2));
        assert_ne!(web, api);
        assert_eq!(size_of::<Option<Handle<String>>>(), 4);
        let mut read: Interned<String> = postcard::from_bytes(&postcard::to_stdvec(&table).unwrap()).unwrap();
        assert_eq!((read.intern("api".to_owned()), read.len()), (api, 2));
        assert_eq!(Interned::<String>::default().get(api), None);
    }
}
