//! A loader of many that reads a key of its own would wait for itself.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use surecache::driver::{Core, Load};
use surecache::{Error, Outcome};
use surecache_testkit::unique_name;

use crate::ground::{loading, policy, process, questions, read};

#[test]
fn a_loader_of_many_that_asks_for_one_of_its_keys_is_misuse() {
    for keys in [[1, 2, 3], [3, 2, 1]] {
        let core = process(&unique_name());
        let loader = loading(|load| {
            for key in keys {
                assert_refused(asked(&core, key, load));
            }
            assert!(asked(&core, 4, load).is_ok());
            Ok(())
        });
        let (outcomes, _) = read(&core, keys, loader);
        assert_eq!(outcomes, [Outcome::Loaded; 3]);
    }
}

/// What another process loads is waited for after the load: nobody looks after that meanwhile.
#[test]
fn a_loader_of_many_that_asks_for_a_key_that_its_caller_waits_for_is_misuse() {
    let store = unique_name();
    let ((began, begins), (ends, may_end)) = (channel(), channel());
    thread::scope(|scope| {
        let (other, here) = (process(&store), process(&store));
        scope.spawn(move || {
            let loader = loading(|_| {
                began.send(()).unwrap();
                may_end.recv().map_err(drop)
            });
            read(&other, [2], loader)
        });
        begins.recv().unwrap();
        let loader = loading(|load| {
            let refused = asked(&here, 2, load);
            ends.send(()).unwrap();
            assert_refused(refused);
            Ok(())
        });
        read(&here, [1, 2], loader);
    });
}

/// A read of the region inside a load.
fn asked(core: &Core, key: u32, load: &Arc<Load>) -> Result<(), Error> {
    questions(core, &policy(), [key], Some(load)).map(drop)
}

fn assert_refused(asked: Result<(), Error>) {
    let error = asked.unwrap_err();
    assert!(error.is_misuse());
    let text = error.to_string();
    assert!(text.contains("does not ask for an answer of those it is loading"), "{text}");
    // Which of them: as observers are told.
    let digest = text.rsplit(' ').next().unwrap();
    assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
}
