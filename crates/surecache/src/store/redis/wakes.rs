//! Wake-ups by pub/sub: who gives back a lease or a lock says so on its channel.
//!
//! One thread and one connection a process listen for all that is watched here. A subscription that
//! stands is told like a message, so that who waits looks again after it: what happened before is
//! not missed. So is a connection that was lost. The connection is closed when nothing is watched.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use surecache_resp::Value;

use super::commands::Commands;
use super::link::Link;
use super::options::RedisOptions;
use super::stream::Sender;
use crate::base::fork;
use crate::base::sync::{Arc, Mutex, lock};
use crate::store::{Kept, Standing, Wake, Watch};

/// What is watched in this process.
#[derive(Debug)]
pub(super) struct Wakes {
    options: RedisOptions,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    channels: HashMap<Vec<u8>, Channel>,
    /// How to subscribe, while the listener is connected.
    sender: Option<Sender>,
    is_listening: bool,
}

#[derive(Debug)]
struct Channel {
    wake: Arc<Wake>,
    watches: usize,
}

/// A subscription, ended with the last watch of its channel.
#[derive(Debug)]
struct Subscription {
    wakes: Arc<Wakes>,
    channel: Vec<u8>,
    generation: u64,
}

impl Wakes {
    pub(super) fn new(options: &RedisOptions) -> Arc<Self> {
        Arc::new(Self { options: options.clone(), state: Mutex::default() })
    }

    /// Watches a channel.
    pub(super) fn watch(self: &Arc<Self>, channel: Vec<u8>) -> Watch {
        let mut state = lock(&self.state);
        let known = state
            .channels
            .entry(channel.clone())
            .or_insert_with(|| Channel { wake: Arc::new(Wake::default()), watches: 0 });
        known.watches += 1;
        let (wake, is_first) = (Arc::clone(&known.wake), known.watches == 1);
        let watch = Watch::new(wake, Some(self.kept(&channel)));
        if !state.is_listening {
            state.is_listening = self.listen();
        }
        if !is_first {
            return watch.that_looks_first();
        }
        // Else the listener does, once it is connected.
        if let Some(sender) = &state.sender {
            say(sender, b"SUBSCRIBE", &channel);
        }
        watch
    }

    fn kept(self: &Arc<Self>, channel: &[u8]) -> Box<dyn Kept> {
        let (wakes, channel) = (Arc::clone(self), channel.to_vec());
        Box::new(Subscription { wakes, channel, generation: fork::generation() })
    }

    /// Starts the listener; false where there can be no thread: waiters then look now and then.
    fn listen(self: &Arc<Self>) -> bool {
        let wakes = Arc::clone(self);
        let listener = std::thread::Builder::new().name("surecache-wakes".to_owned());
        listener.spawn(move || wakes.run()).is_ok()
    }

    /// Listens while anything is watched.
    fn run(&self) {
        while self.is_wanted() {
            if self.listen_once().is_err() {
                self.lost();
                std::thread::sleep(RECONNECT_PAUSE);
            }
        }
    }

    /// False, and the listener's end, where nothing is watched any more.
    fn is_wanted(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_listening = !state.channels.is_empty();
        if !state.is_listening {
            state.sender = None;
        }
        state.is_listening
    }

    /// One connection's life: until it breaks, or nothing was watched for a while.
    fn listen_once(&self) -> io::Result<()> {
        let link = Link::connect(&self.options);
        let mut link = link.map_err(|trouble| io::Error::other(trouble.error))?;
        link.set_timeout(LOOK_AROUND)?;
        self.connected(link.sender()?);
        while self.options.standing(&link.server) != Standing::Elsewhere {
            match link.receive() {
                Ok(Value::Array(parts) | Value::Push(parts)) => self.heard(&parts),
                Ok(Value::Error(error)) => return Err(io::Error::other(error)),
                Ok(_) => {}
                Err(error) if is_time_out(&error) => {
                    if !self.is_wanted() {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("another server is meant now"))
    }

    fn connected(&self, sender: Sender) {
        let mut state = lock(&self.state);
        for channel in state.channels.keys() {
            say(&sender, b"SUBSCRIBE", channel);
        }
        state.sender = Some(sender);
    }

    /// A message, or the word that a subscription stands.
    fn heard(&self, parts: &[Value]) {
        let [Value::Bulk(kind), Value::Bulk(channel), ..] = parts else { return };
        if !matches!(&kind[..], b"message" | b"subscribe") {
            return;
        }
        let wake =
            lock(&self.state).channels.get(&channel[..]).map(|known| Arc::clone(&known.wake));
        if let Some(wake) = wake {
            wake.tell();
        }
    }

    /// Messages may have been missed: everybody looks again.
    fn lost(&self) {
        let wakes: Vec<_> = {
            let mut state = lock(&self.state);
            state.sender = None;
            state.channels.values().map(|channel| Arc::clone(&channel.wake)).collect()
        };
        wakes.iter().for_each(|wake| wake.tell());
    }

    fn leave(&self, channel: &[u8]) {
        let mut state = lock(&self.state);
        let Some(known) = state.channels.get_mut(channel) else { return };
        known.watches -= 1;
        if known.watches == 0 {
            state.channels.remove(channel);
            if let Some(sender) = &state.sender {
                say(sender, b"UNSUBSCRIBE", channel);
            }
        }
    }
}

impl Kept for Subscription {}

impl Drop for Subscription {
    fn drop(&mut self) {
        // In a forked child the listener is the parent's, and so may be the lock.
        if self.generation == fork::generation() {
            self.wakes.leave(&self.channel);
        }
    }
}

/// Never waits: where the server does not take it the connection is ended, which the listener
/// meets.
fn say(sender: &Sender, word: &[u8], channel: &[u8]) {
    let mut commands = Commands::default();
    commands.add(&[word, channel]);
    sender.send_at_once(&commands);
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// How long a connection on which nothing comes is kept before the listener looks whether anything
/// is watched.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// Between two attempts to connect.
const RECONNECT_PAUSE: Duration = Duration::from_millis(100);
