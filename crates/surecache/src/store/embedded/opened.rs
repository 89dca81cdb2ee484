//! The environments of a store, open in this process.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::control::{Control, Fixed};
use super::counts::{self, Counts};
use super::environment::{self, Environment};
use super::folder;
use super::machine::Machine;
use super::options::{EmbeddedOptions, SHARDS, Sizes};
use crate::base::{Error, random};

/// A store that is open. Dropping it closes it; only the registry does.
#[derive(Debug)]
pub(super) struct Opened {
    /// Of this opening, among all of this process.
    pub(super) number: u64,
    pub(super) shards: [Environment; SHARDS],
    pub(super) meta: Environment,
    /// After the environments, whose gates and revisions lie in it, and so dropped after them.
    pub(super) control: Control,
    /// Says that this process is alive, while it is open.
    _alive: File,
}

impl Opened {
    /// Opens the store of a folder, or makes it; one that is damaged, or from before the machine
    /// was started, is set aside for a fresh one.
    pub(super) fn open(
        folder: &Path,
        options: &EmbeddedOptions,
        counts: &Counts,
    ) -> Result<Self, Error> {
        let sizes = Sizes::of(options)?;
        folder::prepare(folder)?;
        let _locked = folder::lock_folder(folder)?;
        let machine = Machine::here()?;
        folder::sweep(folder);
        for _ in 0..OPEN_TRIES {
            let Some(control) = usable(folder, options, machine)? else {
                folder::set_aside(folder)?;
                // Before the fresh files are made: there may be no room for both.
                folder::sweep(folder);
                let fixed = Fixed::new(random::bytes()?, machine, options);
                folder::create(folder, &fixed)?;
                continue;
            };
            let alive = folder::hold(&folder::store(folder))?;
            match open_all(folder, sizes, &control) {
                Ok((shards, meta)) => {
                    static NEXT: AtomicU64 = AtomicU64::new(0);
                    let number = NEXT.fetch_add(1, Ordering::Relaxed);
                    return Ok(Self { number, shards, meta, control, _alive: alive });
                }
                Err(error) if environment::is_damage(&error) => {
                    control.retire();
                    counts::count(&counts.retired);
                }
                Err(error) => {
                    let message = "the embedded store could not open its files";
                    let message = format!("{message}, {}", folder.display());
                    return Err(Error::unavailable(message).with_source(error));
                }
            }
        }
        let message = format!("wanted usable files after a fresh start: {}", folder.display());
        Err(Error::corrupt(message))
    }

    /// Notes that these files are no longer the store: damaged, or taken away.
    pub(super) fn retire(&self, counts: &Counts) {
        if self.control.retire() {
            counts.retired.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The control page of a store that may be opened; `None` where there is none, or one that has to
/// be set aside.
fn usable(
    folder: &Path,
    options: &EmbeddedOptions,
    machine: Machine,
) -> Result<Option<Control>, Error> {
    let store = folder::store(folder);
    let mut control = match Control::open(&store.join("control")) {
        Ok(Some(control)) if control.is_live() => control,
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(folder::failed("could not map its control page", &store, error)),
    };
    let found = *control.fixed();
    if found.machine.boot != machine.boot {
        return Ok(None);
    }
    if found.machine.pid_space != machine.pid_space {
        refuse_strangers(folder)?;
        let adopted = control.adopt(machine);
        adopted.map_err(|error| folder::failed("could not be taken over", &store, error))?;
    }
    let wanted = Fixed::new(found.folder_id, machine, options);
    if (found.map_bytes, found.max_readers) != (wanted.map_bytes, wanted.max_readers) {
        refuse_others(folder, &wanted, &found)?;
        return Ok(None);
    }
    Ok(Some(control))
}

/// Processes that number each other differently take each other for dead, and reuse pages that
/// the other still reads.
fn refuse_strangers(folder: &Path) -> Result<(), Error> {
    if folder::is_deserted(&folder::store(folder)) {
        return Ok(());
    }
    let message = "wanted a store of this container's processes";
    let found = format!("found processes of another PID namespace in {}", folder.display());
    Err(Error::misuse(format!("{message}, {found}")).with_hint(
        "containers cannot share an embedded store: give them one PID namespace, or use Redis",
    ))
}

fn refuse_others(folder: &Path, wanted: &Fixed, found: &Fixed) -> Result<(), Error> {
    if folder::is_deserted(&folder::store(folder)) {
        return Ok(());
    }
    let (map_bytes, max_readers) = (wanted.map_bytes, wanted.max_readers);
    let message = format!("wanted a map of {map_bytes} bytes for {max_readers} readers");
    let found = format!("{} bytes for {} readers", found.map_bytes, found.max_readers);
    let place = format!("{message}, found other processes in {} with", folder.display());
    Err(Error::misuse(format!("{place}: {found}")).with_hint(
        "all processes of a folder need the same options: stop the others first, or name another \
         folder",
    ))
}

fn open_all(
    folder: &Path,
    sizes: Sizes,
    control: &Control,
) -> heed::Result<([Environment; SHARDS], Environment)> {
    let (meta, shards) = folder::environments(&folder::store(folder));
    let open = |folder: &Path, map_bytes, number| {
        let shared = (control.gate(number), control.revisions(number));
        Environment::open(folder, map_bytes, sizes.max_readers, shared)
    };
    let meta = open(&meta, sizes.meta_bytes, SHARDS)?;
    let mut opened = Vec::with_capacity(SHARDS);
    for (number, shard) in shards.iter().enumerate() {
        opened.push(open(shard, sizes.shard_bytes, number)?);
    }
    match opened.try_into() {
        Ok(shards) => Ok((shards, meta)),
        Err(_) => Err(heed::MdbError::Problem.into()),
    }
}

/// The first may find damage, the second makes a fresh store, the third opens it.
const OPEN_TRIES: usize = 4;
