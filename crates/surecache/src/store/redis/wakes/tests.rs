//! The life of the listener, with no server.

use super::*;

/// It finds that nothing is watched; before it is gone a watch begins, which starts another one.
/// The first used to take it for its own, and both ran.
#[test]
fn a_listener_that_is_not_wanted_leaves_what_comes_to_the_next_one() {
    let (wakes, mut listens) = (listened(), 0);
    let mut watch = Some(wakes.watch(b"first".to_vec()));
    let listen = || {
        listens += 1;
        drop(watch.take());
        assert!(!wakes.is_wanted());
        if listens == 1 {
            lock(&wakes.state).is_listening = true;
            watch = Some(wakes.watch(b"second".to_vec()));
        }
        Ended::Unwanted
    };
    wakes.listen_while_wanted(listen, |_| ());
    assert_eq!(listens, 1);
}

#[test]
fn pauses_grow_and_are_long_after_a_refusal() {
    let (wakes, mut pauses) = (listened(), Vec::new());
    let mut watch = Some(wakes.watch(b"channel".to_vec()));
    let mut ends = [Ended::Lost; 10].into_iter().chain([Ended::Refused]).rev().collect::<Vec<_>>();
    let listen = || {
        if ends.len() == 1 {
            drop(watch.take());
        }
        ends.pop().unwrap()
    };
    wakes.listen_while_wanted(listen, |pause| pauses.push(pause));
    let most = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 60_000];
    let most = most.map(Duration::from_millis);
    assert_eq!(pauses.len(), most.len());
    for (pause, most) in pauses.into_iter().zip(most) {
        assert!((most / 2..=most).contains(&pause), "wanted about {most:?}, found: {pause:?}");
    }
}

/// What happened meanwhile may have been missed.
#[test]
fn who_waits_is_told_that_a_connection_was_lost() {
    let (wakes, mut is_told) = (listened(), false);
    let mut watch = Some(wakes.watch(b"channel".to_vec()));
    wakes.listen_while_wanted(
        || Ended::Lost,
        |_| is_told = watch.take().is_some_and(|mut watch| watch.wait(Duration::ZERO)),
    );
    assert!(is_told);
}

/// What is watched, as if a listener were there: the test is.
fn listened() -> Arc<Wakes> {
    let wakes = Wakes::new(&RedisOptions::parse("unix:///nowhere").unwrap());
    lock(&wakes.state).is_listening = true;
    wakes
}
