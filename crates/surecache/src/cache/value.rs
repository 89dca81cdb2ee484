//! The codec of Rust values: MessagePack, structs as maps, so that Python reads them.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::Error;

pub(super) fn encode<V: Serialize>(value: &V) -> Result<Vec<u8>, Error> {
    rmp_serde::to_vec_named(value).map_err(|error| {
        Error::misuse("wanted a value that MessagePack can hold").with_source(error)
    })
}

pub(super) fn decode<V: DeserializeOwned>(payload: &[u8]) -> Option<V> {
    let mut decoder = rmp_serde::Deserializer::new(payload);
    let value = V::deserialize(&mut decoder).ok()?;
    decoder.get_ref().is_empty().then_some(value)
}
