//! Values as a server writes them; and random ones.

use proptest::collection::vec;
use proptest::prelude::*;
use surecache_resp::Value;

/// Writes values; where there are several forms, the choices say which, in turn and again.
pub(crate) struct Encoder<'a> {
    pub(crate) out: Vec<u8>,
    choices: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl<'a> Encoder<'a> {
    pub(crate) fn new(choices: &'a [u8]) -> Self {
        Self { out: Vec::new(), choices: choices.iter().cycle() }
    }

    fn choice(&mut self, of: u8) -> u8 {
        self.choices.next().map_or(0, |choice| choice % of)
    }

    pub(crate) fn value(&mut self, value: &Value) {
        if self.choice(16) == 1 {
            self.out.extend_from_slice(b"|1\r\n+ttl\r\n*2\r\n:1\r\n$4\r\n\r\n\r\n\r\n");
        }
        match value {
            Value::Array(values) => self.aggregate('*', values.len(), values),
            Value::BigNumber(digits) => self.line('(', digits),
            Value::Boolean(true) => self.line('#', "t"),
            Value::Boolean(false) => self.line('#', "f"),
            Value::Bulk(bytes) => self.text('$', bytes),
            Value::Double(number) => match self.choice(2) {
                0 => self.line(',', &format!("{number}")),
                _ => self.line(',', &format!("{number:e}")),
            },
            Value::Error(text) => match self.choice(2) {
                0 => self.line('-', text),
                _ => self.text('!', text.as_bytes()),
            },
            Value::Integer(number) => self.line(':', &number.to_string()),
            Value::Map(pairs) => {
                let flat = pairs.iter().flat_map(|(key, value)| [key, value]);
                self.aggregate('%', pairs.len(), flat);
            }
            Value::Nil => match self.choice(3) {
                0 => self.line('$', "-1"),
                1 => self.line('*', "-1"),
                _ => self.line('_', ""),
            },
            Value::Push(values) => self.aggregate('>', values.len(), values),
            Value::Set(values) => self.aggregate('~', values.len(), values),
            Value::Simple(text) => self.line('+', text),
            Value::Verbatim { format, text } => {
                self.text('=', &[format.as_slice(), b":", text].concat());
            }
            _ => {}
        }
    }

    fn line(&mut self, marker: char, text: &str) {
        self.out.extend_from_slice(format!("{marker}{text}\r\n").as_bytes());
    }

    fn text(&mut self, marker: char, bytes: &[u8]) {
        self.line(marker, &bytes.len().to_string());
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
    }

    fn aggregate<'v>(
        &mut self,
        marker: char,
        count: usize,
        values: impl IntoIterator<Item = &'v Value>,
    ) {
        self.line(marker, &count.to_string());
        for value in values {
            self.value(value);
        }
    }
}

/// A reply: a value, or a push, which stands nowhere else.
pub(crate) fn replies() -> impl Strategy<Value = Vec<Value>> {
    let reply = prop_oneof![
        4 => values(),
        1 => vec(values(), 0..4).prop_map(Value::Push),
    ];
    vec(reply, 1..6)
}

fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        "[+-]?[0-9]{1,40}".prop_map(Value::BigNumber),
        any::<bool>().prop_map(Value::Boolean),
        bulks().prop_map(|bytes| Value::Bulk(bytes[..].into())),
        doubles().prop_map(Value::Double),
        "[^\r\n]{0,40}".prop_map(Value::Error),
        any::<i64>().prop_map(Value::Integer),
        prop_oneof![Just(i64::MIN), Just(i64::MAX), -9..9_i64].prop_map(Value::Integer),
        Just(Value::Nil),
        "[^\r\n]{0,40}".prop_map(Value::Simple),
        (any::<[u8; 3]>(), bulks()).prop_map(|(format, text)| Value::Verbatim { format, text }),
    ];
    scalar.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::Array),
            vec((inner.clone(), inner.clone()), 0..4).prop_map(Value::Map),
            vec(inner, 0..6).prop_map(Value::Set),
        ]
    })
}

/// Mostly short; some as long as where the decoder reads in another way.
fn bulks() -> impl Strategy<Value = Vec<u8>> {
    let edge = prop_oneof![Just(4 << 10), Just(16 << 10), Just(64 << 10)];
    let long = (edge, 0..40_usize, any::<u8>())
        .prop_map(|(edge, more, byte)| [byte, b'\r', b'\n'].repeat((edge + more * 5 - 100) / 3));
    prop_oneof![
        8 => vec(any::<u8>(), 0..40),
        4 => vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'$')], 0..8),
        1 => long,
    ]
}

/// All but NaN, which is not equal to itself.
fn doubles() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("equal to itself", |number| !number.is_nan())
}
