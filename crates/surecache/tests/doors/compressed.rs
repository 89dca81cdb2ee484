//! Answers that are compressed: smaller in the store, and read by those who compress nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use surecache::stores::Request;
use surecache::{Compressor, Config};
use surecache_testkit::Fault;

use crate::answers::{Loads, Spec, user};
use crate::door::Door;
use crate::ground::{Ground, on_each_ground};

on_each_ground! {
    who_compresses_nothing_reads_compressed_answers,
    who_compresses_reads_answers_that_are_not,
}

fn answer() -> String {
    "the same again, ".repeat(4096)
}

fn config(ground: &Ground) -> Config {
    ground.config().with_secret("the secret of all")
}

/// A door, and how many bytes its last answer took in the store.
fn measured(ground: &Ground, config: Config) -> (Door, Arc<AtomicUsize>) {
    let bytes_put = Arc::new(AtomicUsize::new(0));
    let last = Arc::clone(&bytes_put);
    let rule = move |request: &Request<'_>| {
        if let Request::Put { bytes, .. } = request {
            last.store(bytes.len(), Ordering::Relaxed);
        }
        Fault::None
    };
    (ground.door_on_with(rule, config), bytes_put)
}

/// The first door loads, both are given what it loaded; how many bytes that took in the store.
fn passes(ground: &Ground, from: Config, to: Config) -> usize {
    let loads = Loads::new();
    let (from, bytes_put) = measured(ground, from);
    let to = ground.door_with(to);
    for door in [&from, &to, &from] {
        let found = door.get(&Spec::public(), &user(42), &loads.say(&answer())).unwrap();
        assert!(found == answer());
    }
    assert_eq!((loads.count(), to.outcomes("hit")), (1, 1));
    bytes_put.load(Ordering::Relaxed)
}

fn who_compresses_nothing_reads_compressed_answers(ground: &Ground) {
    let zstd = config(ground).with_compressor(Compressor::Zstd);
    let bytes_put = passes(ground, zstd, config(ground));
    assert!(bytes_put < 1000, "{bytes_put} bytes");
}

fn who_compresses_reads_answers_that_are_not(ground: &Ground) {
    let lz4 = config(ground).with_compressor(Compressor::Lz4);
    let bytes_put = passes(ground, config(ground), lz4);
    assert!(bytes_put > answer().len(), "{bytes_put} bytes");
}
