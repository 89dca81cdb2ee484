use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::{self, Stdio};

use super::*;

fn set(server: &RedisServer, words: &[&str]) {
    let words: Vec<_> = ["SET"].iter().chain(words).map(|word| word.as_bytes()).collect();
    assert_eq!(server.command(&words), Value::Simple("OK".to_owned()));
}

fn number(server: &RedisServer, words: &[&str]) -> i64 {
    let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
    let reply = server.command(&words);
    reply.as_integer().unwrap_or_else(|| panic!("wanted a number, found: {reply:?}"))
}

fn id(server: &RedisServer) -> String {
    let info = server.command(&[b"INFO", b"server"]);
    let text = String::from_utf8_lossy(info.as_bytes().unwrap()).into_owned();
    text.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap().to_owned()
}

/// Neither running nor waiting to be reaped.
fn is_gone(id: &str) -> bool {
    !Path::new("/proc").join(id).exists()
}

#[test]
fn a_server_starts_empty_and_answers() {
    let server = RedisServer::start();
    assert_eq!(number(&server, &["DBSIZE"]), 0);
    set(&server, &["key", "value"]);
    assert_eq!(server.command(&[b"GET", b"key"]), Value::Bulk(b"value"[..].into()));
    assert!(server.command(&[b"NOSUCH"]).is_error());
    assert_eq!(server.location(), format!("unix://{}", server.socket().display()));
    assert_eq!(server.port(), None);
}

#[test]
fn options_are_taken_and_a_password_is_known() {
    let server = RedisServer::with(&["--maxmemory", "5mb", "--requirepass", "secret"]);
    let maxmemory = server.command(&[b"CONFIG", b"GET", b"maxmemory"]);
    assert_eq!(maxmemory.as_array().unwrap()[1].as_bytes(), Some(&b"5242880"[..]));
    assert!(server.location().starts_with("unix://:secret@/"));
}

#[test]
#[should_panic(expected = "no-such-option")]
fn what_a_server_says_about_wrong_options_is_told() {
    RedisServer::with(&["--no-such-option", "1"]);
}

#[test]
fn a_server_on_a_port_listens_there() {
    let server = RedisServer::on_tcp(&[]);
    let port = server.port().unwrap();
    assert_eq!(server.location(), format!("redis://127.0.0.1:{port}"));
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[test]
fn ageing_takes_exactly_that_from_every_life() {
    let server = RedisServer::start();
    let start: i64 = 4_000_000_000_000;
    set(&server, &["long", "value", "PXAT", &start.to_string()]);
    set(&server, &["short", "value", "PX", "60000"]);
    set(&server, &["for ever", "value"]);
    server.age(Duration::from_millis(59_999 - 30_000));
    assert_eq!(number(&server, &["PEXPIRETIME", "long"]), start - 29_999);
    assert_eq!(number(&server, &["EXISTS", "short"]), 1);
    server.age(Duration::from_millis(30_001));
    assert_eq!(number(&server, &["PEXPIRETIME", "long"]), start - 60_000);
    assert_eq!(number(&server, &["EXISTS", "short"]), 0);
    assert_eq!(number(&server, &["PEXPIRETIME", "for ever"]), -1);
}

#[test]
fn ageing_reaches_every_database() {
    let server = RedisServer::start();
    let script = b"redis.call('SELECT', 3); redis.call('SET', 'key', 'value', 'PX', 9000)";
    server.command(&[b"EVAL", script, b"0"]);
    assert!(info_of_keys(&server).contains("db3:keys=1"));
    server.age(Duration::from_secs(9));
    assert_eq!(info_of_keys(&server).trim(), "# Keyspace");
}

fn info_of_keys(server: &RedisServer) -> String {
    let info = server.command(&[b"INFO", b"keyspace"]);
    String::from_utf8_lossy(info.as_bytes().unwrap()).into_owned()
}

#[test]
fn on_manual_time_a_key_lives_to_the_millisecond() {
    let server = RedisServer::on_manual_time();
    set(&server, &["key", "value", "PX", "1000"]);
    let end = number(&server, &["PEXPIRETIME", "key"]);
    assert_eq!(end, 1_780_000_001_000);
    thread::sleep(Duration::from_millis(5)); // real time, which must not count
    server.age(Duration::from_millis(999));
    assert_eq!(number(&server, &["PTTL", "key"]), 1);
    set(&server, &["later", "value", "PX", "2"]);
    server.age(Duration::from_millis(1));
    assert_eq!(number(&server, &["EXISTS", "key"]), 0);
    assert_eq!(number(&server, &["PTTL", "later"]), 1);
    let years = Duration::from_secs(50 * 365 * 24 * 3600);
    server.age(years);
    assert_eq!(number(&server, &["DBSIZE"]), 0);
}

#[test]
fn a_paused_server_accepts_and_answers_once_it_is_resumed() {
    let server = RedisServer::start();
    server.pause();
    let mut stream = UnixStream::connect(server.socket()).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let mut answer = [0; 7];
    assert!(stream.read(&mut answer).is_err(), "a paused server answered");
    server.resume();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
}

#[test]
fn a_restart_empties_and_keeps_the_place() {
    let server = RedisServer::on_tcp(&[]);
    let (first, location) = (id(&server), server.location());
    set(&server, &["key", "value"]);
    server.restart();
    assert_eq!(server.location(), location);
    assert_eq!(number(&server, &["EXISTS", "key"]), 0);
    assert_ne!(id(&server), first);
    assert!(is_gone(&first));
}

#[test]
fn a_restart_keeps_what_was_to_be_kept() {
    let server = RedisServer::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    set(&server, &["key", "value"]);
    server.restart();
    assert_eq!(server.command(&[b"GET", b"key"]), Value::Bulk(b"value"[..].into()));
}

#[test]
fn a_killed_server_refuses_and_can_be_restarted() {
    let server = RedisServer::start();
    server.kill();
    assert!(UnixStream::connect(server.socket()).is_err());
    server.kill();
    server.restart();
    assert_eq!(number(&server, &["DBSIZE"]), 0);
}

#[test]
fn nothing_is_left_when_it_is_dropped() {
    let server = RedisServer::start();
    let (id, folder) = (id(&server), server.folder.path().to_owned());
    drop(server);
    assert!(is_gone(&id));
    assert!(!folder.exists());
}

#[test]
fn a_server_outlives_the_thread_that_asked_for_it() {
    let server = thread::scope(|scope| scope.spawn(RedisServer::start).join()).unwrap();
    assert_eq!(number(&server, &["DBSIZE"]), 0);
}

#[test]
fn tests_share_one_server() {
    let asked: Vec<_> = thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(RedisServer::shared)).collect();
        asking.into_iter().map(|asking| id(asking.join().unwrap())).collect()
    });
    assert!(asked.iter().all(|id| *id == asked[0]), "found different servers: {asked:?}");
}

#[test]
fn no_server_outlives_a_program_that_ends() {
    let (id, folder) = ends_of_another_program("ends");
    wait_until(|| is_gone(&id) && !folder.exists());
}

#[test]
fn no_server_outlives_a_program_that_is_killed() {
    let (id, folder) = ends_of_another_program("is killed");
    wait_until(|| is_gone(&id));
    let _ = fs::remove_dir_all(folder);
}

/// Runs this program again, for the test below alone: the process and folder of the server that it
/// shared.
fn ends_of_another_program(how: &str) -> (String, PathBuf) {
    let itself = std::env::current_exe().unwrap();
    let output = process::Command::new(itself)
        .args(["--exact", "--nocapture", "redis::tests::a_program_that_shares_a_server"])
        .env("SURECACHE_TESTKIT_PROGRAM", how)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.success(), how == "ends");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = told.lines().find_map(|line| line.split_once("server at ")?.1.split_once(' '));
    let (id, socket) = found.unwrap_or_else(|| panic!("wanted a server, found: {told}"));
    (id.to_owned(), Path::new(socket).parent().unwrap().to_owned())
}

/// Plays that program; by itself it shows nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "tells the program from the test")]
fn a_program_that_shares_a_server() {
    let Ok(how) = std::env::var("SURECACHE_TESTKIT_PROGRAM") else { return };
    let server = RedisServer::shared();
    println!("\nserver at {} {}", id(server), server.socket().display());
    if how == "is killed" {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..5000 {
        if done() {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
    panic!("wanted it within 10 s");
}
