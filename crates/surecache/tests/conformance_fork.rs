//! A handle made before a fork works in the child. A file of its own: these tests fork, and no
//! other test should be running at that moment.

use std::sync::Arc;

use surecache::SystemClock;
use surecache::stores::Memory;
use surecache_testkit::fork::{Contents, under_load};
use surecache_testkit::unique_name;

#[test]
fn memory_survives_sixty_forks_and_keeps_its_contents() {
    let store = Memory::named(&unique_name(), "test", Arc::new(SystemClock));
    under_load(&store, Contents::Copied, 60);
}
