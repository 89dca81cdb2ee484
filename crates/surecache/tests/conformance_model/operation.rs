//! What is done to the store: few names and values, so that they meet often.

use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use surecache::stores::{Condition, Digest, EntryKey, Mark, Reply, Request, Store, Token};
use surecache::{Clock, Error, TagId};
use surecache_testkit::ManualClock;

/// One step of a test.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Acquire { key: u8, token: u8, replace: Option<u8>, period_ms: u64 },
    Advance { ms: u64 },
    Clear,
    Delete { keys: Vec<u8> },
    Establish { tags: Vec<u8> },
    Fetch { key: u8, tags: Vec<u8> },
    FetchMany { keys: Vec<u8>, tags: Vec<u8> },
    Invalidate { tags: Vec<u8> },
    Put { key: u8, value: u8, life_ms: Option<u64>, condition: When },
    Release { key: u8, token: u8 },
    Renew { key: u8, token: u8, period_ms: u64 },
    Report { writer: u8, value: u8 },
    Reports,
}

/// A put's condition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Absent,
    Always,
    Is(u8),
    Leased(u8),
}

impl Operation {
    /// Asks the store; `None` where there is nothing to ask.
    pub(crate) fn ask<S: Store>(
        &self,
        store: &S,
        clock: &ManualClock,
    ) -> Option<Result<Reply, Error>> {
        let life = Duration::from_secs(3600 * 24 * 365);
        let period = |ms: &u64| Duration::from_millis(*ms);
        Some(match self {
            Self::Advance { ms } => {
                clock.advance(Duration::from_millis(*ms));
                return None;
            }
            Self::Acquire { key, token: own, replace, period_ms } => store.call(Request::Acquire {
                entry: &entry(*key),
                token: token(*own),
                digest: digest(*own),
                period: period(period_ms),
                replace: replace.map(token),
            }),
            Self::Clear => store.call(Request::Clear),
            Self::Delete { keys } => store.call(Request::Delete { entries: &entries(keys) }),
            Self::Establish { tags } => {
                store.call(Request::Establish { tags: &tag_ids(tags), life })
            }
            Self::Fetch { key, tags } => {
                store.call(Request::Fetch { entry: &entry(*key), tags: &tag_ids(tags) })
            }
            Self::FetchMany { keys, tags } => {
                store.call(Request::FetchMany { entries: &entries(keys), tags: &tag_ids(tags) })
            }
            Self::Invalidate { tags } => store.call(Request::Invalidate { tags: &tag_ids(tags) }),
            Self::Put { key, value, life_ms, condition } => store.call(Request::Put {
                entry: &entry(*key),
                bytes: &bytes(*value),
                expires_unix_ms: life_ms.map_or(u64::MAX, |ms| clock.unix_ms() + ms),
                condition: condition.as_asked(),
            }),
            Self::Release { key, token: own } => {
                store.call(Request::Release { entry: &entry(*key), token: token(*own) })
            }
            Self::Renew { key, token: own, period_ms } => store.call(Request::Renew {
                entry: &entry(*key),
                token: token(*own),
                period: period(period_ms),
            }),
            Self::Report { writer, value } => {
                store.call(Request::Report { writer: [*writer; 16], record: &bytes(*value) })
            }
            Self::Reports => store.call(Request::Reports),
        })
    }
}

impl When {
    fn as_asked(self) -> Condition {
        match self {
            Self::Absent => Condition::Unchanged(None),
            Self::Always => Condition::Always,
            Self::Is(value) => Condition::Unchanged(Some(Mark::of(&bytes(value)))),
            Self::Leased(own) => Condition::Leased(token(own)),
        }
    }
}

/// The bytes of a value: a mark of its own, and a length of its own.
pub(crate) fn bytes(value: u8) -> Vec<u8> {
    vec![value; Mark::BYTES + usize::from(value) * 7]
}

pub(crate) fn token(number: u8) -> Token {
    Token([number; 16])
}

pub(crate) fn digest(number: u8) -> Digest {
    Digest([number ^ 0xff; 16])
}

fn entry(key: u8) -> EntryKey {
    if key == 0 { EntryKey::region(b"key 1") } else { EntryKey::plain(&[b'k', key]) }
}

fn entries(keys: &[u8]) -> Vec<EntryKey> {
    keys.iter().map(|key| entry(*key)).collect()
}

fn tag_ids(tags: &[u8]) -> Vec<TagId> {
    tags.iter().map(|tag| TagId([*tag; 16])).collect()
}

/// Operations from a seed, as many as are wanted.
pub(crate) struct Draws {
    runner: TestRunner,
}

impl Draws {
    pub(crate) fn new(seed: u8) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        Self {
            runner: TestRunner::new_with_rng(
                Config { failure_persistence: None, ..Config::default() },
                rng,
            ),
        }
    }

    pub(crate) fn operation(&mut self) -> Operation {
        match operation().new_tree(&mut self.runner) {
            Ok(tree) => tree.current(),
            Err(reason) => panic!("no operation was drawn: {reason}"),
        }
    }
}

/// Any operation.
pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let key = || 0..3_u8;
    let token = || 1..4_u8;
    let keys = || prop::collection::vec(0..3_u8, 0..4);
    let tags = || prop::collection::vec(0..3_u8, 0..4);
    let value = || 1..5_u8;
    let period_ms = || prop::sample::select(vec![1_u64, 500, 2000]);
    let life_ms = prop::option::of(prop::sample::select(vec![0_u64, 1, 700, 3000]));
    let condition = prop_oneof![
        1 => Just(When::Absent),
        1 => Just(When::Always),
        1 => value().prop_map(When::Is),
        3 => token().prop_map(When::Leased),
    ];
    prop_oneof![
        3 => (key(), token(), prop::option::weighted(0.3, token()), period_ms()).prop_map(
            |(key, token, replace, period_ms)| Operation::Acquire { key, token, replace, period_ms }
        ),
        1 => prop::sample::select(vec![1_u64, 499, 700, 2000])
            .prop_map(|ms| Operation::Advance { ms }),
        1 => Just(Operation::Clear),
        1 => keys().prop_map(|keys| Operation::Delete { keys }),
        2 => tags().prop_map(|tags| Operation::Establish { tags }),
        2 => (key(), tags()).prop_map(|(key, tags)| Operation::Fetch { key, tags }),
        2 => (keys(), tags()).prop_map(|(keys, tags)| Operation::FetchMany { keys, tags }),
        1 => tags().prop_map(|tags| Operation::Invalidate { tags }),
        4 => (key(), value(), life_ms, condition).prop_map(|(key, value, life_ms, condition)| {
            Operation::Put { key, value, life_ms, condition }
        }),
        1 => (key(), token()).prop_map(|(key, token)| Operation::Release { key, token }),
        1 => (key(), token(), period_ms()).prop_map(|(key, token, period_ms)| {
            Operation::Renew { key, token, period_ms }
        }),
        1 => (0..3_u8, value()).prop_map(|(writer, value)| Operation::Report { writer, value }),
        1 => Just(Operation::Reports),
    ]
}
