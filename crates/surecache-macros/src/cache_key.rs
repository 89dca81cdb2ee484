//! `#[derive(CacheKey)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Field, Fields, Result};

/// The implementation for the struct given.
///
/// # Errors
/// What was wanted and what was found, at the place in the declaration.
pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named_fields(input)?;
    let attributes = fields.iter().flat_map(|field| &field.attrs).chain(&input.attrs);
    refuse_options(attributes)?;

    let declared = fields.iter().map(|field| declare(field));
    let written = fields.iter().map(|field| write(field));
    let name = &input.ident;
    let (generics, arguments, conditions) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::surecache::CacheKey for #name #arguments #conditions {
            fn fields() -> ::std::vec::Vec<::surecache::Field> {
                ::std::vec![#(#declared),*]
            }

            fn write(&self, writer: &mut ::surecache::KeyWriter) {
                #(#written)*
            }
        }
    })
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&Field>> {
    let found = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Ok(fields.named.iter().collect()),
            Fields::Unnamed(_) => "a tuple struct",
            Fields::Unit => "a struct without fields",
        },
        Data::Enum(_) => "an enum",
        Data::Union(_) => "a union",
    };
    let message = format!(
        "CacheKey wants a struct with named fields, as their names are part of the region's \
         declaration, found {found}: {name}\n\
         hint: struct {name} {{ user_id: u64 }}",
        name = input.ident,
    );
    Err(Error::new_spanned(&input.ident, message))
}

fn refuse_options<'a>(mut attributes: impl Iterator<Item = &'a Attribute>) -> Result<()> {
    let Some(option) = attributes.find(|attribute| attribute.path().is_ident("cache_key")) else {
        return Ok(());
    };
    let message = "CacheKey wants no options, as every field is part of the key under its own \
                   name, found: cache_key\n\
                   hint: take the attribute away; what must not be in the key does not belong in \
                   the struct";
    Err(Error::new_spanned(option, message))
}

/// Spans are the type's, so that a type that cannot be a field is shown where it stands.
fn declare(field: &Field) -> TokenStream {
    let ty = &field.ty;
    let name = field.ident.as_ref().map(|name| name.unraw().to_string());
    quote_spanned! { ty.span() => <#ty as ::surecache::KeyField>::field(#name) }
}

fn write(field: &Field) -> TokenStream {
    let (ty, name) = (&field.ty, &field.ident);
    quote_spanned! { ty.span() =>
        writer.part(<#ty as ::surecache::KeyField>::part(&self.#name));
    }
}

#[cfg(test)]
mod tests {
    use super::expand;

    /// What the compiler shows for a declaration, or `None` where it is right.
    fn refusal(declaration: &str) -> Option<String> {
        expand(&syn::parse_str(declaration).unwrap()).err().map(|error| error.to_string())
    }

    #[test]
    fn a_struct_with_named_fields_is_a_key() {
        assert_eq!(refusal("struct Key { user_id: u64, team: Option<String> }"), None);
        assert_eq!(refusal("struct Key<'a> { name: &'a str, r#type: bool }"), None);
        assert_eq!(refusal("struct Nothing {}"), None);
    }

    #[test]
    fn other_items_are_refused_by_what_they_are() {
        let cases = [
            ("struct Key(u64);", "found a tuple struct: Key"),
            ("struct Key;", "found a struct without fields: Key"),
            ("enum Key { A, B }", "found an enum: Key"),
            ("union Key { a: u8 }", "found a union: Key"),
        ];
        for (declaration, found) in cases {
            let message = refusal(declaration).unwrap();
            assert!(message.starts_with("CacheKey wants a struct with named fields"), "{message}");
            assert!(message.contains(found), "{message}");
            assert!(message.ends_with("hint: struct Key { user_id: u64 }"), "{message}");
        }
    }

    #[test]
    fn options_are_refused_wherever_they_stand() {
        for declaration in [
            "struct Key { user_id: u64, #[cache_key(skip)] locale: String }",
            "#[cache_key(name = \"key\")] struct Key { user_id: u64 }",
            "#[cache_key] struct Key { user_id: u64 }",
        ] {
            let message = refusal(declaration).unwrap();
            assert!(message.starts_with("CacheKey wants no options"), "{message}");
            assert!(message.contains("found: cache_key\nhint: "), "{message}");
        }
    }

    #[test]
    fn foreign_attributes_are_left_alone() {
        assert_eq!(refusal("struct Key { #[serde(skip)] #[doc = \"text\"] user_id: u64 }"), None);
    }

    #[test]
    fn the_code_names_the_crate_from_its_root() {
        let input = syn::parse_str("struct Key { r#type: u64 }").unwrap();
        let code = expand(&input).unwrap().to_string().replace(' ', "");
        assert!(code.contains("impl::surecache::CacheKeyforKey"), "{code}");
        assert!(code.contains("<u64as::surecache::KeyField>::field(\"type\")"), "{code}");
        assert!(code.contains("::part(&self.r#type)"), "{code}");
    }
}
