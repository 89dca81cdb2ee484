//! A handle made before a fork works in the child. A file of its own: these tests fork, and no
//! other test should be running at that moment.
#![cfg(feature = "embedded")]

use std::sync::Arc;

use surecache::SystemClock;
use surecache::stores::{Embedded, EmbeddedOptions};
use surecache_testkit::Folder;
use surecache_testkit::fork::{Contents, under_load};

#[test]
fn embedded_survives_sixty_forks_and_shares_its_contents() {
    let folder = Folder::new();
    let options = EmbeddedOptions::new();
    let store = Embedded::open(folder.path(), "test", &options, Arc::new(SystemClock)).unwrap();
    under_load(&store, Contents::Shared, 60);
}
