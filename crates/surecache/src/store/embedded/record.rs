//! The bytes of keys and records. `docs/reference/embedded.md` describes them for readers of dumps.

use std::time::Duration;

use super::super::{Digest, Token};
use super::options::SHARDS;
use crate::key::{EntryClass, EntryKey, LockClass, LockName, TagId};

/// The keys of a namespace.
#[derive(Clone, Debug)]
pub(super) struct Names {
    secret: [u8; 32],
    epoch: [u8; NAME_BYTES],
    reports: [u8; 17],
    fence: [u8; 17],
}

/// The key of an entry in its shard; the lease on the entry is its neighbour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    key: [u8; NAME_BYTES],
}

impl Names {
    pub(super) fn new(namespace: &str) -> Self {
        let context = "surecache embedded namespace 1";
        let secret = blake3::derive_key(context, namespace.as_bytes());
        let epoch = Name::new(&blake3::keyed_hash(&secret, b""), EPOCH).key;
        let mut reports = [REPORT; 17];
        reports[1..].copy_from_slice(&blake3::keyed_hash(&secret, b"reports").as_bytes()[..16]);
        let mut fence = [FENCE; 17];
        fence[1..].copy_from_slice(&blake3::keyed_hash(&secret, b"fence").as_bytes()[..16]);
        Self { secret, epoch, reports, fence }
    }

    /// Where an entry of the namespace lies.
    pub(super) fn name(&self, entry: &EntryKey) -> Name {
        let class = match entry.class() {
            EntryClass::Plain => PLAIN,
            EntryClass::Region => REGION,
        };
        let bytes = entry.as_bytes();
        // Most keys are short, and hashing one at once costs half of hashing it in parts.
        let mut short = [class; SHORT_BYTES];
        let hash = match short.get_mut(1..=bytes.len()) {
            Some(room) => {
                room.copy_from_slice(bytes);
                blake3::keyed_hash(&self.secret, &short[..=bytes.len()])
            }
            None => {
                let mut hasher = blake3::Hasher::new_keyed(&self.secret);
                hasher.update(&[class]).update(bytes).finalize()
            }
        };
        Name::new(&hash, ENTRY)
    }

    /// Where the epoch of the namespace lies, in every shard.
    pub(super) fn epoch(&self) -> &[u8] {
        &self.epoch
    }

    /// Where a generation lies in `meta`. A tag's name is a digest already: joined with another one
    /// it is as good as a digest of both.
    pub(super) fn generation(&self, tag: &TagId) -> [u8; 17] {
        let mut key = [GENERATION; 17];
        let bytes = tag.0.iter().zip(&self.secret);
        key[1..].iter_mut().zip(bytes).for_each(|(slot, (tag, secret))| *slot = tag ^ secret);
        key
    }

    /// Where the namespace's last fencing token lies in `meta`.
    pub(super) fn fence(&self) -> &[u8] {
        &self.fence
    }

    /// Where a place of a lock or semaphore lies in `meta`.
    pub(super) fn place(&self, lock: &LockName, place: u32) -> [u8; 21] {
        let class = match lock.class() {
            LockClass::Lock => 3,
            LockClass::Semaphore => 4,
        };
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        let hash = hasher.update(&[class]).update(lock.as_bytes()).finalize();
        let mut key = [LOCK; 21];
        key[1..17].copy_from_slice(&hash.as_bytes()[..16]);
        key[17..].copy_from_slice(&place.to_be_bytes());
        key
    }

    /// What the keys of the namespace's reports begin with.
    pub(super) fn reports(&self) -> &[u8] {
        &self.reports
    }
}

impl Name {
    fn new(hash: &blake3::Hash, kind: u8) -> Self {
        let mut key = [kind; NAME_BYTES];
        key[..NAME_BYTES - 1].copy_from_slice(&hash.as_bytes()[..NAME_BYTES - 1]);
        Self { key }
    }

    pub(super) fn shard(&self) -> usize {
        usize::from(self.key[0]) % SHARDS
    }

    pub(super) fn entry(&self) -> &[u8] {
        &self.key
    }

    /// A number that spreads names evenly.
    pub(super) fn place(&self) -> u64 {
        number(&self.key[8..]).map_or(0, |(place, _)| place)
    }

    pub(super) fn lease(&self) -> [u8; NAME_BYTES] {
        let mut key = self.key;
        key[NAME_BYTES - 1] = LEASE;
        key
    }
}

/// What a record of a shard is, by its key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Entry,
    Epoch,
    Lease,
}

impl Kind {
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        match key.last() {
            Some(&ENTRY) => Some(Self::Entry),
            Some(&EPOCH) => Some(Self::Epoch),
            Some(&LEASE) => Some(Self::Lease),
            _ => None,
        }
    }
}

/// What stands before the bytes of an entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EntryHead {
    pub(super) expires_unix_ms: u64,
    /// The folder's salt when it was stored.
    pub(super) salt: u64,
    /// The namespace's epoch when it was stored.
    pub(super) epoch: u64,
}

impl EntryHead {
    pub(super) const BYTES: usize = 24;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.expires_unix_ms.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.salt.to_le_bytes());
        bytes[16..].copy_from_slice(&self.epoch.to_le_bytes());
        bytes
    }

    /// Head and bytes of an entry; `None` for a record that is too short to be one.
    pub(super) fn split(record: &[u8]) -> Option<(Self, &[u8])> {
        let (expires_unix_ms, rest) = number(record)?;
        let (salt, rest) = number(rest)?;
        let (epoch, rest) = number(rest)?;
        Some((Self { expires_unix_ms, salt, epoch }, rest))
    }
}

/// A lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Lease {
    pub(super) token: Token,
    pub(super) digest: Digest,
    /// The folder's salt when it was taken.
    pub(super) salt: u64,
    /// The machine's uptime at which it falls.
    pub(super) until: Duration,
}

impl Lease {
    pub(super) const BYTES: usize = 48;

    fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.token.0);
        bytes[16..32].copy_from_slice(&self.digest.0);
        bytes[32..40].copy_from_slice(&self.salt.to_le_bytes());
        bytes[40..].copy_from_slice(&nanos(self.until).to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(record: &[u8]) -> Option<Self> {
        let (token, rest) = record.split_first_chunk()?;
        let (digest, rest) = rest.split_first_chunk()?;
        let (salt, rest) = number(rest)?;
        let (until, _) = number(rest)?;
        let until = Duration::from_nanos(until);
        Some(Self { token: Token(*token), digest: Digest(*digest), salt, until })
    }

    /// The record of the lease on an entry: what walks through the keys are to find stands behind.
    pub(super) fn record(self, entry: &EntryKey) -> Vec<u8> {
        let mut record = self.to_bytes().to_vec();
        if entry.class() == EntryClass::Plain {
            record.push(PLAIN);
            record.extend_from_slice(entry.as_bytes());
        }
        record
    }

    /// A lease, and its key where that is a plain one.
    pub(super) fn split(record: &[u8]) -> Option<(Self, Option<&[u8]>)> {
        let lease = Self::from_bytes(record)?;
        Some((lease, record.get(Self::BYTES..)?.strip_prefix(&[PLAIN])))
    }

    pub(super) fn is_standing(&self, salt: u64, uptime: Duration) -> bool {
        self.salt == salt && uptime < self.until
    }
}

/// A generation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct GenerationRecord {
    pub(super) generation: [u8; 16],
    /// Room for a floor below which no load is admitted; zero: unknown.
    pub(super) floor: u64,
    /// The machine's uptime at which it falls.
    pub(super) until: Duration,
}

impl GenerationRecord {
    pub(super) const BYTES: usize = 32;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.generation);
        bytes[16..24].copy_from_slice(&self.floor.to_le_bytes());
        bytes[24..].copy_from_slice(&nanos(self.until).to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(record: &[u8]) -> Option<Self> {
        let (generation, rest) = record.split_first_chunk()?;
        let (floor, rest) = number(rest)?;
        let (until, _) = number(rest)?;
        Some(Self { generation: *generation, floor, until: Duration::from_nanos(until) })
    }
}

/// A place of a lock or semaphore that is held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct LockRecord {
    pub(super) token: Token,
    /// The machine's uptime at which it falls.
    pub(super) until: Duration,
}

impl LockRecord {
    pub(super) const BYTES: usize = 24;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.token.0);
        bytes[16..].copy_from_slice(&nanos(self.until).to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(record: &[u8]) -> Option<Self> {
        let (token, rest) = record.split_first_chunk()?;
        let (until, _) = number(rest)?;
        Some(Self { token: Token(*token), until: Duration::from_nanos(until) })
    }
}

/// A report is the uptime at which it is forgotten, then what its writer wrote.
pub(super) fn split_report(record: &[u8]) -> Option<(Duration, &[u8])> {
    let (until, rest) = number(record)?;
    Some((Duration::from_nanos(until), rest))
}

/// The number at the start of a record, and what follows.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), rest))
}

/// Whole nanoseconds, enough for five centuries of uptime.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// 23 bytes of hash, then the kind: two keys that meet would take 2^92 tries to find.
pub(super) const NAME_BYTES: usize = 24;
/// Four blocks of the hash.
const SHORT_BYTES: usize = 256;
/// The classes of keys.
const PLAIN: u8 = 1;
const REGION: u8 = 2;
/// The kinds of records.
const EPOCH: u8 = 0;
const ENTRY: u8 = 1;
const LEASE: u8 = 2;
/// First byte of the keys in `meta`.
pub(super) const GENERATION: u8 = 1;
const REPORT: u8 = 2;
pub(super) const LOCK: u8 = 3;
pub(super) const FENCE: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_as_they_were() {
        let head = EntryHead { expires_unix_ms: u64::MAX, salt: 3, epoch: 7 };
        let mut record = head.to_bytes().to_vec();
        record.extend(b"value");
        assert_eq!(EntryHead::split(&record), Some((head, &b"value"[..])));
        assert_eq!(EntryHead::split(&record[..23]), None);
        let until = Duration::from_nanos(123_456_789_012);
        let lease = Lease { token: Token([1; 16]), digest: Digest([2; 16]), salt: 9, until };
        assert_eq!(Lease::from_bytes(&lease.to_bytes()), Some(lease));
        assert_eq!(Lease::from_bytes(&lease.to_bytes()[..47]), None);
        let of = |entry: &EntryKey| {
            let record = lease.record(entry);
            Lease::split(&record).map(|(lease, key)| (lease, key.map(<[u8]>::to_vec)))
        };
        assert_eq!(of(&EntryKey::plain(b"key")), Some((lease, Some(b"key".to_vec()))));
        assert_eq!(of(&EntryKey::plain(b"")), Some((lease, Some(Vec::new()))));
        assert_eq!(of(&EntryKey::region(b"key")), Some((lease, None)));
        let record = GenerationRecord { generation: [5; 16], floor: 6, until };
        assert_eq!(GenerationRecord::from_bytes(&record.to_bytes()), Some(record));
        assert_eq!(GenerationRecord::from_bytes(&record.to_bytes()[..31]), None);
        let record = LockRecord { token: Token([8; 16]), until };
        assert_eq!(LockRecord::from_bytes(&record.to_bytes()), Some(record));
        assert_eq!(LockRecord::from_bytes(&record.to_bytes()[..23]), None);
    }

    #[test]
    fn long_and_short_keys_have_the_same_kind_of_name() {
        let names = Names::new("a");
        for length in [0, 254, 255, 256, 5000] {
            let entry = EntryKey::plain(&vec![7; length]);
            let input = [&[1], entry.as_bytes()].concat();
            let hash = blake3::keyed_hash(&names.secret, &input);
            assert_eq!(names.name(&entry).key[..23], hash.as_bytes()[..23], "{length}");
        }
    }

    #[test]
    fn names_differ_by_namespace_class_and_key() {
        let (one, two) = (Names::new("a"), Names::new("b"));
        let keys = [EntryKey::plain(b"k"), EntryKey::region(b"k"), EntryKey::plain(b"l")];
        let mut names: Vec<_> =
            keys.iter().flat_map(|key| [one.name(key).key, two.name(key).key]).collect();
        names.extend([one.epoch, two.epoch]);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 8);
    }
}
