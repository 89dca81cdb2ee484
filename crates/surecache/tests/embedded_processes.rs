//! Several processes on one folder: killed, stopped in the middle of a read, in another container.
//! A file of its own: these tests fork.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]
#![expect(unsafe_code, reason = "processes that are forked, killed and stopped on purpose")]

use std::io::{PipeReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fs, thread};

use heed::EnvOpenOptions;
use surecache::driver::{Codec, Core, Plain};
use surecache::stores::{
    Condition, Embedded, EmbeddedOptions, EntryKey, LockName, Locked, Put, Reply, Request, Store,
    Token,
};
use surecache::{Clock as _, Config, Error, SystemClock, TagId};
use surecache_testkit::{Ask, Folder, machine_lacks};

const MAP_BYTES: u64 = 16 << 20;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn open(folder: &Folder) -> Embedded {
    try_open(folder.path(), MAP_BYTES).unwrap()
}

fn try_open(folder: &Path, map_bytes: u64) -> Result<Embedded, Error> {
    let options = EmbeddedOptions::new().with_map_bytes(map_bytes).with_max_readers(16);
    Embedded::open(folder, "test", &options, Arc::new(SystemClock))
}

fn key(number: usize) -> EntryKey {
    EntryKey::plain(format!("entry {number}").as_bytes())
}

fn tag(number: u8) -> TagId {
    TagId([number; 16])
}

/// One test at a time: a child holds what the process had open when it was forked.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A forked child that tells its parent bytes, and goes when it is dropped.
struct Child {
    process: libc::pid_t,
    told: PipeReader,
    ended: bool,
}

impl Child {
    /// `work` gets the means to tell, and the child ends after it: 0, or 101 for a panic.
    fn fork(work: impl FnOnce(&mut dyn FnMut(u8))) -> Self {
        let (read, mut write) = std::io::pipe().unwrap();
        // SAFETY: the child runs `work` and ends without returning.
        let process = unsafe { libc::fork() };
        assert!(process >= 0, "the kernel refused to fork");
        if process == 0 {
            drop(read);
            std::panic::set_hook(Box::new(|_| ()));
            // SAFETY: a timer of this process, for a child that hangs.
            unsafe { libc::alarm(25) };
            let mut tell = |byte: u8| write.write_all(&[byte]).unwrap();
            let code =
                if catch_unwind(AssertUnwindSafe(|| work(&mut tell))).is_ok() { 0 } else { 101 };
            // SAFETY: ends the process without the destructors that belong to the parent.
            unsafe { libc::_exit(code) };
        }
        Self { process, told: read, ended: false }
    }

    /// Waits for a byte.
    fn hear(&mut self) -> u8 {
        let mut byte = [0];
        let told = self.told.read_exact(&mut byte);
        assert!(told.is_ok(), "the child ended before it told");
        byte[0]
    }

    fn kill(mut self) {
        self.end(true);
    }

    /// How it ended: the exit code, or 1000 and the signal.
    fn wait(mut self) -> i32 {
        self.end(false)
    }

    fn end(&mut self, is_killed: bool) -> i32 {
        self.ended = true;
        let mut status = 0;
        // SAFETY: only touches the child of this test.
        unsafe {
            if is_killed {
                libc::kill(self.process, libc::SIGKILL);
            }
            while libc::waitpid(self.process, &raw mut status, 0) != self.process {}
        }
        if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            1000 + libc::WTERMSIG(status)
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.ended {
            self.end(true);
        }
    }
}

/// A value that shows whether it is whole.
fn value(round: usize, number: usize) -> Vec<u8> {
    let seed = [round.to_le_bytes(), number.to_le_bytes()].concat();
    let body = seed.repeat(10 + number % 300);
    [blake3::hash(&body).as_bytes().to_vec(), body].concat()
}

fn assert_whole(found: &[u8]) {
    let (hash, body) = found.split_at(32);
    assert!(blake3::hash(body).as_bytes() == hash, "a torn entry");
}

/// A child puts, creates and deletes as fast as it can, and tells each time that it has done so. It
/// is killed anywhere.
#[test]
fn a_hundred_killed_writers_lose_nothing_that_was_acknowledged() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    let kept = store.establish(&[tag(200)], HOUR);
    for round in 0..100 {
        let mut child = Child::fork(|tell| {
            for number in 0.. {
                let store = &store;
                assert!(
                    store.put(&key(number % 50), &value(round, number), Condition::Always)
                        == Put::Stored
                );
                store.establish(&[tag(1)], HOUR);
                store.invalidate(&[tag(1)]);
                tell(1);
            }
        });
        let acknowledged = 1 + round % 7;
        (0..acknowledged).for_each(|_| assert_eq!(child.hear(), 1));
        child.kill();
        // The next writer is let in, and what was told is there.
        assert_eq!(store.put(&key(1000), &value(round, 1), Condition::Always), Put::Stored);
        for number in 0..50 {
            let found = store.entry(&key(number));
            if number < acknowledged {
                assert!(found.is_some(), "an acknowledged put is lost, round {round}: {number}");
            }
            found.iter().for_each(|found| assert_whole(found));
        }
        assert_eq!(store.generations(&[tag(200)]), [Some(kept[0])]);
        store.invalidate(&[tag(1)]);
        assert_eq!(store.generations(&[tag(1)]), [None]);
    }
    assert_eq!(store.counts().retired, 0);
}

/// A writer that is killed between its commit and the end of its call leaves what it changed
/// unknown to all, not known as it was.
#[test]
fn what_a_killed_writer_changed_is_not_known_from_before() {
    const KEYS: usize = 40;
    let _alone = alone();
    let folder = Folder::new();
    let plain = || {
        let config = Config::new("test").with_secret("the secret of the tests");
        Plain::new(&Core::with_store(Arc::new(open(&folder)), &config).unwrap())
    };
    let (here, name) = (plain(), |number: usize| format!(":1:{number}").into_bytes());
    let get = |plain: &Plain, number| {
        plain.get(&name(number), |found| Some(found.payload.to_vec())).unwrap()
    };
    for round in 0..100 {
        let mut child = Child::fork(|tell| {
            let plain = plain();
            for number in 0.. {
                let bytes = value(round, number);
                assert!(plain.set(&name(number % KEYS), Codec::Raw, &bytes, None).unwrap());
                if number < 3 {
                    tell(1);
                }
            }
        });
        (0..3).for_each(|_| assert_eq!(child.hear(), 1));
        for number in 0..KEYS * (1 + round % 5) {
            get(&here, number % KEYS);
        }
        child.kill();
        let fresh = plain();
        for number in 0..KEYS {
            assert!(get(&here, number) == get(&fresh, number), "round {round}: {number}");
        }
    }
}

/// Nobody trusts the words that a killed writer has left half-way. The next writer, of whatever,
/// makes them whole again: nobody may write there for days, and without the word of a namespace's
/// epoch nothing of a shard is kept near.
#[test]
fn what_a_killed_writer_left_half_way_is_known_again_after_the_next_write() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    let (written, untouched) = (0..8, 8..40);
    let known = || {
        let numbers = untouched.clone();
        numbers.filter(|&number| store.revision(&key(number), SystemClock.now()).is_some()).count()
    };
    let mut seen = 0;
    for _ in 0..200 {
        let mut child = Child::fork(|tell| {
            store.clear();
            tell(1);
            loop {
                store.clear();
            }
        });
        assert_eq!(child.hear(), 1);
        child.kill();
        seen += usize::from(known() < untouched.len());
        for number in written.clone() {
            store.put(&key(number), b"value", Condition::Always);
        }
        assert_eq!(known(), untouched.len());
        if seen == 3 {
            return;
        }
    }
    panic!("no child was killed half-way: {seen}");
}

/// LMDB's lock on the table of readers is dropped by the kernel when any descriptor of the file is
/// closed in the process. Then a process that opens the folder takes it for unused, starts its
/// writer's lock and count of transactions anew, and acknowledged writes vanish. So a second handle
/// must not open the files again.
#[test]
fn closing_a_second_handle_leaves_the_locks_of_the_first() {
    let _alone = alone();
    let parent = Folder::new();
    let (folder, link) = (parent.path().join("real"), parent.path().join("link"));
    let store = try_open(&folder, MAP_BYTES).unwrap();
    std::os::unix::fs::symlink(&folder, &link).unwrap();
    for round in 0..20 {
        drop(try_open(&link, MAP_BYTES).unwrap());
        let base = round * 100;
        let child = Child::fork(|tell| {
            tell(1);
            for number in base..base + 50 {
                assert!(
                    store.put(&key(number), &value(1, number), Condition::Always) == Put::Stored
                );
            }
        });
        for number in base + 50..base + 100 {
            assert_eq!(store.put(&key(number), &value(1, number), Condition::Always), Put::Stored);
        }
        assert_eq!(child.wait(), 0);
        for number in base..base + 100 {
            assert!(store.entry(&key(number)) == Some(value(1, number)), "lost: {number}");
        }
    }
}

/// Keeps every page that it could see from being used anew, as a stopped process would.
fn read_for_ever(shard: &Path, tell: &mut dyn FnMut(u8)) {
    // SAFETY: opened once in this process, which has not opened it otherwise.
    let env = unsafe {
        EnvOpenOptions::new().map_size(MAP_BYTES as usize).max_readers(16).open(shard).unwrap()
    };
    let transaction = env.read_txn().unwrap();
    tell(1);
    loop {
        thread::park();
        std::hint::black_box(&transaction);
    }
}

/// The files grow up to their limit and no further; puts are told that there is no room, and
/// deletions hold. When the reader has been killed, its pages are taken back.
#[test]
fn a_reader_that_stays_fills_the_map_and_a_killed_one_is_cleared_away() {
    let _alone = alone();
    let folder = Folder::new();
    drop(open(&folder));
    let shards: Vec<_> =
        (0..4).map(|number| folder.path().join(format!("v3/shard-{number}"))).collect();
    let mut children: Vec<_> =
        shards.iter().map(|shard| Child::fork(|tell| read_for_ever(shard, tell))).collect();
    children.iter_mut().for_each(|child| assert_eq!(child.hear(), 1));
    let store = open(&folder);
    let put = |number: usize, bytes: &[u8]| {
        let (entry, condition) = (&key(number % 100), Condition::Always);
        store.call(Request::Put { entry, bytes, expires_unix_ms: u64::MAX, condition })
    };
    let mut number = 0;
    let error = loop {
        match put(number, &[1; 3000]) {
            Ok(Reply::Put(Put::Stored)) => number += 1,
            Ok(Reply::Put(Put::Full)) => {
                assert_eq!(store.entry(&key(number % 100)), None, "the old value is read");
                number += 1;
            }
            Ok(other) => panic!("no answer to Put: {other:?}"),
            Err(error) => break error,
        }
        assert!(number < 100_000, "a reader that stays does not matter");
    };
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(store.counts().voided, 0);
    for shard in &shards {
        let length = fs::metadata(shard.join("data.mdb")).unwrap().len();
        assert!(length <= MAP_BYTES / 4, "a file outgrew its map: {length}");
    }
    // What must go is gone even so, and everything with it.
    assert_eq!(store.delete(&[key(number % 100)]), 1);
    assert_eq!(store.counts().voided, 1);
    assert!((0..100).all(|number| store.entry(&key(number)).is_none()));
    children.into_iter().for_each(Child::kill);
    for number in 0..1000 {
        assert_eq!(store.put(&key(number % 100), &[2; 3000], Condition::Always), Put::Stored);
    }
    assert!(store.counts().readers_cleared >= 1);
}

/// Each thread's slot outlives a killed process.
#[test]
fn the_slots_of_killed_readers_are_taken_back() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    assert_eq!(store.put(&key(1), b"value", Condition::Always), Put::Stored);
    assert!(store.entry(&key(1)).is_some());
    let mut children: Vec<_> = (0..15)
        .map(|_| {
            Child::fork(|tell| {
                assert!(store.entry(&key(1)).is_some());
                tell(1);
                loop {
                    thread::park();
                }
            })
        })
        .collect();
    children.iter_mut().for_each(|child| assert_eq!(child.hear(), 1));
    let fetch = || store.call(Request::Fetch { entry: &key(1), tags: &[] }).map(|_| ());
    thread::scope(|scope| {
        let error = scope.spawn(fetch).join().unwrap().unwrap_err();
        assert!(error.to_string().contains("hint: "), "{error}");
    });
    children.into_iter().for_each(Child::kill);
    thread::scope(|scope| scope.spawn(fetch).join().unwrap().unwrap());
    assert!(store.counts().readers_cleared >= 15, "{:?}", store.counts());
}

/// Found by one, noticed by all, at their next call.
#[test]
fn a_retired_store_is_left_by_every_process() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    assert_eq!(store.put(&key(1), b"old", Condition::Always), Put::Stored);
    let (mut read, mut write) = std::io::pipe().unwrap();
    let mut child = Child::fork(|tell| {
        assert!(store.entry(&key(1)).is_some());
        tell(1);
        read.read_exact(&mut [0]).unwrap();
        assert!(store.entry(&key(1)).as_deref() == Some(b"new"));
        assert!(store.put(&key(2), b"child", Condition::Always) == Put::Stored);
    });
    assert_eq!(child.hear(), 1);
    for number in 0..4 {
        let path = folder.path().join(format!("v3/shard-{number}/data.mdb"));
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &vec![0; length - 8192], 8192).unwrap();
    }
    assert_eq!(store.put(&key(1), b"new", Condition::Always), Put::Stored);
    assert_eq!(store.counts().retired, 1);
    write.write_all(&[1]).unwrap();
    assert_eq!(child.wait(), 0);
    assert_eq!(store.entry(&key(2)).as_deref(), Some(&b"child"[..]));
}

/// Else one of them would outgrow the map of the other.
#[test]
fn processes_agree_on_the_options() {
    let _alone = alone();
    let folder = Folder::new();
    let mut child = Child::fork(|tell| {
        let _store = try_open(folder.path(), MAP_BYTES).unwrap();
        tell(1);
        loop {
            thread::park();
        }
    });
    assert_eq!(child.hear(), 1);
    let error = try_open(folder.path(), 2 * MAP_BYTES).unwrap_err();
    assert!(error.is_misuse() && error.to_string().contains("\nhint: "), "{error}");
    try_open(folder.path(), MAP_BYTES).unwrap();
    child.kill();
    try_open(folder.path(), 2 * MAP_BYTES).unwrap();
}

/// Stopped by a signal, a debugger or a frozen container, in the middle of a write: others are told
/// after a second that they cannot write, reads go on, and what must go is gone even so.
#[test]
fn a_stopped_writer_keeps_nobody_waiting_for_ever() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    let put = |number| {
        let condition = Condition::Always;
        let (entry, bytes, expires_unix_ms) = (&key(number), &value(1, 1)[..], u64::MAX);
        store.call(Request::Put { entry, bytes, expires_unix_ms, condition }).map(|_| ())
    };
    put(1).unwrap();
    for _ in 0..100 {
        let mut child = Child::fork(|tell| {
            put(1).unwrap();
            tell(1);
            while put(1).is_ok() {}
        });
        assert_eq!(child.hear(), 1);
        // SAFETY: only touches the child of this test.
        unsafe { libc::kill(child.process, libc::SIGSTOP) };
        if put(1).is_ok() {
            // Stopped between two writes.
            continue;
        }
        let error = put(1).unwrap_err();
        assert!(error.is_unavailable() && error.to_string().contains("writer's lock"), "{error}");
        assert!(store.entry(&key(1)).is_some(), "a read waited for the writer");
        assert_eq!(store.delete(&[key(1)]), 1);
        assert_eq!(store.entry(&key(1)), None, "a deleted entry is read");
        assert_eq!(store.counts().voided, 1);
        child.kill();
        put(1).unwrap();
        assert!(store.entry(&key(1)).is_some());
        return;
    }
    panic!("no child was stopped in the middle of a write");
}

/// The waiter looks once, before the child gives its lock back, and then only when it is told.
#[test]
fn who_waits_is_told_by_another_process() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    let (name, token) = (LockName::lock(b"a lock"), Token([1; 16]));
    let mut child = Child::fork(|tell| {
        let held = store.lock(&name, token, 1, Duration::from_secs(3600));
        assert!(matches!(held, Locked::Taken { .. }));
        tell(1);
        thread::sleep(Duration::from_millis(100));
        assert!(store.unlock(&name, token, 1));
    });
    assert_eq!(child.hear(), 1);
    let mut watch = store.watch_lock(&name).unwrap();
    assert!(watch.wait(PATIENCE), "it is looked at first");
    assert_eq!(store.holders(&name, 1), [token]);
    assert!(watch.wait(PATIENCE), "nobody told of the release");
    assert_eq!(store.holders(&name, 1), []);
    assert_eq!(child.wait(), 0);
}

/// The child's listener is its own: its parent's is not there.
#[test]
fn a_forked_child_is_told_too() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    let (name, token) = (LockName::lock(b"a lock"), Token([1; 16]));
    let _watched = store.watch_lock(&name).unwrap();
    let held = store.lock(&name, token, 1, Duration::from_secs(3600));
    assert!(matches!(held, Locked::Taken { .. }));
    let mut child = Child::fork(|tell| {
        let mut watch = store.watch_lock(&name).unwrap();
        assert!(watch.wait(PATIENCE), "it is looked at first");
        assert_eq!(store.holders(&name, 1), [token]);
        tell(1);
        assert!(watch.wait(PATIENCE), "nobody told of the release");
        assert_eq!(store.holders(&name, 1), []);
    });
    assert_eq!(child.hear(), 1);
    assert!(store.unlock(&name, token, 1));
    assert_eq!(child.wait(), 0);
}

/// Forks a child into a PID namespace of its own, where a grandchild works; `None` where the
/// machine does not allow it.
fn in_another_container(work: impl FnOnce()) -> Option<i32> {
    let ended = Child::fork(|_| {
        // SAFETY: only changes where the next child of this process is numbered.
        if unsafe { libc::unshare(libc::CLONE_NEWPID) } != 0 {
            // SAFETY: ends the process.
            unsafe { libc::_exit(77) };
        }
        let code = Child::fork(|_| work()).wait();
        // SAFETY: ends the process.
        unsafe { libc::_exit(code) };
    })
    .wait();
    (ended != 77).then_some(ended)
}

/// Processes that number each other differently take each other for dead.
#[test]
fn a_second_container_is_refused_while_the_first_one_lives_and_let_in_afterwards() {
    let _alone = alone();
    let folder = Folder::new();
    let store = open(&folder);
    assert_eq!(store.put(&key(1), b"value", Condition::Always), Put::Stored);
    let path = folder.path();
    let refused = in_another_container(|| {
        let error = store.call(Request::Fetch { entry: &key(1), tags: &[] }).unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("PID namespace"));
        assert!(error.to_string().contains("\nhint: "));
    });
    let Some(refused) = refused else {
        machine_lacks("the right to make a PID namespace (second container)");
        return;
    };
    assert_eq!(refused, 0, "the other container was let in");
    assert_eq!(store.entry(&key(1)).as_deref(), Some(&b"value"[..]));
    drop(store);
    let let_in = in_another_container(|| {
        let store = try_open(path, MAP_BYTES).unwrap();
        assert!(store.entry(&key(1)).as_deref() == Some(b"value"));
        assert!(store.put(&key(1), b"other", Condition::Always) == Put::Stored);
    });
    assert_eq!(let_in, Some(0), "the other container was refused");
    assert_eq!(open(&folder).entry(&key(1)).as_deref(), Some(&b"other"[..]));
}

const HOUR: Duration = Duration::from_secs(3600);
