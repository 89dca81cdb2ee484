//! The embedded store keeps what a store owes, alone and behind a wrapper that could make it fail.
#![cfg(feature = "embedded")]

use surecache::stores::{Embedded, EmbeddedOptions};
use surecache_testkit::{FaultyStore, Folder, conformance};

conformance!(embedded, {
    let (folder, options) = (Folder::new(), EmbeddedOptions::new());
    move |namespace, clock| Embedded::open(folder.path(), namespace, &options, clock).unwrap()
});

conformance!(embedded_in_a_faulty_store, {
    let (folder, options) = (Folder::new(), EmbeddedOptions::new());
    move |namespace, clock| {
        let store = Embedded::open(folder.path(), namespace, &options, clock).unwrap();
        FaultyStore::new(store)
    }
});
