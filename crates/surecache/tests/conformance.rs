//! Every store keeps what a store owes, alone and behind a wrapper that could make it fail.

use surecache::stores::Memory;
use surecache_testkit::{FaultyStore, conformance, unique_name};

conformance!(memory, {
    let name = unique_name();
    move |namespace, clock| Memory::named(&name, namespace, clock)
});

conformance!(memory_in_a_faulty_store, {
    let name = unique_name();
    move |namespace, clock| FaultyStore::new(Memory::named(&name, namespace, clock))
});
