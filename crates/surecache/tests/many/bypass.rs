//! Reads for which the cache is not asked.

use std::sync::Arc;

use surecache::driver::get_or_load_many;
use surecache::stores::Request;
use surecache::{Admission, Outcome};
use surecache_testkit::{Fault, FaultyStore, unique_name};

use crate::ground::{loading, memory, policy, process_on, questions};

/// Nothing can be read: the store is not asked for nothing.
#[test]
fn reads_past_the_cache_do_not_ask_the_store() {
    let store = FaultyStore::new(memory(&unique_name())).with_rule(|request| match request {
        Request::FetchMany { .. } => panic!("it was asked"),
        _ => Fault::None,
    });
    let core = process_on(Arc::new(store));
    let questions = questions(&core, &policy(), 0..3, None).unwrap();
    let mut loader = loading(|_| Ok(()));
    let ends = get_or_load_many(&core, &questions, Admission::Bypass, None, &mut loader).unwrap();
    assert!(ends.iter().all(|(outcome, _)| *outcome == Outcome::Bypassed));
}
