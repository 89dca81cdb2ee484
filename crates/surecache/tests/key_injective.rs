//! The encoding of keys, scopes and tags loses nothing: a reader that knows only the page
//! `docs/reference/keys.md` gets back what was written, so two different values never share their
//! bytes.

use proptest::prelude::*;
use surecache::{KeyBytes, KeyWriter, Part, Principal, PrincipalKind, Scope, Table, Tag};

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn a_key_is_read_back_as_it_was_written(parts in parts()) {
        let key = write(&parts);
        let mut reader = Reader(key.as_bytes());
        prop_assert_eq!(reader.parts(), Some(parts));
    }

    #[test]
    fn different_lists_of_parts_have_different_bytes(one in parts(), two in parts()) {
        prop_assert_eq!(one == two, write(&one) == write(&two));
    }

    #[test]
    fn an_integer_takes_as_few_bytes_as_hold_it(value in integers()) {
        let mut bytes = Vec::new();
        Part::Int(value).write_to(&mut bytes);
        let size = bytes.len() - 2;
        let fits = |bits: usize| bits >= 128 || (value << (128 - bits)) >> (128 - bits) == value;
        prop_assert!(fits(size * 8));
        prop_assert!(size == 1 || !fits((size - 1) * 8));
    }

    #[test]
    fn a_scope_is_read_back_as_it_was_written(scope in scopes(), key in parts()) {
        let mut bytes = Vec::new();
        scope.write_to(&mut bytes);
        bytes.extend_from_slice(write(&key).as_bytes());
        let mut reader = Reader(&bytes);
        let wanted: Vec<_> = scope
            .principals()
            .iter()
            .map(|principal| (principal.kind, principal.value.clone()))
            .collect();
        prop_assert_eq!(reader.scope(), Some(wanted));
        prop_assert_eq!(reader.parts(), Some(key));
    }

    #[test]
    fn tags_of_rows_are_the_same_only_for_the_same_rows(
        one in rows(),
        two in rows(),
    ) {
        let tag = |(table, columns): &(Table, Vec<(String, Part)>)| {
            let columns: Vec<_> =
                columns.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            Tag::rows(table.clone(), &columns)
        };
        let sorted = |(table, mut columns): (Table, Vec<(String, Part)>)| {
            columns.sort();
            (table, columns)
        };
        let is_same = tag(&one) == tag(&two);
        prop_assert_eq!(sorted(one) == sorted(two), is_same);
    }
}

#[test]
fn what_looks_alike_is_not_alike() {
    let alike = [
        vec![Part::Int(1)],
        vec![Part::from("1")],
        vec![Part::Bool(true)],
        vec![Part::Bytes(b"1".to_vec())],
        vec![Part::Null],
        vec![Part::from("None")],
        vec![Part::from("")],
        vec![Part::from("a:b"), Part::from("c")],
        vec![Part::from("a"), Part::from("b:c")],
        vec![Part::Uuid([0; 16])],
        vec![Part::Date(1)],
        vec![],
        vec![Part::Null, Part::Null],
    ];
    let different: std::collections::BTreeSet<_> = alike.iter().map(|key| write(key)).collect();
    assert_eq!(different.len(), alike.len());
}

#[test]
fn tags_of_different_sorts_never_meet() {
    let (user, id) = (PrincipalKind::User, Part::Int(42));
    let tags = [
        Tag::namespace(),
        Tag::region("x"),
        Tag::named("x"),
        Tag::principal(user, &id),
        Tag::rights(user, &id),
        Tag::principal(PrincipalKind::Tenant, &id),
        Tag::row("x", "id", 42),
        Tag::rows("x", &[]),
        Tag::table("x"),
        Tag::table_overflow("x"),
        Tag::table(Table::new("x").in_schema("s")),
        Tag::table(Table::new("x").in_database("s")),
    ];
    let different: std::collections::BTreeSet<_> = tags.iter().collect();
    assert_eq!(different.len(), tags.len());
}

/// A failure prints its case; the source tree is left as it is.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Reads by the page alone, with none of the crate's code.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn parts(&mut self) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        while !self.0.is_empty() {
            parts.push(self.part()?);
        }
        Some(parts)
    }

    fn part(&mut self) -> Option<Part> {
        Some(match self.byte()? {
            0x00 => Part::Null,
            0x01 => Part::Bool(false),
            0x02 => Part::Bool(true),
            0x10 => self.integer()?,
            0x20 => Part::Text(String::from_utf8(self.sized()?.to_vec()).ok()?),
            0x21 => Part::Bytes(self.sized()?.to_vec()),
            0x30 => Part::Uuid(self.take(16)?.try_into().ok()?),
            0x31 => Part::Date(i32::from_be_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        })
    }

    fn integer(&mut self) -> Option<Part> {
        let count = usize::from(self.byte()?);
        let bytes = self.take(count)?;
        let sign = if bytes.first()? & 0x80 == 0 { 0x00 } else { 0xff };
        let mut wide = [sign; 16];
        wide[16 - count..].copy_from_slice(bytes);
        Some(Part::Int(i128::from_be_bytes(wide)))
    }

    fn scope(&mut self) -> Option<Vec<(PrincipalKind, Part)>> {
        let count = self.byte()?;
        let mut principals = Vec::new();
        for _ in 0..count {
            let kind = match self.byte()? {
                1 => PrincipalKind::Session,
                2 => PrincipalKind::Tenant,
                3 => PrincipalKind::User,
                _ => return None,
            };
            principals.push((kind, self.part()?));
        }
        Some(principals)
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
        self.take(length as usize)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

fn write(parts: &[Part]) -> KeyBytes {
    let mut writer = KeyWriter::new();
    for part in parts {
        writer.part(part.clone());
    }
    writer.finish()
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    prop::collection::vec(part(), 0..5)
}

/// Few values, so that different ones are often alike.
fn part() -> impl Strategy<Value = Part> {
    let text = prop_oneof![
        prop::sample::select(vec!["", "1", "a", "a:b", "None", "true", "\0", " "])
            .prop_map(str::to_owned),
        prop::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter),
    ];
    prop_oneof![
        Just(Part::Null),
        any::<bool>().prop_map(Part::Bool),
        integers().prop_map(Part::Int),
        text.prop_map(Part::Text),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(Part::Bytes),
        any::<[u8; 16]>().prop_map(Part::Uuid),
        any::<i32>().prop_map(Part::Date),
    ]
}

/// Of every width.
fn integers() -> impl Strategy<Value = i128> {
    prop_oneof![-2_i128..2, (any::<i128>(), 0..128_u32).prop_map(|(value, by)| value >> by)]
}

fn scopes() -> impl Strategy<Value = Scope> {
    let kinds = [PrincipalKind::Session, PrincipalKind::Tenant, PrincipalKind::User];
    let principals = (prop::sample::subsequence(kinds.to_vec(), 0..=3), part(), any::<bool>());
    principals.prop_map(|(kinds, value, authz)| {
        kinds.into_iter().fold(Scope::public("a test"), |scope, kind| {
            let one = Principal { kind, value: value.clone(), authz };
            scope & Scope::of(vec![one]).unwrap_or_else(|error| panic!("{error}"))
        })
    })
}

fn rows() -> impl Strategy<Value = (Table, Vec<(String, Part)>)> {
    let name = || prop::sample::select(vec!["", "a", "b", "ab"]);
    let table = (name(), name(), name()).prop_map(|(database, schema, name)| {
        Table::new(name).in_database(database).in_schema(schema)
    });
    let value = prop_oneof![Just(Part::Null), (0..3_i128).prop_map(Part::Int)];
    let column = (name().prop_map(str::to_owned), value);
    (table, prop::collection::vec(column, 0..3))
}
