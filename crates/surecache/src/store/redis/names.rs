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
//! NS:k:{NAME}:0        the lock of this name
//! NS:p:{NAME}:PLACE    a place of the semaphore of this name
//! NS:f                 the last fencing token
//! NS:w:k:{NAME}, NS:w:p:{NAME}  no keys: the channels on which it is told that a place is free
//! ```
//! No two things share a key, in one namespace or in two: VERSION is a number, HASH and WRITER are
//! 32 hexadecimal digits. The one exception cannot be told apart by anybody: a namespace that is
//! another one with a colon and a number behind it.

use std::borrow::Cow;

use crate::key::{EntryClass, EntryKey, Glob, LockClass, LockName, TagId};

/// Makes the keys of a namespace.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// The namespace and a colon.
    prefix: Vec<u8>,
    /// What the keys of answers and of generations begin with, which are read most.
    answers: Vec<u8>,
    generations: Vec<u8>,
}

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        let prefix = format!("{namespace}:").into_bytes();
        let (answers, generations) = ([&prefix[..], b"r:"].concat(), [&prefix[..], b"g:"].concat());
        Self { prefix, answers, generations }
    }

    /// The key of an entry.
    pub(super) fn entry<'a>(&self, entry: &'a EntryKey) -> Cow<'a, [u8]> {
        let bytes = entry.as_bytes();
        match entry.class() {
            EntryClass::Plain if self.is_versioned(bytes) => bytes.into(),
            _ => self.entry_parts(entry, |parts| parts.concat()).into(),
        }
    }

    /// The parts of the key of an entry, joined where they go.
    pub(super) fn entry_parts<R>(&self, entry: &EntryKey, take: impl FnOnce(&[&[u8]]) -> R) -> R {
        let bytes = entry.as_bytes();
        match entry.class() {
            EntryClass::Plain if self.is_versioned(bytes) => take(&[bytes]),
            EntryClass::Plain => take(&[&self.prefix, b"~:", bytes]),
            EntryClass::Region => {
                let region = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
                let hash = blake3::hash(bytes);
                let hash = hash.as_bytes().first_chunk().map_or([0; HASH_DIGITS], digits);
                take(&[&self.answers, &hash, b":", region])
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

    /// The keys of the places of a lock or semaphore, but for a colon and the place's number.
    pub(super) fn places(&self, lock: &LockName) -> Vec<u8> {
        self.join(&[class(lock), lock.as_bytes(), b"}"])
    }

    /// The channel on which it is told that a place is free.
    pub(super) fn lock_channel(&self, lock: &LockName) -> Vec<u8> {
        self.join(&[b"w:", class(lock), lock.as_bytes(), b"}"])
    }

    /// The key of the last fencing token.
    pub(super) fn fence(&self) -> Vec<u8> {
        self.join(&[b"f"])
    }

    /// The key of a generation.
    pub(super) fn generation(&self, tag: &TagId) -> Vec<u8> {
        self.generation_parts(tag, |parts| parts.concat())
    }

    /// The parts of the key of a generation, joined where they go: they are read with each answer.
    pub(super) fn generation_parts<R>(&self, tag: &TagId, take: impl FnOnce(&[&[u8]]) -> R) -> R {
        take(&[&self.generations, &digits(&tag.0)])
    }

    /// The key of a writer's report.
    pub(super) fn report(&self, writer: &[u8]) -> Vec<u8> {
        let digits: Vec<_> = writer.iter().flat_map(|byte| hex(*byte)).collect();
        self.join(&[b"s:", &digits])
    }

    /// The key of the list of those who report.
    pub(super) fn writers(&self) -> Vec<u8> {
        self.join(&[b"s:all"])
    }

    /// What SCAN matches the keys of the namespace with; also some of others, which
    /// [`Names::is_entry`] tells apart.
    pub(super) fn pattern(&self) -> Vec<u8> {
        self.pattern_of(&[b"*"])
    }

    /// What SCAN matches the keys of plain entries with whose names match: all of those, and where
    /// the names could be of either form everything else, which [`Names::plain`] tells apart.
    pub(super) fn entries(&self, glob: &Glob) -> Vec<u8> {
        match self.form(&glob.beginning()) {
            Form::Either => self.pattern(),
            Form::Other => self.pattern_of(&[b"~:", glob.as_bytes()]),
            Form::Versioned => glob.as_bytes().to_vec(),
        }
    }

    /// As [`Names::entries`], for the leases on them, which [`Names::leased`] tells apart.
    pub(super) fn leases(&self, glob: &Glob) -> Vec<u8> {
        match self.form(&glob.beginning()) {
            Form::Other if !glob.is_open() => {
                let other = self.pattern_of(&[b"~:"]);
                self.pattern_of(&[b"l:{", &other, glob.as_bytes(), b"}"])
            }
            Form::Versioned if !glob.is_open() => self.pattern_of(&[b"l:{", glob.as_bytes(), b"}"]),
            _ => self.pattern_of(&[b"l:{*"]),
        }
    }

    /// The name of the plain entry under a key; `None` for any other key.
    pub(super) fn plain<'k>(&self, key: &'k [u8]) -> Option<&'k [u8]> {
        if self.is_versioned(key) {
            return Some(key);
        }
        let name = key.strip_prefix(&self.prefix[..])?.strip_prefix(b"~:")?;
        (!self.is_versioned(name)).then_some(name)
    }

    /// The name of the plain entry that a key is the lease on; `None` for any other key.
    pub(super) fn leased<'k>(&self, key: &'k [u8]) -> Option<&'k [u8]> {
        let rest = key.strip_prefix(&self.prefix[..])?;
        self.plain(rest.strip_prefix(b"l:{")?.strip_suffix(b"}")?)
    }

    /// What the names that begin like this can be.
    fn form(&self, beginning: &[u8]) -> Form {
        if self.is_versioned(beginning) {
            return Form::Versioned;
        }
        let Some(rest) = beginning.strip_prefix(&self.prefix[..]) else {
            let may_be = self.prefix.starts_with(beginning);
            return if may_be { Form::Either } else { Form::Other };
        };
        let digits = rest.strip_prefix(b"-").unwrap_or(rest);
        if digits.iter().all(u8::is_ascii_digit) { Form::Either } else { Form::Other }
    }

    fn pattern_of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut pattern = Glob::escape(&self.prefix);
        parts.iter().for_each(|part| pattern.extend_from_slice(part));
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

/// Which of the two forms of keys plain entries have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Either,
    Other,
    Versioned,
}

fn class(lock: &LockName) -> &'static [u8] {
    match lock.class() {
        LockClass::Lock => b"k:{",
        LockClass::Semaphore => b"p:{",
    }
}

fn digits(bytes: &[u8; 16]) -> [u8; HASH_DIGITS] {
    let mut digits = [0; HASH_DIGITS];
    let places = digits.as_chunks_mut().0.iter_mut();
    places.zip(bytes).for_each(|(place, byte)| *place = hex(*byte));
    digits
}

fn hex(byte: u8) -> [u8; 2] {
    HEX[usize::from(byte)]
}

/// The digits of each byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let (mut hex, mut byte) = ([[0; 2]; 256], 0);
    while byte < hex.len() {
        hex[byte] = [digits[byte >> 4], digits[byte & 0xf]];
        byte += 1;
    }
    hex
};

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
            let entry = names.entry(&EntryKey::plain(key.as_bytes())).into_owned();
            assert_eq!(text(&entry), format!("prod:~:{key}"));
            assert!(names.is_entry(&entry));
        }
    }

    #[test]
    fn an_answer_shows_its_region_and_nothing_of_its_key() {
        let names = Names::new("prod");
        let entry = names.entry(&EntryKey::region(b"user_profile\0secret")).into_owned();
        let (hash, region) = text(&entry)[7..].split_once(':').unwrap();
        assert_eq!((hash.len(), region), (32, "user_profile"));
        assert!(names.is_entry(&entry));
    }

    #[test]
    fn only_entries_are_entries() {
        let names = Names::new("prod");
        let lease = names.lease(b"prod:1:k");
        let generation = names.generation(&TagId([7; 16]));
        let (lock, fence) = (names.places(&LockName::lock(b"1:k")), names.fence());
        let reports = [names.report(&[1; 16]), names.writers()];
        for key in [&lease, &generation, &reports[0], &reports[1], &lock, &fence] {
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

    #[test]
    fn a_name_is_read_from_the_keys_of_its_entry_and_its_lease() {
        let names = Names::new("prod");
        for name in ["prod:1:k", "k", "prod:x", "prod:~:k", ""] {
            let entry = names.entry(&EntryKey::plain(name.as_bytes())).into_owned();
            let lease = names.lease(&entry);
            assert_eq!(names.plain(&entry), Some(name.as_bytes()));
            assert_eq!(names.leased(&lease), Some(name.as_bytes()));
            assert_eq!((names.plain(&lease), names.leased(&entry)), (None, None));
        }
        let answer = names.entry(&EntryKey::region(b"region\0k")).into_owned();
        assert_eq!((names.plain(&answer), names.leased(&names.lease(&answer))), (None, None));
        // No name is kept like this.
        assert_eq!(names.plain(b"prod:~:prod:1:k"), None);
        assert_eq!(names.plain(b"prod2:1:k"), None);
    }

    /// Whatever a pattern says: what it matches is found under the server's pattern, too.
    #[test]
    fn a_walk_meets_every_entry_and_lease_that_matches() {
        let keys = ["p*d:1:k", "p*d:-2:key", "p*d:x", "k", "pd:1:k", "p*", "p*d:1", "a]b"];
        let globs = [
            "*",
            "p\\*d:1:*",
            "p\\*d:*",
            "p*",
            "p\\*d:-*:k*",
            "k",
            "?",
            "p\\*",
            "p\\*d:1",
            "p\\*d:1:[k",
            "p\\*d:1:k\\",
            "[^k",
            "p\\*d:[x1]*",
            "a\\]b",
            "a*[",
            "p\\*d:x*",
        ];
        let names = Names::new("p*d");
        for pattern in globs {
            let glob = Glob::new(pattern.as_bytes());
            for key in keys.iter().filter(|key| glob.matches(key.as_bytes())) {
                let entry = names.entry(&EntryKey::plain(key.as_bytes())).into_owned();
                let (met, leased) = (Glob::new(&names.entries(&glob)), names.leases(&glob));
                assert!(met.matches(&entry), "{pattern} {key}");
                assert!(Glob::new(&leased).matches(&names.lease(&entry)), "{pattern} {key}");
            }
        }
        let versioned = Glob::new(b"p\\*d:1:k*");
        assert_eq!(text(&names.entries(&versioned)), "p\\*d:1:k*");
        assert_eq!(text(&names.leases(&versioned)), "p\\*d:l:{p\\*d:1:k*}");
        assert_eq!(text(&names.entries(&Glob::new(b"k*"))), "p\\*d:~:k*");
    }
}
