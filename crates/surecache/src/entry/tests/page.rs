//! `docs/reference/format.md` says what the code does.

use super::golden::{from_hex, golden_bytes, golden_key, golden_seal};
use super::refusal;
use crate::entry::header::parse;
use crate::entry::{Header, Refusal};

/// A row of the table of bytes.
struct Field {
    name: String,
    at: usize,
    bytes: usize,
    /// What a flipped bit in it may be refused as.
    refusals: Vec<String>,
}

#[test]
fn the_table_of_bytes_covers_an_entry_without_a_gap() {
    let mut next = 0;
    for field in fields() {
        assert_eq!(field.at, next, "where {} begins", field.name);
        next += field.bytes;
    }
    assert_eq!(next, golden_bytes().len());
}

#[test]
fn a_flipped_bit_is_refused_as_the_table_of_bytes_says() {
    for field in fields() {
        let mut found = Vec::new();
        for bit in field.at * 8..(field.at + field.bytes) * 8 {
            let mut bytes = golden_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let refusal = refusal(&golden_seal(), &golden_key(), bytes).map(Refusal::name);
            found.push(refusal.unwrap_or("opened").to_owned());
        }
        found.sort();
        found.dedup();
        assert_eq!(found, field.refusals, "flipped bits of: {}", field.name);
    }
}

#[test]
fn the_example_on_the_page_is_the_golden_entry() {
    let page = page();
    let (_, example) = page.split_once("## An entry").unwrap();
    let (_, example) = example.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let hex = example.lines().map(|line| line.split_once("  ").map_or(line, |(hex, _)| hex));
    assert_eq!(from_hex(hex), golden_bytes());
}

#[test]
fn the_contexts_on_the_page_are_those_of_the_seal() {
    let page = page();
    let (_, table) = page.split_once("| context |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let contexts = rows.map(|row| row.split('`').nth(1).unwrap());
    let mut on_page: Vec<_> = contexts.map(str::to_owned).collect();
    let uses = include_str!("../seal.rs").split("derive_key(\"").skip(1);
    let mut in_code: Vec<_> = uses.map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    on_page.sort();
    in_code.sort();
    assert_eq!(on_page, in_code);
}

/// The rows `| offset | bytes | field | content | refusals |`; offsets and sizes that depend on an
/// entry are those of the golden one.
fn fields() -> Vec<Field> {
    let parsed = parse(&golden_bytes(), &golden_key()).ok().unwrap();
    let sealed = golden_bytes().len() - parsed.length;
    let page = page();
    let (_, table) = page.split_once("| offset |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut at = 0;
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, offset, bytes, name, _, refusals, _] = cells[..] else {
            panic!("no row of five columns: {row}")
        };
        let bytes = match (bytes, name) {
            ("n", "key") => golden_key().as_bytes().len(),
            ("16 each", "stamps") => 16 * parsed.header.stamps.len(),
            ("2 + n each", "added tags") => added_bytes(&parsed.header),
            ("n", "payload") => sealed - 16,
            _ => bytes.parse().unwrap(),
        };
        if !offset.is_empty() {
            at = offset.parse().unwrap();
        }
        let mut refusals: Vec<_> = refusals.split(", ").map(unquoted).collect();
        refusals.sort();
        let field = Field { name: name.to_owned(), at, bytes, refusals };
        at += bytes;
        field
    })
    .collect()
}

fn unquoted(name: &str) -> String {
    name.trim_matches('`').to_owned()
}

fn added_bytes(header: &Header) -> usize {
    header.added.iter().map(|tag| 2 + tag.as_bytes().len()).sum()
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/format.md");
    std::fs::read_to_string(path).unwrap()
}
