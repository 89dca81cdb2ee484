//! What ends validity: generations, and the stamps that tie an entry to them.
//!
//! Here stands what a stamp is; when it is taken and compared is the plan's.

mod pending;
mod stamp;

pub(crate) use pending::{Undelivered, Waiting};
pub(crate) use stamp::{digest, stamp, stamps};
