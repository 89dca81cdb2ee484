//! What is sent says what was meant: a command is read as the array of its arguments, whatever is
//! in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use surecache_resp::{Decoder, Limits, Value, write_command};

fuzz_target!(|bytes: &[u8]| {
    let Some((separator, text)) = bytes.split_first() else { return };
    let arguments: Vec<_> = text.split(|byte| byte == separator).collect();
    let mut sent = Vec::new();
    write_command(&mut sent, &arguments);
    let wanted = arguments.iter().map(|argument| Value::Bulk(argument.to_vec())).collect();
    assert_eq!(read(&sent), Some(Value::Array(wanted)));
});

/// The one value that bytes are.
fn read(mut bytes: &[u8]) -> Option<Value> {
    let mut decoder = Decoder::new(Limits::default());
    while !bytes.is_empty() {
        let room = decoder.room();
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        decoder.filled(count);
        bytes = &bytes[count..];
    }
    let value = decoder.next().expect("what is sent is well formed");
    assert!(decoder.is_idle(), "more than one value was sent");
    value
}
