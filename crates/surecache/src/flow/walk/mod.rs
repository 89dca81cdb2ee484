//! Walks the real plan through every interleaving of readers, a writer and an eviction.
//!
//! The plans and the boards are the ones that the drivers use; only the store and the database are
//! models, small enough to be copied at each fork of the way. A state that was seen before is not
//! walked again. The promise that is checked: a read that starts after an invalidation has returned
//! gets nothing that was loaded before the write it reports (P1), and nobody is given what may not
//! be shared.

mod model;
mod tests;

use std::collections::HashSet;

use model::World;

/// Walks from a world to all its ends; the number of states, or the first broken promise.
fn walk(world: World) -> Result<usize, String> {
    let mut seen = HashSet::new();
    let mut open = vec![world];
    while let Some(world) = open.pop() {
        let mut moved = false;
        for actor in world.actors() {
            let mut next = world.clone();
            if !next.act(actor) {
                continue;
            }
            moved = true;
            next.check()?;
            if seen.insert(next.fingerprint()) {
                open.push(next);
            }
        }
        if !moved && !world.is_over() {
            return Err(format!("nobody can move, and readers have not ended: {world:#?}"));
        }
        assert!(seen.len() < LIMIT, "the walk does not end");
    }
    Ok(seen.len())
}

/// Far above what the worlds here have; a walk that reaches it has no end.
const LIMIT: usize = 3_000_000;
