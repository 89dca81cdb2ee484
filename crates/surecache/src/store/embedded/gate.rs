//! The queue before the writer's lock of an environment, which nobody waits in for ever.
//!
//! LMDB's own lock cannot be waited for with a time-out: a process that is stopped in the middle of
//! a write would stop every writer of the machine. So whoever writes first enters a gate, a mutex
//! in the control page, and gives up after a while. The kernel opens the gate of a process that
//! dies.

use std::io;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use libc::{pthread_mutex_t, timespec};
use rustix::time::{ClockId, clock_gettime};

/// A mutex that processes share. Lives in a mapped page that outlives it.
#[derive(Debug)]
pub(super) struct Gate {
    mutex: *mut pthread_mutex_t,
}

// SAFETY: the mutex is made for threads of any process.
#[expect(unsafe_code, reason = "a mutex in shared memory")]
unsafe impl Send for Gate {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "a mutex in shared memory")]
unsafe impl Sync for Gate {}

/// The right to write, until it is dropped; by the thread that entered.
#[derive(Debug)]
pub(super) struct Entered<'a> {
    gate: &'a Gate,
    _thread: PhantomData<*mut ()>,
}

impl Gate {
    /// A gate at a place in a mapped page.
    ///
    /// # Safety
    /// The place has [`Gate::BYTES`] bytes, is aligned to as many, stays mapped while the gate is
    /// used, and [`Gate::make`] was called once before any process used it.
    #[expect(unsafe_code, reason = "a mutex in shared memory")]
    pub(super) unsafe fn at(place: *mut u8) -> Self {
        Self { mutex: place.cast() }
    }

    /// Makes the mutex. Nobody else may know the place yet.
    pub(super) fn make(&self) -> io::Result<()> {
        let mut attributes = MaybeUninit::<libc::pthread_mutexattr_t>::uninit();
        let attributes = attributes.as_mut_ptr();
        // SAFETY: the attributes are initialised first and destroyed last, and the mutex's place is
        // valid by the promise given to `at`.
        #[expect(unsafe_code, reason = "a mutex in shared memory")]
        unsafe {
            check(libc::pthread_mutexattr_init(attributes))?;
            let shared = libc::PTHREAD_PROCESS_SHARED;
            let made = check(libc::pthread_mutexattr_setpshared(attributes, shared))
                .and_then(|()| {
                    let robust = libc::PTHREAD_MUTEX_ROBUST;
                    check(libc::pthread_mutexattr_setrobust(attributes, robust))
                })
                .and_then(|()| check(libc::pthread_mutex_init(self.mutex, attributes)));
            libc::pthread_mutexattr_destroy(attributes);
            made
        }
    }

    /// Waits for the right to write, for a second at most.
    pub(super) fn enter(&self) -> io::Result<Entered<'_>> {
        // SAFETY: the mutex is valid by the promises given to `at`, and the time lives through the
        // call.
        #[expect(unsafe_code, reason = "a mutex in shared memory")]
        let code = unsafe {
            match libc::pthread_mutex_trylock(self.mutex) {
                libc::EBUSY => libc::pthread_mutex_timedlock(self.mutex, &deadline()),
                code => code,
            }
        };
        match code {
            0 => {}
            // SAFETY: this thread holds it now. What its last holder began, LMDB undoes.
            #[expect(unsafe_code, reason = "a mutex in shared memory")]
            libc::EOWNERDEAD => unsafe { check(libc::pthread_mutex_consistent(self.mutex))? },
            libc::ETIMEDOUT => {
                let message = "another process holds the writer's lock and does not go on";
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            code => return Err(io::Error::from_raw_os_error(code)),
        }
        Ok(Entered { gate: self, _thread: PhantomData })
    }

    /// More than a mutex takes on any system.
    pub(super) const BYTES: usize = 64;
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // SAFETY: entered by this thread, as the value cannot leave it.
        #[expect(unsafe_code, reason = "a mutex in shared memory")]
        unsafe {
            libc::pthread_mutex_unlock(self.gate.mutex);
        }
    }
}

fn deadline() -> timespec {
    let now = clock_gettime(ClockId::Realtime);
    timespec { tv_sec: now.tv_sec + PATIENCE_SECONDS, tv_nsec: now.tv_nsec }
}

fn check(code: libc::c_int) -> io::Result<()> {
    match code {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// A write takes microseconds, an eviction milliseconds; a holder that lost its processor on a
/// crowded machine is back long before.
const PATIENCE_SECONDS: libc::time_t = 1;

const _: () = assert!(size_of::<pthread_mutex_t>() <= Gate::BYTES, "the gates overlap");
