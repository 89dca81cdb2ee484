//! Derives for surecache. Use them through the crate `surecache`.

mod cache_key;

use proc_macro::TokenStream;

/// Implements `surecache::CacheKey` for a struct with named fields: each field is part of the key,
/// under its own name, in the order of the declaration.
///
/// The types that a field may have are those of `surecache::KeyField`. There are no options: what
/// is in the struct is in the key, for a key that leaves out what its answer depends on hands one
/// caller another's answer.
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(input: TokenStream) -> TokenStream {
    let expanded = syn::parse(input).and_then(|input| cache_key::expand(&input));
    expanded.unwrap_or_else(|error| error.to_compile_error()).into()
}
