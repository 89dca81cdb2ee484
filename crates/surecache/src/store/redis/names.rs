//! The keys that a namespace has on a server.
//!
//! ```text
//! NS:VERSION:KEY       a plain key as Django's key function makes it
//! NS:~:KEY             a plain key of any other form
//! NS:r:HASH:REGION     an answer of a region
//! NS:l:{ENTRY}         the lease on an entry; the braces keep it in the entry's cluster slot
//! NS:g:HASH            a generation
//! NS:s:WRITER, NS:s:all  reports, and the list of their writers
//! NS:w:ENTRY           no key: the channel on which the end of a lease is told
//! ```
//! No two things share a key, in one namespace or in two: VERSION is a number, HASH and WRITER are
//! 32 hexadecimal digits. The one exception cannot be told apart by anybody: a namespace that is
//! another one with a colon and a number behind it.

use std::borrow::Cow;

use crate::key::{EntryClass, EntryKey, TagId};

/// Makes the keys of a namespace.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// The namespace and a colon.
    prefix: Vec<u8>,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        Self { prefix: format!("{namespace}:").into_bytes() }
    }

    /// The key of an entry.
    pub(super) fn entry<'a>(&self, entry: &'a EntryKey) -> Cow<'a, [u8]> {
        let bytes = entry.as_bytes();
        match entry.class() {
            EntryClass::Plain if self.is_versioned(bytes) => bytes.into(),
            EntryClass::Plain => self.join(&[b"~:", bytes]).into(),
            EntryClass::Region => {
                let region = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
                let hash = blake3::hash(bytes);
                self.join(&[b"r:", &hex(&hash.as_bytes()[..16]), b":", region]).into()
            }
        }
    }

    /// The key of the lease on an entry, by the entry's key.
    pub(super) fn lease(&self, entry: &[u8]) -> Vec<u8> {
        self.join(&[b"l:{", entry, b"}"])
    }

    /// The channel on which the end of a lease is told, by the entry's key.
    pub(super) fn channel(&self, entry: &[u8]) -> Vec<u8> {
        self.join(&[b"w:", entry])
    }

    /// The key of a generation.
    pub(super) fn generation(&self, tag: &TagId) -> Vec<u8> {
        self.join(&[b"g:", &hex(&tag.0)])
    }

    /// The key of a writer's report.
    pub(super) fn report(&self, writer: &[u8]) -> Vec<u8> {
        self.join(&[b"s:", &hex(writer)])
    }

    /// The key of the list of those who report.
    pub(super) fn writers(&self) -> Vec<u8> {
        self.join(&[b"s:all"])
    }

    /// What SCAN matches the keys of the namespace with; also some of others, which
    /// [`Names::is_entry`] tells apart.
    pub(super) fn pattern(&self) -> Vec<u8> {
        let mut pattern = Vec::with_capacity(self.prefix.len() + 8);
        for byte in &self.prefix {
            if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\') {
                pattern.push(b'\\');
            }
            pattern.push(*byte);
        }
        pattern.push(b'*');
        pattern
    }

    /// True for the key of an entry of this namespace.
    pub(super) fn is_entry(&self, key: &[u8]) -> bool {
        let Some(rest) = key.strip_prefix(&self.prefix[..]) else { return false };
        let is_answer = rest.strip_prefix(b"r:").is_some_and(|rest| {
            rest.get(HASH_DIGITS) == Some(&b':')
                && rest[..HASH_DIGITS].iter().all(u8::is_ascii_hexdigit)
        });
        is_answer || rest.starts_with(b"~:") || self.is_versioned(key)
    }

    /// True for a key that Django's key function made in this namespace.
    fn is_versioned(&self, key: &[u8]) -> bool {
        let Some(rest) = key.strip_prefix(&self.prefix[..]) else { return false };
        let digits = rest.strip_prefix(b"-").unwrap_or(rest);
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        count > 0 && digits.get(count) == Some(&b':')
    }

    fn join(&self, parts: &[&[u8]]) -> Vec<u8> {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut key = Vec::with_capacity(self.prefix.len() + length);
        key.extend_from_slice(&self.prefix);
        parts.iter().for_each(|part| key.extend_from_slice(part));
        key
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    let digit = |value: u8| b"0123456789abcdef"[usize::from(value & 0xf)];
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Of a digest of 16 bytes.
const HASH_DIGITS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &[u8]) -> &str {
        std::str::from_utf8(key).unwrap()
    }

    #[test]
    fn a_key_of_django_stays_as_it_is() {
        for (namespace, key) in [("prod", "prod:1:k"), ("", ":1:a:b"), ("a:b", "a:b:-2:")] {
            let names = Names::new(namespace);
            assert_eq!(text(&names.entry(&EntryKey::plain(key.as_bytes()))), key);
            assert!(names.is_entry(key.as_bytes()));
        }
    }

    #[test]
    fn every_other_plain_key_is_kept_apart() {
        let names = Names::new("prod");
        for key in ["k", "prod:k", "prod::k", "prod:x1:k", "prod2:1:k", "prod:1", "prod:~:k"] {
            let plain = EntryKey::plain(key.as_bytes());
            let entry = names.entry(&plain);
            assert_eq!(text(&entry), format!("prod:~:{key}"));
            assert!(names.is_entry(&entry));
        }
    }

    #[test]
    fn an_answer_shows_its_region_and_nothing_of_its_key() {
        let names = Names::new("prod");
        let key = EntryKey::region(b"user_profile\0secret");
        let entry = names.entry(&key);
        let (hash, region) = text(&entry)[7..].split_once(':').unwrap();
        assert_eq!((hash.len(), region), (32, "user_profile"));
        assert!(names.is_entry(&entry));
    }

    #[test]
    fn only_entries_are_entries() {
        let names = Names::new("prod");
        let lease = names.lease(b"prod:1:k");
        let generation = names.generation(&TagId([7; 16]));
        for key in [&lease, &generation, &names.report(&[1; 16]), &names.writers()] {
            assert!(!names.is_entry(key), "{}", text(key));
        }
        for key in ["prod2:1:k", "prod:r:1:k", "prod:k:1", "pro", "prod:", "prod:-:k"] {
            assert!(!names.is_entry(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn a_pattern_takes_the_namespace_by_the_letter() {
        assert_eq!(text(&Names::new("a*[b]?\\").pattern()), "a\\*\\[b\\]\\?\\\\:*");
        assert_eq!(text(&Names::new("").pattern()), ":*");
    }
}
