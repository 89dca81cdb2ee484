//! A region whose scope and dependencies are declared by key field: what is the same for all keys
//! is made once. It asks the same questions as a declaration by code does.

use super::core::Core;
use super::declaration::{Declared, USUAL_BYTES};
use super::reading::Question;
use super::tags::Tags;
use crate::base::Error;
use crate::base::sync::Arc;
use crate::entry::Fingerprint;
use crate::flow::loading::Load;
use crate::key::{EntryKey, Part, Principal, PrincipalKind, RowsOf, Scope, Table, Tag};
use crate::key::{TagList, TagSlot, TagsByKey};

/// A principal of the scope, by the index of its key field.
#[derive(Clone, Copy, Debug)]
pub struct PrincipalOf {
    /// Which sort of party.
    pub kind: PrincipalKind,
    /// The index of the key field.
    pub field: usize,
    /// True where the answer depends on the party's rights.
    pub authz: bool,
}

/// Something that answers depend on, by key fields.
#[derive(Clone, Debug)]
pub enum Dependency {
    /// Something outside the database.
    Named(String),
    /// The rows in which each column has the value of a key field, by its index.
    Rows(Table, Vec<(String, usize)>),
    /// A whole table.
    Table(Table),
}

/// A region declared by key fields.
#[derive(Debug)]
pub struct Template {
    declared: Declared,
    scope: Vec<PrincipalOf>,
    tags: Arc<TagsByKey>,
    fingerprint: Fingerprint,
}

impl Template {
    /// Takes what was declared by key fields.
    ///
    /// # Errors
    /// Misuse where two principals are of one kind, or rights decide over answers that the policy
    /// lets outlive their expiry.
    pub fn new(
        core: &Core,
        declared: Declared,
        scope: Vec<PrincipalOf>,
        depends: &[Dependency],
    ) -> Result<Self, Error> {
        let parts: Vec<Part> = declared.declaration().fields.iter().map(|_| Part::Null).collect();
        let some = scope_of(&scope, &parts)?;
        declared.check_scope(&some)?;
        let fingerprint = declared.fingerprint(&some, &tags_of(depends, &parts));
        let base = declared.base_tags();
        let mut slots: Vec<_> = base.map(|(tag, id)| TagSlot::Fixed(tag.clone(), id)).collect();
        // As the scope lists its tags: of each principal, in canonical order.
        let mut principals = scope.clone();
        principals.sort_by_key(|principal| principal.kind);
        for principal in &principals {
            slots.push(TagSlot::Principal(principal.kind, principal.field));
            if principal.authz {
                slots.push(TagSlot::Rights(principal.kind, principal.field));
            }
        }
        let fixed = |tag: Tag| {
            let id = core.engine().namespace.tag_id(&tag);
            TagSlot::Fixed(tag, id)
        };
        for dependency in depends {
            match dependency {
                Dependency::Named(name) => slots.push(fixed(Tag::named(name))),
                Dependency::Table(table) => slots.push(fixed(Tag::table(table.clone()))),
                Dependency::Rows(table, columns) => {
                    slots.push(TagSlot::Rows(RowsOf::new(table, columns)));
                    slots.push(fixed(Tag::table_overflow(table.clone())));
                }
            }
        }
        Ok(Self { declared, scope, tags: Arc::new(TagsByKey::new(slots)), fingerprint })
    }

    /// The question for a key: its parts, one for each field.
    ///
    /// # Errors
    /// Misuse where `outer`, the load around it, may not hold the answer.
    pub fn question(
        &self,
        core: &Core,
        parts: Vec<Part>,
        outer: Option<&Arc<Load>>,
    ) -> Result<Question, Error> {
        let scope = scope_of(&self.scope, &parts)?;
        let mut scratch = Vec::with_capacity(USUAL_BYTES);
        let ids = self.tags.ids(&core.engine().namespace, &parts, &mut scratch);
        scratch.clear();
        self.declared.begin_name(self.fingerprint, &scope, &mut scratch);
        parts.iter().for_each(|part| part.write_to(&mut scratch));
        let entry = EntryKey::region(&scratch);
        let tags = TagList::ByKey(Arc::clone(&self.tags), parts);
        let subject = self.declared.about(self.fingerprint, entry, tags, ids);
        Question::about(subject, scope, outer)
    }
}

fn part(parts: &[Part], field: usize) -> &Part {
    parts.get(field).unwrap_or(&Part::Null)
}

fn scope_of(principals: &[PrincipalOf], parts: &[Part]) -> Result<Scope, Error> {
    let principals = principals.iter().map(|principal| Principal {
        kind: principal.kind,
        value: part(parts, principal.field).clone(),
        authz: principal.authz,
    });
    Scope::of(principals.collect())
}

fn tags_of(depends: &[Dependency], parts: &[Part]) -> Tags {
    let mut tags = Tags::new();
    for dependency in depends {
        match dependency {
            Dependency::Named(name) => tags.named(name),
            Dependency::Table(table) => tags.table(table.clone()),
            Dependency::Rows(table, columns) => {
                let columns = columns.iter();
                let columns: Vec<_> = columns
                    .map(|(column, field)| (column.as_str(), part(parts, *field).clone()))
                    .collect();
                tags.rows(table.clone(), &columns)
            }
        };
    }
    tags
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::{Config, Declaration};
    use crate::entry::Codec;
    use crate::key::{Field, FieldKind, KeyWriter};
    use crate::policy::Policy;

    /// A region of two fields that depends on the same table twice, so that equal values make equal
    /// tags; asked both ways.
    #[test]
    fn a_template_asks_what_a_declaration_by_code_asks() {
        let config = Config::new("template").with_secret("a secret for tests");
        let core = Core::open("memory://template", &config).unwrap();
        let fields = ["user", "other"].map(|name| Field::new(name, FieldKind::Int));
        let declared = Declared::new(
            &core,
            Declaration {
                name: "twice".to_owned(),
                version: 3,
                fields: fields.to_vec(),
                codec: Codec::MessagePack,
                policy: Policy::new(Duration::from_secs(60)),
            },
            true,
        )
        .unwrap();
        let scope = vec![
            PrincipalOf { kind: PrincipalKind::User, field: 0, authz: true },
            PrincipalOf { kind: PrincipalKind::Tenant, field: 1, authz: false },
        ];
        let table = Table::new("member").in_schema("s");
        let columns = |field: usize| vec![("b".to_owned(), field), ("a".to_owned(), 1)];
        let depends = [
            Dependency::Rows(table.clone(), columns(0)),
            Dependency::Rows(table, columns(1)),
            Dependency::Table(Table::new("flag")),
            Dependency::Named("rates".to_owned()),
        ];
        let template = Template::new(&core, declared.clone(), scope.clone(), &depends).unwrap();
        for parts in [[Part::from(1), Part::from(2)], [Part::from(7), Part::from(7)]] {
            let mut writer = KeyWriter::new();
            parts.iter().for_each(|part| {
                writer.part(part.clone());
            });
            let key = writer.finish();
            let by_code = declared.subject(
                &scope_of(&scope, &parts).unwrap(),
                &key,
                &tags_of(&depends, &parts),
            );
            let made = template.question(&core, parts.to_vec(), None).unwrap().subject;
            assert_eq!(made.tags.to_vec(), by_code.tags.to_vec());
            assert_eq!(made.tag_ids, by_code.tag_ids);
            assert_eq!(made.entry, by_code.entry);
            assert_eq!(made.fingerprint, by_code.fingerprint);
        }
    }
}
