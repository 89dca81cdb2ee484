//! Questions of many, and loaders that answer them.

use std::sync::Arc;
use std::time::Duration;

use surecache::driver::{
    Brought, Codec, Core, Declaration, Declared, Encoded, Load, ManyLoader, Payload, Question,
    get_or_load_many,
};
use surecache::stores::{Memory, Store};
use surecache::{Admission, Clock, Config, Field, FieldKind, KeyWriter, Outcome, Policy, Scope};
use surecache::{SystemClock, Tags};

/// Of a wait for somebody else's load: a test that takes so long has failed.
pub(crate) const WAIT: Duration = Duration::from_secs(20);

/// Does what it is told while it loads, then brings the same for each key. An error ends the call.
pub(crate) struct Loading<F>(F);

pub(crate) fn loading<F>(meanwhile: F) -> Loading<F>
where
    F: FnMut(&Arc<Load>) -> Result<(), ()>,
{
    Loading(meanwhile)
}

impl<F: FnMut(&Arc<Load>) -> Result<(), ()>> ManyLoader for Loading<F> {
    type Abort = ();

    fn load(&mut self, keys: &[usize], load: &Arc<Load>) -> Result<Vec<Brought>, ()> {
        (self.0)(load)?;
        Ok(keys.iter().map(|_| Ok(Encoded { codec: Codec::Raw, bytes: vec![1] })).collect())
    }

    fn decode(&mut self, _: usize, _: Codec, payload: &Payload) -> bool {
        payload[..] == [1]
    }

    fn block<T: Send>(&mut self, wait: impl FnOnce() -> T + Send) -> T {
        wait()
    }
}

/// A process of its own, as far as flights go: they are an engine's.
pub(crate) fn process(store: &str) -> Core {
    process_on(Arc::new(memory(store)))
}

pub(crate) fn process_on(store: Arc<dyn Store>) -> Core {
    let config = Config::new("test").with_secret("the secret of the tests");
    Core::with_store(store, &config).unwrap()
}

pub(crate) fn memory(name: &str) -> Memory {
    Memory::named(name, "test", Arc::new(SystemClock))
}

pub(crate) fn policy() -> Policy {
    Policy::new(Duration::from_secs(600)).with_wait(WAIT)
}

pub(crate) fn questions(
    core: &Core,
    policy: &Policy,
    keys: impl IntoIterator<Item = u32>,
    outer: Option<&Arc<Load>>,
) -> Result<Vec<Arc<Question>>, surecache::Error> {
    let declaration = Declaration {
        name: REGION.to_owned(),
        version: 1,
        fields: vec![Field::new("number", FieldKind::Int)],
        codec: Codec::Raw,
        policy: policy.clone(),
    };
    let declared = Declared::new(core, declaration, false).unwrap();
    let question = |key| {
        let (mut writer, scope) = (KeyWriter::new(), Scope::public("a test"));
        writer.part(key);
        let key = writer.finish();
        Question::new(&declared, scope, &key, &Tags::new(), outer).map(Arc::new)
    };
    keys.into_iter().map(question).collect()
}

pub(crate) fn read(
    core: &Core,
    keys: impl IntoIterator<Item = u32>,
    mut loader: impl ManyLoader<Abort = ()>,
) -> (Vec<Outcome>, Duration) {
    let questions = questions(core, &policy(), keys, None).unwrap();
    let began = SystemClock.uptime();
    let ends = get_or_load_many(core, &questions, Admission::Full, None, &mut loader).unwrap();
    let took = SystemClock.uptime().saturating_sub(began);
    (ends.into_iter().map(|(outcome, _)| outcome).collect(), took)
}

pub(crate) const REGION: &str = "many";
