//! The canonical bytes of parts, keys, scopes and tags are those of `tests/golden/keys.json`, which
//! other languages read too. Vectors are added, never edited.

#![expect(clippy::expect_used, reason = "a golden file that cannot be read fails the test")]

use serde_json::Value;
use surecache::{KeyWriter, Part, Principal, PrincipalKind, Scope, Table, Tag};

#[test]
fn parts_have_their_golden_bytes() {
    check("parts", |case| {
        let mut bytes = Vec::new();
        part(&case["value"]).write_to(&mut bytes);
        bytes
    });
}

#[test]
fn keys_have_their_golden_bytes() {
    check("keys", |case| {
        let mut writer = KeyWriter::new();
        for value in list(&case["parts"]) {
            writer.part(part(value));
        }
        writer.finish().as_bytes().to_vec()
    });
}

#[test]
fn scopes_have_their_golden_bytes_and_shapes() {
    let scope = |case: &Value| {
        let principals = list(&case["principals"]).iter().map(principal).collect();
        Scope::of(principals).expect("principals that make a scope")
    };
    check("scopes", |case| {
        let mut bytes = Vec::new();
        scope(case).write_to(&mut bytes);
        bytes
    });
    for case in list(&golden()["scopes"]) {
        let mut shape = Vec::new();
        scope(case).write_shape_to(&mut shape);
        assert_eq!(hex(&shape), text(&case["shape"]), "the shape of {case}");
    }
}

#[test]
fn tags_have_their_golden_bytes() {
    check("tags", |case| tag(&case["tag"]).as_bytes().to_vec());
}

#[test]
fn no_two_vectors_of_a_section_share_their_bytes() {
    for section in ["parts", "keys", "scopes", "tags"] {
        let golden = golden();
        let cases = list(&golden[section]);
        let name = |case: &Value| format!("{}{}", text(&case["hex"]), case["shape"]);
        let different: std::collections::BTreeSet<_> = cases.iter().map(name).collect();
        assert_eq!(different.len(), cases.len(), "in the section {section}");
    }
}

fn check(section: &str, encode: impl Fn(&Value) -> Vec<u8>) {
    let golden = golden();
    let cases = list(&golden[section]);
    assert!(cases.len() >= 8, "found too few vectors: {}", cases.len());
    for case in cases {
        assert_eq!(hex(&encode(case)), text(&case["hex"]), "the bytes of {case}");
    }
}

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/keys.json");
    let json = std::fs::read_to_string(path).expect("the golden file");
    serde_json::from_str(&json).expect("JSON")
}

fn part(value: &Value) -> Part {
    let (kind, value) = only(value);
    match kind {
        "bool" => Part::Bool(value.as_bool().expect("a bool")),
        "bytes" => Part::Bytes(unhex(text(value))),
        "date" => Part::Date(i32::try_from(value.as_i64().expect("days")).expect("32 bits")),
        "int" => Part::Int(text(value).parse().expect("an integer")),
        "null" => Part::Null,
        "text" => Part::from(text(value)),
        "uuid" => Part::Uuid(unhex(&text(value).replace('-', "")).try_into().expect("16 bytes")),
        other => panic!("a part that this test does not know: {other}"),
    }
}

fn principal(case: &Value) -> Principal {
    let authz = case[2].as_bool().expect("a bool");
    Principal { kind: principal_kind(&case[0]), value: part(&case[1]), authz }
}

fn principal_kind(name: &Value) -> PrincipalKind {
    let kinds = [PrincipalKind::Session, PrincipalKind::Tenant, PrincipalKind::User];
    kinds.into_iter().find(|kind| kind.name() == text(name)).expect("a kind of principal")
}

fn tag(case: &Value) -> Tag {
    let (kind, value) = only(case);
    match kind {
        "named" => Tag::named(text(value)),
        "namespace" => Tag::namespace(),
        "principal" => Tag::principal(principal_kind(&value[0]), &part(&value[1])),
        "region" => Tag::region(text(value)),
        "rights" => Tag::rights(principal_kind(&value[0]), &part(&value[1])),
        "rows" => rows(value),
        "table" => Tag::table(table(value)),
        "table_overflow" => Tag::table_overflow(table(value)),
        other => panic!("a tag that this test does not know: {other}"),
    }
}

/// Whatever the order of the columns.
fn rows(value: &Value) -> Tag {
    let mut columns: Vec<_> =
        list(&value["columns"]).iter().map(|column| (text(&column[0]), part(&column[1]))).collect();
    let tag = Tag::rows(table(&value["table"]), &columns);
    columns.reverse();
    assert_eq!(Tag::rows(table(&value["table"]), &columns), tag);
    if let [(column, value_of_it)] = &columns[..] {
        assert_eq!(Tag::row(table(&value["table"]), column, value_of_it.clone()), tag);
    }
    tag
}

fn table(value: &Value) -> Table {
    let mut table = Table::new(text(&value["name"]));
    if let Some(alias) = value["database"].as_str() {
        table = table.in_database(alias);
    }
    if let Some(schema) = value["schema"].as_str() {
        table = table.in_schema(schema);
    }
    table
}

fn only(value: &Value) -> (&str, &Value) {
    let members = value.as_object().expect("an object");
    let (name, value) = members.iter().next().expect("a member");
    (name, value)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).expect("ASCII"))
        .map(|pair| u8::from_str_radix(pair, 16).expect("two digits"))
        .collect()
}
