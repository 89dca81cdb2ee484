//! A tag, in words: for explanations that an operator asks for, never for logs.

use std::fmt;

use super::tag::Tag;

impl fmt::Display for Tag {
    /// As a person names it, such as `auth_user(id=42)`. Bytes that are no tag of this version are
    /// shown escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match words(self.as_bytes()) {
            Some(words) => f.write_str(&words),
            None => write!(f, "{}", self.as_bytes().escape_ascii()),
        }
    }
}

fn words(bytes: &[u8]) -> Option<String> {
    let (&kind, rest) = bytes.split_first()?;
    let mut rest = Cursor(rest);
    let words = match kind {
        1 => "everything".to_owned(),
        2 => format!("region {}", rest.part()?),
        3 => format!("tag {}", rest.part()?),
        4 => format!("{} {}", rest.principal()?, rest.part()?),
        5 => format!("rights of {} {}", rest.principal()?, rest.part()?),
        6 => rest.rows()?,
        7 => format!("table {}", rest.table()?),
        8 => format!("table {}, all rows", rest.table()?),
        _ => return None,
    };
    rest.0.is_empty().then_some(words)
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
        self.take(usize::try_from(length).ok()?)
    }

    fn part(&mut self) -> Option<String> {
        Some(match self.byte()? {
            0x00 => "NULL".to_owned(),
            0x01 => "false".to_owned(),
            0x02 => "true".to_owned(),
            0x10 => self.int()?.to_string(),
            0x20 => std::str::from_utf8(self.sized()?).ok()?.to_owned(),
            0x21 => self.sized()?.escape_ascii().to_string(),
            0x30 => uuid(self.take(16)?),
            0x31 => format!("day {}", i32::from_be_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        })
    }

    fn int(&mut self) -> Option<i128> {
        let length = usize::from(self.byte()?);
        let bytes = self.take(length)?;
        let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
        let mut wide = if is_negative { [0xff; 16] } else { [0; 16] };
        wide.get_mut(16_usize.checked_sub(length)?..)?.copy_from_slice(bytes);
        Some(i128::from_be_bytes(wide))
    }

    fn principal(&mut self) -> Option<&'static str> {
        match self.byte()? {
            1 => Some("session"),
            2 => Some("tenant"),
            3 => Some("user"),
            _ => None,
        }
    }

    /// The table's name, with alias and schema where they are not the usual ones.
    fn table(&mut self) -> Option<String> {
        let (database, schema, name) = (self.part()?, self.part()?, self.part()?);
        let schema = if schema.is_empty() { String::new() } else { format!("{schema}.") };
        let database = if database == "default" { String::new() } else { format!("{database}:") };
        Some(format!("{database}{schema}{name}"))
    }

    fn rows(&mut self) -> Option<String> {
        let table = self.table()?;
        let mut columns = Vec::new();
        while !self.0.is_empty() {
            columns.push(format!("{}={}", self.part()?, self.part()?));
        }
        Some(format!("{table}({})", columns.join(", ")))
    }
}

fn uuid(bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use crate::key::{Part, PrincipalKind, Table, Tag};

    #[test]
    fn a_tag_is_shown_as_a_person_names_it() {
        let rows = Tag::rows("t", &[("b", Part::from("x")), ("a", Part::from(-7))]);
        let elsewhere = Table::new("t").in_database("other").in_schema("s");
        for (tag, words) in [
            (Tag::row("auth_user", "id", 42), "auth_user(id=42)"),
            (rows, "t(a=-7, b=x)"),
            (Tag::table(elsewhere), "table other:s.t"),
            (Tag::rights(PrincipalKind::User, &Part::from(42)), "rights of user 42"),
            (Tag::principal(PrincipalKind::Tenant, &Part::Null), "tenant NULL"),
            (Tag::named("rates"), "tag rates"),
            (Tag::namespace(), "everything"),
            (Tag::from_bytes(*b"\x06no"), "\\x06no"),
        ] {
            assert_eq!(tag.to_string(), words);
        }
    }
}
