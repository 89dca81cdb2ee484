//! `docs/reference/outcomes.md` lists every outcome and refusal, and no other.

#![expect(clippy::unwrap_used, reason = "a page that cannot be read fails the test")]

use surecache::{Outcome, Refusal};

#[test]
fn the_page_lists_every_outcome() {
    assert_eq!(listed("Outcomes"), sorted(Outcome::ALL.map(Outcome::name)));
}

#[test]
fn the_page_lists_every_refusal() {
    assert_eq!(listed("Refusals"), sorted(Refusal::ALL.map(Refusal::name)));
}

#[test]
fn the_page_says_which_outcomes_are_hits() {
    let page = page();
    let (_, rest) = page.split_once("The hit rate is the share of ").unwrap();
    let (sentence, _) = rest.split_once('.').unwrap();
    let hits = Outcome::ALL.into_iter().filter(|outcome| outcome.is_hit());
    let named: Vec<_> = sentence.split('`').skip(1).step_by(2).collect();
    assert_eq!(named, hits.map(Outcome::name).collect::<Vec<_>>());
}

/// The names that the list in a section of the page explains.
fn listed(section: &str) -> Vec<String> {
    let page = page();
    let (_, rest) = page.split_once(&format!("\n## {section}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let items = section.lines().filter(|line| line.starts_with("- **`"));
    items.map(|item| item.split('`').nth(1).unwrap().to_owned()).collect()
}

fn sorted<const N: usize>(mut names: [&str; N]) -> Vec<String> {
    names.sort_unstable();
    names.map(str::to_owned).to_vec()
}

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/outcomes.md");
    std::fs::read_to_string(path).unwrap()
}
