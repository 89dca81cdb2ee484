//! How a namespace is cleared: its answers end first, then its entries go. No I/O, as with plain
//! calls.

use super::core::Core;
use crate::base::Error;
use crate::flow::engine::unexpected;
use crate::invalidate::Waiting;
use crate::key::{Tag, TagId};
use crate::store::{Reply, Request};

/// A clear on its way.
#[derive(Debug)]
pub struct Clearing {
    core: Core,
    tags: [TagId; 1],
    /// What is being ended; `None` once the entries are on.
    ending: Option<Waiting>,
    ended: Result<(), Error>,
}

impl Clearing {
    /// The beginning.
    pub fn begin(core: &Core) -> Self {
        let engine = core.engine();
        let tags = [engine.namespace.tag_id(&Tag::namespace())];
        let ending = Some(engine.ending_tags(&tags));
        Self { core: core.clone(), tags, ending, ended: Ok(()) }
    }

    /// What is to be asked of the store now.
    pub fn request(&self) -> Request<'_> {
        match &self.ending {
            Some(ending) => Request::Invalidate { tags: &ending.tags },
            None => Request::Clear,
        }
    }

    /// Takes the reply; gives the end where this is it.
    pub fn hear(&mut self, reply: Result<Reply, Error>) -> Option<Result<(), Error>> {
        if let Some(ending) = self.ending.take() {
            let ended = self.core.engine().ended(&ending, &self.tags, &[], reply);
            self.ended = ended.inspect_err(|_| self.core.note_late());
            return None;
        }
        let ended = std::mem::replace(&mut self.ended, Ok(()));
        Some(match reply {
            Ok(Reply::Done) => ended,
            Ok(other) => Err(unexpected(&other)),
            Err(error) => Err(error),
        })
    }
}
