//! Many reads at once, while others load the same: nobody waits for what he has to look after.
#![expect(clippy::unwrap_used, reason = "a test panics where something is amiss")]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use surecache::driver::{
    Brought, Codec, Core, Declaration, Declared, Encoded, Load, ManyLoader, Payload, Question,
    get_or_load_many,
};
use surecache::stores::Memory;
use surecache::{Admission, Clock, Config, Field, FieldKind, KeyWriter, Outcome, Policy, Scope};
use surecache::{SystemClock, Tags};
use surecache_testkit::unique_name;

/// Of a wait for somebody else's load: a test that takes so long has failed.
const WAIT: Duration = Duration::from_secs(20);

/// Loads; where it is told to, says that it does, and waits until it may go on.
struct Loading {
    gate: Option<(Sender<()>, Receiver<()>)>,
}

impl ManyLoader for Loading {
    type Abort = ();

    fn load(&mut self, loads: &[(usize, Arc<Load>)]) -> Result<Vec<Brought>, ()> {
        if let Some((began, may_end)) = &self.gate {
            began.send(()).unwrap();
            may_end.recv().unwrap();
        }
        Ok(loads.iter().map(|_| Ok(Encoded { codec: Codec::Raw, bytes: vec![1] })).collect())
    }

    fn decode(&mut self, _: usize, _: Codec, payload: &Payload) -> bool {
        payload[..] == [1]
    }

    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
        wait()
    }
}

/// A process of its own, as far as flights go: they are an engine's.
fn process(store: &str) -> Core {
    let store = Memory::named(store, "test", Arc::new(SystemClock));
    let config = Config::new("test").with_secret("the secret of the tests");
    Core::with_store(Arc::new(store), &config).unwrap()
}

fn questions(core: &Core, keys: impl IntoIterator<Item = u32>) -> Vec<Arc<Question>> {
    let declaration = Declaration {
        name: "many".to_owned(),
        version: 1,
        fields: vec![Field::new("number", FieldKind::Int)],
        codec: Codec::Raw,
        policy: Policy::new(Duration::from_secs(600)).with_wait(WAIT),
    };
    let declared = Declared::new(core, declaration, false).unwrap();
    let question = |key| {
        let (mut writer, scope) = (KeyWriter::new(), Scope::public("a test"));
        writer.part(key);
        let key = writer.finish();
        Arc::new(Question::new(core, &declared, scope, &key, &Tags::new(), None).unwrap())
    };
    keys.into_iter().map(question).collect()
}

fn read(
    core: &Core,
    keys: impl IntoIterator<Item = u32>,
    mut loading: Loading,
) -> (Vec<Outcome>, Duration) {
    let (questions, began) = (questions(core, keys), SystemClock.uptime());
    let ends = get_or_load_many(core, &questions, Admission::Full, None, &mut loading).unwrap();
    let took = SystemClock.uptime().saturating_sub(began);
    (ends.into_iter().map(|(outcome, _)| outcome).collect(), took)
}

/// Another process loads the keys meanwhile, and ends when the readers have waited for a moment.
fn while_another_loads(keys: u32, readers: &(dyn Fn(&Core) + Sync)) {
    let store = unique_name();
    let ((began, begins), (ends, may_end)) = (channel(), channel());
    thread::scope(|scope| {
        let other = process(&store);
        let loading = Loading { gate: Some((began, may_end)) };
        scope.spawn(move || read(&other, 0..keys, loading));
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
        assert_collapsed(read(core, [0, 0, 0], Loading { gate: None }));
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
                read(core, 0..KEYS, Loading { gate: None })
            });
            start.wait();
            assert_collapsed(read(core, (0..KEYS).rev(), Loading { gate: None }));
            assert_collapsed(one.join().unwrap());
        });
    });
}
