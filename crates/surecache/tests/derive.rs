//! `#[derive(CacheKey)]`: every field is in the key, in its order, under its name and type.

use surecache::{CacheKey, Field, FieldKind, KeyBytes, KeyField, KeyWriter, Part};

#[derive(CacheKey)]
struct Everything<'a> {
    flag: bool,
    small: i8,
    large: u64,
    largest: i128,
    owned: String,
    borrowed: &'a str,
    uuid: [u8; 16],
    raw: Vec<u8>,
    maybe: Option<u32>,
    maybe_text: Option<&'a str>,
    r#type: u8,
}

fn everything() -> Everything<'static> {
    Everything {
        flag: true,
        small: -1,
        large: u64::MAX,
        largest: i128::MIN,
        owned: "owned".to_owned(),
        borrowed: "borrowed",
        uuid: [7; 16],
        raw: vec![0, 255],
        maybe: None,
        maybe_text: Some("text"),
        r#type: 9,
    }
}

#[test]
fn fields_are_declared_in_order_with_names_types_and_absence() {
    let wanted = [
        Field::new("flag", FieldKind::Bool),
        Field::new("small", FieldKind::Int),
        Field::new("large", FieldKind::Int),
        Field::new("largest", FieldKind::Int),
        Field::new("owned", FieldKind::Text),
        Field::new("borrowed", FieldKind::Text),
        Field::new("uuid", FieldKind::Uuid),
        Field::new("raw", FieldKind::Bytes),
        Field::new("maybe", FieldKind::Int).or_null(),
        Field::new("maybe_text", FieldKind::Text).or_null(),
        Field::new("type", FieldKind::Int),
    ];
    assert_eq!(Everything::fields(), wanted);
}

#[test]
fn values_are_written_in_order() {
    let mut writer = KeyWriter::new();
    let parts = [
        Part::Bool(true),
        Part::Int(-1),
        Part::Int(i128::from(u64::MAX)),
        Part::Int(i128::MIN),
        Part::Text("owned".to_owned()),
        Part::Text("borrowed".to_owned()),
        Part::Uuid([7; 16]),
        Part::Bytes(vec![0, 255]),
        Part::Null,
        Part::Text("text".to_owned()),
        Part::Int(9),
    ];
    for part in parts {
        writer.part(part);
    }
    assert_eq!(KeyBytes::of(&everything()), writer.finish());
}

#[test]
fn every_field_makes_a_different_key() {
    let keys = [
        everything(),
        Everything { flag: false, ..everything() },
        Everything { small: 1, ..everything() },
        Everything { large: 1, ..everything() },
        Everything { largest: 1, ..everything() },
        Everything { owned: String::new(), ..everything() },
        Everything { borrowed: "", ..everything() },
        Everything { uuid: [8; 16], ..everything() },
        Everything { raw: vec![], ..everything() },
        Everything { maybe: Some(0), ..everything() },
        Everything { maybe_text: None, ..everything() },
        Everything { r#type: 8, ..everything() },
    ];
    let different: std::collections::BTreeSet<_> = keys.iter().map(KeyBytes::of).collect();
    assert_eq!(different.len(), keys.len());
}

#[test]
fn the_width_of_an_integer_is_not_part_of_the_key() {
    #[derive(CacheKey)]
    struct Narrow {
        id: u8,
    }
    #[derive(CacheKey)]
    struct Wide {
        id: i128,
    }
    assert_eq!(Narrow::fields(), Wide::fields());
    assert_eq!(KeyBytes::of(&Narrow { id: 42 }), KeyBytes::of(&Wide { id: 42 }));
}

#[test]
fn generic_keys_and_types_of_ones_own_are_keys() {
    struct UserId(u64);
    impl KeyField for UserId {
        const KIND: FieldKind = FieldKind::Int;

        fn part(&self) -> Part {
            Part::from(self.0)
        }
    }
    #[derive(CacheKey)]
    struct Generic<T: KeyField>
    where
        T: Clone,
    {
        of: T,
        id: UserId,
    }
    let fields = [Field::new("of", FieldKind::Text), Field::new("id", FieldKind::Int)];
    assert_eq!(Generic::<String>::fields(), fields);
    let key = Generic { of: "x".to_owned(), id: UserId(5) };
    let mut writer = KeyWriter::new();
    writer.part("x").part(5);
    assert_eq!(KeyBytes::of(&key), writer.finish());
}

#[test]
fn a_key_without_fields_is_empty() {
    #[derive(CacheKey)]
    struct Nothing {}
    assert!(Nothing::fields().is_empty());
    assert!(KeyBytes::of(&Nothing {}).as_bytes().is_empty());
}
