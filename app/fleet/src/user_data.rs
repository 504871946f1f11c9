//! User data: its hash and length for good, its bytes for as long as the program runs.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::interned::{Handle, Interned};

/// One text of user data. Two with the same bytes are one.
///
/// The bytes are what EC2 hands the server, so gzip and other things that are no UTF-8 too. They are never written: a
/// saved fleet has the hash and the length alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct UserData {
    /// SHA-256 of the bytes.
    pub hash: [u8; 32],
    /// How many bytes there are.
    pub length: u32,
    #[serde(skip)]
    bytes: Option<Arc<[u8]>>,
}

impl UserData {
    /// The bytes; `None` in a fleet that was loaded from a file.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// The first 12 hexadecimal digits of the hash: enough to tell two texts apart by eye.
    #[must_use]
    pub fn short_hash(&self) -> String {
        self.hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl PartialEq for UserData {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Eq for UserData {}

impl Hash for UserData {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl fmt::Debug for UserData {
    /// Without the bytes, so that no log ever has them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserData({}, {} bytes)", self.short_hash(), self.length)
    }
}

impl Interned<UserData> {
    /// The handle of a text, given as the bytes that a server gets.
    ///
    /// # Panics
    /// Beyond four gigabytes, a quarter of a million times what EC2 takes.
    pub fn intern_bytes(&mut self, bytes: &[u8]) -> Handle<UserData> {
        let length = u32::try_from(bytes.len()).expect("user data is at most 16 KiB, by EC2's limit");
        let handle = self.intern(UserData { hash: Sha256::digest(bytes).into(), length, bytes: None });
        if let Some(text) = self.get_mut(handle)
            && text.bytes.is_none()
        {
            text.bytes = Some(bytes.into());
        }
        handle
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test")]

    use super::*;

    const SECRET: &[u8] = b"\x1f\x8b not UTF-8 \xff PASSWORD=hunter2";

    #[test]
    fn a_text_is_known_by_its_hash_and_written_nowhere() {
        let mut texts = Interned::default();
        let one = texts.intern_bytes(SECRET);
        assert_eq!(texts.intern_bytes(SECRET), one);
        assert_eq!(texts.get(one).unwrap().bytes(), Some(SECRET));
        let saved = postcard::to_stdvec(&texts).unwrap();
        assert!(!saved.windows(7).any(|window| window == b"hunter2"));
        assert!(!format!("{texts:?}").contains("hunter2"));
        let mut read: Interned<UserData> = postcard::from_bytes(&saved).unwrap();
        let again = read.get(one).unwrap();
        assert_eq!((again.hash, again.length, again.bytes()), (texts.get(one).unwrap().hash, 31, None));
        assert_eq!((read.intern_bytes(SECRET), read.get(one).unwrap().bytes()), (one, Some(SECRET)));
    }

    #[test]
    fn the_hash_is_the_one_that_sha256sum_prints() {
        let mut texts = Interned::default();
        let abc = texts.intern_bytes(b"abc");
        assert_eq!(texts.get(abc).unwrap().short_hash(), "ba7816bf8f01");
    }
}
