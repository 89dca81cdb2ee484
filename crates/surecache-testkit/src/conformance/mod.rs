//! What every store owes: one function for each obligation.
//!
//! A store adds a module of tests with [`conformance!`](crate::conformance!):
//!
//! ```
//! use surecache::stores::Memory;
//! use surecache_testkit::{conformance, unique_name};
//!
//! conformance!(memory, {
//!     let name = unique_name();
//!     move |namespace, clock| Memory::named(&name, namespace, clock)
//! });
//! # fn main() {}
//! ```
//!
//! Each function opens the store as often as it likes, in several namespaces, on a clock that it
//! moves itself, and panics where the store does not keep the obligation that it is named for.

mod deletes;
mod generations;
mod leases;
mod locks;
mod namespaces;
mod puts;
mod reads;
mod revisions;
mod scans;
mod threads;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use deletes::*;
pub use generations::*;
pub use leases::*;
pub use locks::*;
pub use namespaces::*;
pub use puts::*;
pub use reads::*;
pub use revisions::*;
pub use scans::*;
use surecache::stores::{Acquired, EntryKey, Store, Token};
use surecache::{Clock, TagId};
pub use threads::*;

use crate::ManualClock;

/// A place for a store, empty at first, and the clock that its handles read.
pub struct Subject {
    open: Box<Open>,
    clock: Arc<ManualClock>,
}

type Open = dyn Fn(&str, Arc<dyn Clock>) -> Arc<dyn Store> + Send + Sync;

impl Subject {
    /// A place whose store `open` opens: twice in the same namespace gives two handles to the same
    /// contents.
    pub fn new<S: Store + 'static>(
        open: impl Fn(&str, Arc<dyn Clock>) -> S + Send + Sync + 'static,
    ) -> Self {
        let open = Box::new(move |namespace: &str, clock: Arc<dyn Clock>| {
            Arc::new(open(namespace, clock)) as Arc<dyn Store>
        });
        Self { open, clock: Arc::new(ManualClock::new()) }
    }

    /// Has `hook` called whenever time passes: for a store on a server, whose time must go along
    /// ([`RedisServer::age`](crate::RedisServer::age)).
    ///
    /// # Panics
    /// Where it was asked for already.
    #[must_use]
    pub fn on_advance(self, hook: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        self.clock.on_advance(hook);
        self
    }

    /// A handle to the store.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store_in("conformance")
    }

    /// A handle to the store in a namespace.
    pub fn store_in(&self, namespace: &str) -> Arc<dyn Store> {
        (self.open)(namespace, Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    /// The time of the store.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// A name that no other call in this process gives: for a store that must start empty.
pub fn unique_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The entry number `number`.
fn entry(number: usize) -> EntryKey {
    EntryKey::plain(format!("entry {number}").as_bytes())
}

/// The token number `number`.
fn token(number: u8) -> Token {
    Token([number; 16])
}

/// The tag number `number`, spread as digests are.
fn tag(number: u64) -> TagId {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&spread);
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    TagId(bytes)
}

#[track_caller]
fn assert_taken(acquired: Acquired) {
    assert!(matches!(acquired, Acquired::Taken { .. }), "wanted the lease, found: {acquired:?}");
}

#[track_caller]
fn assert_held(acquired: Acquired, by: Token) {
    match acquired {
        Acquired::Held { token, .. } if token == by => {}
        other => panic!("wanted a lease held by {by:?}, found: {other:?}"),
    }
}

const PERIOD: Duration = Duration::from_secs(2);

const LIFE: Duration = Duration::from_secs(3600);

const MILLI: Duration = Duration::from_millis(1);

/// Makes a module of tests, one for each obligation of a store.
///
/// `$open` is evaluated once for each test, for a place of its own, and gives a closure that opens
/// the store there: `Fn(namespace: &str, clock: Arc<dyn Clock>) -> impl Store`.
///
/// The second form takes the whole [`Subject`], for a store that does not live by the clock it is
/// given:
///
/// ```
/// # use surecache_testkit::conformance;
/// conformance!(redis, subject: {
///     let server = Arc::new(RedisServer::on_manual_time());
///     let location = server.location();
///     Subject::new(move |namespace, clock| open(&location, namespace, clock))
///         .on_advance(move |by| server.age(by))
/// });
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance {
    ($module:ident, subject: $subject:expr) => {
        mod $module {
            use super::*;

            $crate::obligations! { ($subject) }
        }
    };
    ($module:ident, $open:expr) => {
        mod $module {
            use super::*;

            $crate::obligations! { ($crate::Subject::new($open)) }
        }
    };
}

/// The list of the obligations, each made a test.
#[doc(hidden)]
#[macro_export]
macro_rules! obligations {
    ($subject:tt) => {
        $crate::obligations! { $subject:
            // Leases.
            a_free_lease_is_taken
            a_standing_lease_is_left_alone_and_tells_its_token_and_digest
            asking_again_with_the_holding_token_prolongs_the_lease
            a_lease_falls_when_its_period_is_over
            a_lease_is_taken_instead_of_the_one_named
            naming_a_token_that_does_not_hold_replaces_nothing
            a_replaced_token_neither_renews_nor_stores_nor_releases
            a_released_lease_is_free
            a_release_by_another_changes_nothing
            a_renewal_prolongs_from_now
            a_renewal_needs_the_token_that_holds
            a_renewal_comes_too_late_once_the_period_is_over
            taking_a_lease_tells_the_entry_that_is_there
            taking_a_lease_tells_no_expired_entry
            a_lease_covers_one_entry_only
            the_clock_at_the_wall_does_not_move_leases

            // Locks.
            a_held_lock_is_not_taken_and_tells_when_it_falls_free
            a_lock_falls_free_when_its_period_is_over
            a_lock_that_was_given_back_is_free
            a_lock_is_given_back_by_its_holder_only
            a_lock_that_fell_free_is_not_given_back
            a_lock_is_prolonged_from_now_or_from_its_end
            a_lock_is_prolonged_by_its_holder_only
            a_semaphore_has_so_many_places
            the_places_of_a_semaphore_fall_free_one_by_one
            fewer_places_are_the_first_ones
            fencing_tokens_rise_over_releases_expiries_and_clears
            fencing_tokens_do_not_fall_with_the_clock_at_the_wall
            a_clear_leaves_locks
            a_lock_shares_nothing_with_what_has_its_name
            locks_of_namespaces_are_apart
            locks_of_any_names_are_apart
            as_many_of_64_threads_as_there_are_places_take_one

            // Puts.
            a_put_without_condition_overwrites
            many_puts_at_once_end_all_their_leases
            many_requests_at_once_are_each_a_step_of_their_own
            a_put_without_condition_ends_the_lease
            a_leased_put_stores_and_ends_the_lease
            a_leased_put_is_fenced_without_the_lease
            a_leased_put_is_fenced_after_its_period
            a_leased_put_is_fenced_after_a_put_of_another
            a_fenced_put_leaves_entry_and_lease
            a_put_where_absent_stores_only_there
            a_put_where_absent_takes_an_expired_entry_for_absent
            a_put_where_unchanged_compares_the_mark
            a_put_where_unchanged_takes_an_expired_entry_for_absent
            a_put_where_unchanged_ends_the_lease
            a_put_that_found_a_change_leaves_entry_and_lease
            an_entry_shorter_than_a_mark_is_compared_too

            // Reads and expiry.
            an_entry_is_read_back_as_it_was
            entries_of_all_sizes_replace_each_other
            plain_and_region_entries_never_meet
            an_entry_is_absent_from_its_expiry_on
            an_entry_without_expiry_stays
            a_later_put_sets_the_expiry_anew
            an_entry_that_was_over_when_stored_is_absent
            many_are_read_in_the_order_asked
            empty_lists_get_empty_answers
            keys_of_any_bytes_are_apart

            // Deletes and clears.
            a_delete_makes_absent_and_counts_what_was_there
            a_delete_counts_no_expired_entry
            a_delete_voids_the_lease
            a_delete_voids_the_lease_on_an_absent_entry
            a_clear_makes_every_entry_absent
            a_clear_leaves_generations
            a_clear_leaves_leases
            what_is_put_after_a_clear_stays
            a_cleared_entry_counts_as_absent

            // Generations.
            a_generation_is_absent_until_it_is_established
            a_generation_is_read_as_it_was_established
            a_generation_that_is_there_is_never_rewritten
            a_generation_comes_back_with_fresh_bytes
            each_generation_has_bytes_of_its_own
            an_invalidation_may_be_repeated
            an_invalidation_leaves_other_tags
            a_generation_lives_as_long_as_was_asked
            establishing_prolongs_the_life
            establishing_never_shortens_the_life
            generations_come_in_the_order_asked
            one_server_has_one_incarnation
            generations_know_no_entries

            // Namespaces and reports.
            handles_of_one_namespace_share_everything
            entries_of_namespaces_are_apart
            leases_of_namespaces_are_apart
            generations_of_namespaces_are_apart
            a_clear_leaves_other_namespaces
            a_report_replaces_the_one_before
            reports_of_all_writers_are_read
            reports_of_namespaces_are_apart
            the_pace_is_short

            // Revisions.
            a_revision_differs_after_each_change
            a_revision_that_is_given_stays_while_nothing_changes
            what_was_read_under_a_revision_is_not_outlived_by_it

            // Walks through the keys.
            a_walk_lists_the_plain_keys_that_match
            a_walk_lists_nothing_that_is_over
            a_walk_misses_nothing_that_stays_while_others_come_and_go
            a_walk_ends_while_others_write
            a_walk_lists_what_is_being_loaded_where_that_is_asked
            a_walk_meets_a_load_that_stores_on_its_way
            deleting_what_matches_voids_loads_in_flight
            a_cursor_of_another_kind_is_refused

            // Many threads.
            one_of_64_threads_takes_a_lease
            threads_agree_on_a_generation
            a_deleted_entry_is_not_stored_by_a_load_in_flight
            no_update_is_lost_among_compare_and_swaps
            no_reader_sees_a_torn_entry
            no_reader_sees_a_generation_from_before_an_invalidation
        }
    };
    ($subject:tt: $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::$name(&$subject);
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A function that the list forgets would be an obligation that nobody proves.
    #[test]
    fn every_obligation_is_in_the_list() {
        let list = include_str!("mod.rs");
        let sources = [
            include_str!("deletes.rs"),
            include_str!("generations.rs"),
            include_str!("leases.rs"),
            include_str!("locks.rs"),
            include_str!("namespaces.rs"),
            include_str!("puts.rs"),
            include_str!("reads.rs"),
            include_str!("revisions.rs"),
            include_str!("scans.rs"),
            include_str!("threads.rs"),
        ];
        let functions: Vec<_> = sources
            .iter()
            .flat_map(|source| source.lines())
            .filter_map(|line| line.strip_prefix("pub fn ")?.split_once('('))
            .map(|(name, _)| name)
            .collect();
        assert!(functions.len() > 50, "found too few obligations: {}", functions.len());
        for name in functions {
            let listed = list.lines().any(|line| line.trim() == name);
            assert!(listed, "an obligation is missing in the list: {name}");
        }
    }
}
