//! Wake-ups by pub/sub: who gives back a lease or a lock says so on its channel.
//!
//! One thread and one connection a process listen for all that is watched here. A subscription that
//! stands is told like a message, so that who waits looks again after it: what happened before is
//! not missed. So is a connection that was lost. The connection is closed when nothing is watched.
//!
//! Nobody waits to send: what the socket does not take goes on when the server has answered some of
//! what it took. Where the server refuses, or is away, waiters look again by themselves.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use surecache_resp::Value;

use super::commands::Commands;
use super::link::Link;
use super::options::RedisOptions;
use super::refused;
use super::stream::Sender;
use crate::base::sync::{Arc, Mutex, lock};
use crate::base::{Clock as _, SystemClock, fork, random};
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

/// Why a connection of the listener is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Ended {
    /// It broke, or could not be made.
    Lost,
    /// The server does not let this user listen.
    Refused,
    /// Nothing was watched: the listener is no more, and the next watch starts another one.
    Unwanted,
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
        state.say(&[b"SUBSCRIBE", &channel]);
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
        let run = move || wakes.listen_while_wanted(|| wakes.listen_once(), std::thread::sleep);
        listener.spawn(run).is_ok()
    }

    /// Listens while anything is watched, with a pause after each connection.
    fn listen_while_wanted(
        &self,
        mut listen_once: impl FnMut() -> Ended,
        mut pause: impl FnMut(Duration),
    ) {
        let mut failures = 0;
        while self.is_wanted() {
            let began = SystemClock.uptime();
            let ended = listen_once();
            if ended == Ended::Unwanted {
                // To ask once more whether it is wanted would find what another listener is for.
                return;
            }
            self.lost();
            let now = SystemClock.now();
            if now.uptime.saturating_sub(began) > MOST_PAUSE {
                failures = 0;
            }
            pause(pause_after(ended, failures).mul_f64(1.0 - random::spread(now) / 2.0));
            failures += 1;
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
    fn listen_once(&self) -> Ended {
        match Link::connect(&self.options) {
            Ok(mut link) => self.listen_on(&mut link).unwrap_or(Ended::Lost),
            Err(trouble) if trouble.is_outage => Ended::Lost,
            Err(_) => Ended::Refused,
        }
    }

    fn listen_on(&self, link: &mut Link) -> io::Result<Ended> {
        link.set_timeout(LOOK_AROUND)?;
        self.connected(link.sender()?);
        // Whether the server was asked if it is there. Any answer will do, a refusal too.
        let mut is_asked = false;
        while self.options.standing(&link.server) != Standing::Elsewhere {
            match link.receive() {
                Ok(Value::Error(error)) if !is_asked => return Ok(refusal(&error)),
                Ok(reply) => {
                    is_asked = false;
                    self.heard(&reply);
                }
                Err(error) if is_time_out(&error) => {
                    if !self.is_wanted() {
                        return Ok(Ended::Unwanted);
                    }
                    if is_asked {
                        return Ok(Ended::Lost);
                    }
                    is_asked = true;
                    lock(&self.state).say(&[b"PING"]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Ended::Lost)
    }

    fn connected(&self, mut sender: Sender) {
        let mut state = lock(&self.state);
        let mut commands = Commands::default();
        state.channels.keys().for_each(|channel| commands.add(&[b"SUBSCRIBE", channel]));
        sender.send_at_once(&commands);
        state.sender = Some(sender);
    }

    /// A message, the word that a subscription stands, or any other reply.
    fn heard(&self, reply: &Value) {
        let wake = {
            let mut state = lock(&self.state);
            if let Some(sender) = &mut state.sender {
                sender.go_on();
            }
            told(reply).and_then(|channel| Some(Arc::clone(&state.channels.get(channel)?.wake)))
        };
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
            state.say(&[b"UNSUBSCRIBE", channel]);
        }
    }
}

impl State {
    /// Sends a command, once that is possible; while there is no connection there is nothing to
    /// say.
    fn say(&mut self, words: &[&[u8]]) {
        if let Some(sender) = &mut self.sender {
            let mut commands = Commands::default();
            commands.add(words);
            sender.send_at_once(&commands);
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

/// The channel of which a reply tells.
fn told(reply: &Value) -> Option<&[u8]> {
    let (Value::Array(parts) | Value::Push(parts)) = reply else { return None };
    let [Value::Bulk(kind), Value::Bulk(channel), ..] = &parts[..] else { return None };
    matches!(&kind[..], b"message" | b"subscribe").then_some(&channel[..])
}

/// What an error instead of a subscription leads to.
fn refusal(error: &str) -> Ended {
    if refused::of(error).is_outage() { Ended::Lost } else { Ended::Refused }
}

/// How long to wait at most before connecting anew, after so many failures in a row.
fn pause_after(ended: Ended, failures: u32) -> Duration {
    match ended {
        Ended::Refused => REFUSED_PAUSE,
        Ended::Lost | Ended::Unwanted => {
            let factor = 1_u32.checked_shl(failures).unwrap_or(u32::MAX);
            LEAST_PAUSE.saturating_mul(factor).min(MOST_PAUSE)
        }
    }
}

fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// After so long without a word the listener looks whether anything is watched, and asks the server
/// whether it is there; after as long again the connection is given up.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// Before a first attempt to connect anew; each further one waits twice as long.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// The longest of them: no longer than a dead connection was kept.
const MOST_PAUSE: Duration = Duration::from_secs(5);
/// After a refusal: a user's rights seldom change.
const REFUSED_PAUSE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests;
