//! The worlds that are walked. Each test names the mechanism that it rests on.

use super::model::{Plot, Report, World};
use super::walk;

const QUIET: Plot =
    Plot { report: Report::Tag, evictions: 0, time_outs: 0, outages: 0, adds_tag: false };

fn holds(world: World) {
    match walk(world) {
        Ok(states) => println!("{states} states"),
        Err(broken) => panic!("{broken}"),
    }
}

#[test]
fn no_order_of_two_readers_a_writer_and_an_eviction_gives_an_old_value() {
    holds(World::new(Plot { evictions: 1, ..QUIET }, &[0, 0]));
}

#[test]
fn no_order_over_two_processes_gives_an_old_value() {
    holds(World::new(Plot { evictions: 1, ..QUIET }, &[0, 1]));
}

#[test]
fn no_order_of_three_readers_in_one_process_gives_an_old_value() {
    holds(World::new(QUIET, &[0, 0, 0]));
}

#[test]
fn deleting_an_entry_voids_the_put_and_the_flight_that_overlap_it() {
    holds(World::new(Plot { report: Report::Delete, ..QUIET }, &[0, 0]));
    holds(World::new(Plot { report: Report::Delete, ..QUIET }, &[0, 1]));
}

#[test]
fn a_tag_found_while_loading_ends_entries_and_joined_flights() {
    let plot = Plot { report: Report::AddedTag, adds_tag: true, ..QUIET };
    holds(World::new(plot, &[0, 0]));
    holds(World::new(plot, &[0, 1]));
}

#[test]
fn what_may_not_be_stored_is_given_to_nobody_else() {
    holds(World::new(QUIET, &[0, 0]).with_private_reader(0));
    holds(World::new(QUIET, &[0, 1]).with_private_reader(0));
}

#[test]
fn taking_over_a_load_that_lasts_too_long_gives_no_old_value() {
    holds(World::new(Plot { time_outs: 2, ..QUIET }, &[0, 0]));
    holds(World::new(Plot { time_outs: 1, report: Report::Delete, ..QUIET }, &[0, 0]));
}

#[test]
fn a_store_that_fails_at_any_step_gives_no_old_value() {
    holds(World::new(Plot { outages: 2, ..QUIET }, &[0, 0]));
    holds(World::new(Plot { outages: 1, report: Report::Delete, ..QUIET }, &[0, 0]));
    holds(World::new(Plot { outages: 1, evictions: 1, ..QUIET }, &[0, 1]));
}
