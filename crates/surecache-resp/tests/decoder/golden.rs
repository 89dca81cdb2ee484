//! Each type as the specification writes it.

use surecache_resp::{Limits, Value};

use crate::feed::whole;

fn bulk(text: &str) -> Value {
    Value::Bulk(text.as_bytes().into())
}

fn simple(text: &str) -> Value {
    Value::Simple(text.to_owned())
}

fn error(text: &str) -> Value {
    Value::Error(text.to_owned())
}

/// Asserts that the bytes are this one reply, and that nothing is left.
fn check(bytes: &[u8], wanted: Value) {
    let outcome = whole(bytes, Limits::default());
    let shown = bytes.escape_ascii();
    assert_eq!(outcome.malformed, None, "{shown}");
    assert_eq!(outcome.replies, [wanted], "{shown}");
    assert!(outcome.idle, "{shown}");
}

#[test]
fn the_types_of_resp2_are_read() {
    check(b"+OK\r\n", simple("OK"));
    check(b"+\r\n", simple(""));
    check(b"-ERR unknown command 'x'\r\n", error("ERR unknown command 'x'"));
    check(b":0\r\n", Value::Integer(0));
    check(b":+7\r\n", Value::Integer(7));
    check(b":-1\r\n", Value::Integer(-1));
    check(b":9223372036854775807\r\n", Value::Integer(i64::MAX));
    check(b":-9223372036854775808\r\n", Value::Integer(i64::MIN));
    check(b"$5\r\nhello\r\n", bulk("hello"));
    check(b"$0\r\n\r\n", bulk(""));
    check(b"$4\r\n\r\n\r\n\r\n", bulk("\r\n\r\n"));
    check(b"$-1\r\n", Value::Nil);
    check(b"*0\r\n", Value::Array(vec![]));
    check(b"*-1\r\n", Value::Nil);
    let nested = Value::Array(vec![Value::Integer(1), Value::Array(vec![bulk("a"), Value::Nil])]);
    check(b"*2\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n", nested);
}

#[test]
fn the_types_of_resp3_are_read() {
    check(b"_\r\n", Value::Nil);
    check(b"#t\r\n", Value::Boolean(true));
    check(b"#f\r\n", Value::Boolean(false));
    check(b",1.23\r\n", Value::Double(1.23));
    check(b",-10\r\n", Value::Double(-10.0));
    check(b",+1.5E-3\r\n", Value::Double(0.0015));
    check(b",inf\r\n", Value::Double(f64::INFINITY));
    check(b",-inf\r\n", Value::Double(f64::NEG_INFINITY));
    let digits = "-3492890328409238509324850943850943825024385";
    check(format!("({digits}\r\n").as_bytes(), Value::BigNumber(digits.to_owned()));
    check(b"!21\r\nSYNTAX invalid syntax\r\n", error("SYNTAX invalid syntax"));
    let verbatim = Value::Verbatim { format: *b"txt", text: b"Some string".to_vec() };
    check(b"=15\r\ntxt:Some string\r\n", verbatim);
    let pairs = vec![(simple("first"), Value::Integer(1)), (simple("second"), Value::Nil)];
    check(b"%2\r\n+first\r\n:1\r\n+second\r\n_\r\n", Value::Map(pairs));
    check(b"~2\r\n+a\r\n#t\r\n", Value::Set(vec![simple("a"), Value::Boolean(true)]));
    let push = Value::Push(vec![bulk("invalidate"), Value::Array(vec![bulk("k")])]);
    check(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", push);
    check(b"%0\r\n", Value::Map(vec![]));
    check(b"~0\r\n", Value::Set(vec![]));
}

#[test]
fn no_number_is_read_as_one() {
    for bytes in [&b",nan\r\n"[..], b",-nan\r\n"] {
        let outcome = whole(bytes, Limits::default());
        assert!(matches!(*outcome.replies, [Value::Double(number)] if number.is_nan()));
    }
}

#[test]
fn attributes_are_dropped_wherever_they_stand() {
    check(b"|1\r\n+ttl\r\n:10\r\n+OK\r\n", simple("OK"));
    check(b"|0\r\n|0\r\n+OK\r\n", simple("OK"));
    let inside = Value::Array(vec![Value::Integer(1), Value::Integer(2)]);
    check(b"*2\r\n:1\r\n|1\r\n+a\r\n%1\r\n+b\r\n_\r\n:2\r\n", inside);
}

#[test]
fn a_reply_of_which_only_attributes_came_is_half_read() {
    for bytes in [&b"|0\r\n"[..], b"|1\r\n+a\r\n:1\r\n"] {
        let outcome = whole(bytes, Limits::default());
        assert!(outcome.replies.is_empty() && outcome.malformed.is_none() && !outcome.idle);
    }
}

#[test]
fn what_is_no_text_is_replaced_in_lines() {
    check(b"-ERR \xff\r\n", error("ERR \u{fffd}"));
    check(b"!5\r\nERR \xff\r\n", error("ERR \u{fffd}"));
    check(b"+\xffOK\r\n", simple("\u{fffd}OK"));
}

#[test]
fn replies_and_pushes_come_in_their_order() {
    let outcome = whole(b"+1\r\n>1\r\n+2\r\n+3\r\n", Limits::default());
    assert_eq!(outcome.replies, [simple("1"), Value::Push(vec![simple("2")]), simple("3")]);
}

#[test]
fn a_value_tells_what_it_is() {
    let pairs = vec![(bulk("a"), Value::Integer(1))];
    let flat = Value::Array(vec![bulk("a"), Value::Integer(1)]);
    assert_eq!(flat.into_pairs(), Ok(pairs.clone()));
    assert_eq!(Value::Map(pairs.clone()).into_pairs(), Ok(pairs));
    assert_eq!(Value::Array(vec![Value::Nil]).into_pairs(), Err(Value::Array(vec![Value::Nil])));
    assert_eq!(error("NOSCRIPT No matching script").error_code(), Some("NOSCRIPT"));
    assert_eq!(error("ERR").error_code(), Some("ERR"));
    assert_eq!(bulk("x").into_bulk(), Ok(b"x"[..].into()));
    assert_eq!(Value::Nil.into_bulk(), Err(Value::Nil));
    assert_eq!(simple("x").as_bytes(), Some(&b"x"[..]));
    assert!(Value::Nil.is_nil() && error("ERR").is_error() && Value::Push(vec![]).is_push());
}
