//! While others load the same: nobody waits for what he has to look after.

use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use surecache::Outcome;
use surecache::driver::Core;
use surecache_testkit::unique_name;

use crate::ground::{WAIT, loading, process, read};

/// Another process loads the keys meanwhile, and ends when the readers have waited for a moment.
fn while_another_loads(keys: u32, readers: &(dyn Fn(&Core) + Sync)) {
    let store = unique_name();
    let ((began, begins), (ends, may_end)) = (channel(), channel());
    thread::scope(|scope| {
        let other = process(&store);
        scope.spawn(move || {
            let loading = loading(|_| {
                began.send(()).unwrap();
                may_end.recv().map_err(drop)
            });
            read(&other, 0..keys, loading)
        });
        begins.recv().unwrap();
        let here = process(&store);
        let reading = scope.spawn(move || readers(&here));
        thread::sleep(Duration::from_millis(300));
        ends.send(()).unwrap();
        reading.join().unwrap();
    });
}

fn assert_collapsed((outcomes, took): (Vec<Outcome>, Duration)) {
    assert!(took < WAIT / 2, "waited for what had ended: {took:?}");
    let is_given = |outcome: &Outcome| matches!(outcome, Outcome::Hit | Outcome::Collapsed);
    assert!(outcomes.iter().all(is_given), "{outcomes:?}");
}

/// The second one waits for word that the first one has to look for.
#[test]
fn a_key_that_is_named_twice_is_not_waited_for_longer() {
    while_another_loads(1, &|core| {
        assert_collapsed(read(core, [0, 0, 0], loading(|_| Ok(()))));
    });
}

/// Each thread looks after some of the keys for both.
#[test]
fn threads_that_name_the_keys_in_another_order_do_not_wait_for_each_other() {
    const KEYS: u32 = 300;
    while_another_loads(KEYS, &|core| {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let one = scope.spawn(|| {
                start.wait();
                read(core, 0..KEYS, loading(|_| Ok(())))
            });
            start.wait();
            assert_collapsed(read(core, (0..KEYS).rev(), loading(|_| Ok(()))));
            assert_collapsed(one.join().unwrap());
        });
    });
}
