//! The leases of a large batch stand until all of it is stored, on a store that is far away.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use surecache::driver::{Core, Next, Walk, get_or_load_many};
use surecache::stores::{Memory, Reply, Request, Store};
use surecache::{Admission, Error, Outcome, Policy};
use surecache_testkit::unique_name;

use crate::ground::{REGION, loading, memory, policy, process_on, questions};

/// So many take seconds where they are renewed one by one.
const KEYS: u32 = 3000;
const LEASE: Duration = Duration::from_millis(1500);

#[test]
fn thousands_of_leases_are_renewed_together() {
    let core = process_on(Arc::new(Far::new(|_| Duration::from_millis(1))));
    assert_all_are_stored(&core, 2 * LEASE);
}

/// By the time that the last lease is taken the first one's period is over.
#[test]
fn leases_are_renewed_while_others_are_taken() {
    let core = process_on(Arc::new(Far::new(|request| match request {
        Request::Acquire { .. } => ROUND,
        _ => Duration::ZERO,
    })));
    assert_all_are_stored(&core, Duration::ZERO);
}

/// As it is where sealing the values takes long.
#[test]
fn leases_are_renewed_until_their_value_is_stored() {
    let core = process_on(Arc::new(Far::new(|request| match request {
        Request::Put { .. } => ROUND,
        _ => Duration::ZERO,
    })));
    assert_all_are_stored(&core, Duration::ZERO);
}

/// A batch ends in the middle of its load; meanwhile another one loads in the same process.
#[test]
fn leases_that_are_given_back_do_not_keep_others_from_being_renewed() {
    let core = process_on(Arc::new(Far::new(|request| match request {
        Request::Release { .. } => ROUND,
        _ => Duration::ZERO,
    })));
    let outcomes = load(&core, KEYS..KEYS + 1, || {
        let questions = questions(&core, &leased(), 0..KEYS, None).unwrap();
        let mut loader = loading(|_| Err(()));
        let ended = get_or_load_many(&core, &questions, Admission::Full, None, &mut loader);
        assert!(ended.is_err());
        thread::sleep(2 * LEASE);
    });
    assert_eq!(outcomes, [Outcome::Loaded]);
    assert_eq!(fenced(&core), 0);
}

/// As where an event loop carries the words to a server: the task ends before the reply comes.
#[test]
fn a_walk_that_ends_before_it_is_told_of_its_lease_gives_it_back() {
    let store = unique_name();
    let begin = || {
        let core = process_on(Arc::new(memory(&store)));
        let question = questions(&core, &leased(), [1], None).unwrap().remove(0);
        (core.clone(), Walk::begin(&core, &question, Admission::Full, None))
    };
    let (core, mut cancelled) = begin();
    let is_asked = std::iter::from_fn(|| {
        assert!(matches!(cancelled.advance().unwrap(), Next::Ask));
        let mut sealed = Vec::new();
        let request = cancelled.question(&mut sealed).unwrap();
        let is_acquire = matches!(request, Request::Acquire { .. });
        let reply = core.call_for_locks(request);
        if !is_acquire {
            cancelled.hear(reply);
        }
        Some(is_acquire)
    });
    assert!(is_asked.take(5).any(|is_acquire| is_acquire));
    drop(cancelled);
    let (_, mut other) = begin();
    let next = std::iter::from_fn(|| {
        let next = other.advance().unwrap();
        if matches!(next, Next::Ask) {
            other.ask();
        }
        Some(next)
    });
    let next = next.take(5).find(|next| !matches!(next, Next::Ask));
    assert!(matches!(next, Some(Next::Load(_))), "{next:?}");
}

fn assert_all_are_stored(core: &Core, span: Duration) {
    let outcomes = load(core, 0..KEYS, || thread::sleep(span));
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Loaded));
    assert_eq!(fenced(core), 0, "puts whose lease was over");
    let outcomes = load(core, 0..KEYS, || panic!("not all are stored"));
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Hit));
}

fn load(core: &Core, keys: impl IntoIterator<Item = u32>, meanwhile: impl Fn()) -> Vec<Outcome> {
    let questions = questions(core, &leased(), keys, None).unwrap();
    let mut loader = loading(|_| {
        meanwhile();
        Ok(())
    });
    let ends = get_or_load_many(core, &questions, Admission::Full, None, &mut loader).unwrap();
    ends.into_iter().map(|(outcome, _)| outcome).collect()
}

fn leased() -> Policy {
    policy().with_lease(LEASE)
}

fn fenced(core: &Core) -> u64 {
    core.own_statistics().regions[REGION].puts.get("fenced").copied().unwrap_or(0)
}

/// A store to which every round takes time: what is asked together goes in rounds of 256.
#[derive(Debug)]
struct Far {
    memory: Memory,
    takes: fn(&Request<'_>) -> Duration,
}

impl Far {
    fn new(takes: fn(&Request<'_>) -> Duration) -> Self {
        Self { memory: memory(&unique_name()), takes }
    }
}

impl Store for Far {
    fn call(&self, request: Request<'_>) -> Result<Reply, Error> {
        thread::sleep((self.takes)(&request));
        self.memory.call(request)
    }

    fn call_many(&self, requests: &[Request<'_>]) -> Vec<Result<Reply, Error>> {
        let round = |some: &[Request<'_>]| {
            thread::sleep(some.first().map_or(Duration::ZERO, self.takes));
            self.memory.call_many(some)
        };
        requests.chunks(256).flat_map(round).collect()
    }

    fn pace(&self) -> Duration {
        self.memory.pace()
    }

    fn is_local(&self) -> bool {
        false
    }
}

/// Twelve rounds of all keys take longer than a lease.
const ROUND: Duration = Duration::from_millis(200);
