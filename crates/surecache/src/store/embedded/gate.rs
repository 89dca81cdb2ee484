//! The queue before the writer's lock of an environment, which nobody waits in for ever.
//!
//! LMDB's own lock cannot be waited for with a time-out: a process that is stopped in the middle of
//! a write would stop every writer of the machine. So whoever writes first enters a gate, a mutex
//! in the control page, and gives up after a while: by a clock that nobody sets. The kernel opens
//! the gate of a process that dies, and who enters next is told.

use std::io;
use std::marker::PhantomData;
use std::mem::{self, MaybeUninit};
use std::time::Duration;

use libc::{c_int, clockid_t, pthread_mutex_t, timespec};
use rustix::time::{ClockId, clock_gettime};

/// A mutex that processes share. Lives in a mapped page that outlives it.
#[derive(Debug)]
pub(super) struct Gate {
    mutex: *mut pthread_mutex_t,
    /// `None` where the system has none.
    clocklock: Option<ClockLock>,
}

/// `pthread_mutex_clocklock`: glibc has it since 2.30, musl has not.
type ClockLock = unsafe extern "C" fn(*mut pthread_mutex_t, clockid_t, *const timespec) -> c_int;

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
    is_inherited: bool,
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
        Self { mutex: place.cast(), clocklock: clocklock() }
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
        // SAFETY: the mutex is valid by the promises given to `at`.
        #[expect(unsafe_code, reason = "a mutex in shared memory")]
        let code = match unsafe { libc::pthread_mutex_trylock(self.mutex) } {
            libc::EBUSY => self.lock_until(uptime() + PATIENCE),
            code => code,
        };
        let is_inherited = match code {
            0 => false,
            libc::EOWNERDEAD => true,
            libc::ETIMEDOUT => {
                let message = "another process holds the writer's lock and does not go on";
                return Err(io::Error::new(io::ErrorKind::TimedOut, message));
            }
            code => return Err(io::Error::from_raw_os_error(code)),
        };
        Ok(Entered { gate: self, is_inherited, _thread: PhantomData })
    }

    /// What locking the mutex gave, or `ETIMEDOUT` at that uptime.
    fn lock_until(&self, deadline: Duration) -> c_int {
        let Some(clocklock) = self.clocklock else { return self.poll_until(deadline) };
        let time = timespec_of(deadline);
        // SAFETY: the mutex is valid by the promises given to `at`, and the time lives through the
        // call.
        #[expect(unsafe_code, reason = "a mutex in shared memory")]
        unsafe {
            clocklock(self.mutex, libc::CLOCK_MONOTONIC, &raw const time)
        }
    }

    /// As `lock_until`. The one time-out that every system has goes by a clock that can be set.
    fn poll_until(&self, deadline: Duration) -> c_int {
        loop {
            // SAFETY: as in `enter`.
            #[expect(unsafe_code, reason = "a mutex in shared memory")]
            match unsafe { libc::pthread_mutex_trylock(self.mutex) } {
                libc::EBUSY if uptime() >= deadline => return libc::ETIMEDOUT,
                libc::EBUSY => std::thread::sleep(POLL_PAUSE),
                code => return code,
            }
        }
    }

    /// More than a mutex takes on any system.
    pub(super) const BYTES: usize = 64;
}

impl Entered<'_> {
    /// True where the last who entered died within: something may be half done.
    pub(super) fn is_inherited(&self) -> bool {
        self.is_inherited
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        // SAFETY: entered by this thread, as the value cannot leave it. What was inherited is said
        // to be whole only now: where this process dies too, the next one is told as well.
        #[expect(unsafe_code, reason = "a mutex in shared memory")]
        unsafe {
            if self.is_inherited {
                libc::pthread_mutex_consistent(self.gate.mutex);
            }
            libc::pthread_mutex_unlock(self.gate.mutex);
        }
    }
}

fn clocklock() -> Option<ClockLock> {
    // SAFETY: the name is a string, and what has it is the function of the system's library.
    #[expect(unsafe_code, reason = "a function that not every system has")]
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, c"pthread_mutex_clocklock".as_ptr());
        mem::transmute::<*mut libc::c_void, Option<ClockLock>>(found)
    }
}

/// By the clock that `pthread_mutex_clocklock` is told to go by.
fn uptime() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    now.try_into().unwrap_or_default()
}

#[expect(clippy::cast_possible_wrap, reason = "no uptime has so many seconds")]
fn timespec_of(time: Duration) -> timespec {
    timespec { tv_sec: time.as_secs() as libc::time_t, tv_nsec: time.subsec_nanos().into() }
}

fn check(code: c_int) -> io::Result<()> {
    match code {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// A write takes microseconds, an eviction milliseconds; a holder that lost its processor on a
/// crowded machine is back long before.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two looks at a gate that nobody can wait at otherwise: some writes long.
const POLL_PAUSE: Duration = Duration::from_micros(100);

const _: () = assert!(size_of::<pthread_mutex_t>() <= Gate::BYTES, "the gates overlap");

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    /// A gate in this process's own memory; with `clocklock`, or as where there is none.
    fn gate(place: &mut MaybeUninit<pthread_mutex_t>, clocklock: Option<ClockLock>) -> Gate {
        // SAFETY: the place outlives the gate, which is made before it is used.
        #[expect(unsafe_code, reason = "a mutex of a test")]
        let gate = unsafe { Gate::at(place.as_mut_ptr().cast()) };
        gate.make().unwrap();
        Gate { clocklock, ..gate }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn this_system_can_wait_by_a_clock_that_nobody_sets() {
        assert!(clocklock().is_some());
    }

    /// A deadline that is taken for one of another clock is past at once, or never.
    #[test]
    fn a_gate_is_waited_for_until_it_opens_or_the_uptime_has_come() {
        for clocklock in [clocklock(), None] {
            let mut place = MaybeUninit::uninit();
            let gate = gate(&mut place, clocklock);
            let (tell, told) = mpsc::channel();
            thread::scope(|scope| {
                let entered = gate.enter().unwrap();
                let waiting = scope.spawn(|| {
                    let past = gate.lock_until(uptime());
                    tell.send(()).unwrap();
                    let code = gate.lock_until(uptime() + Duration::from_secs(3600));
                    drop(Entered { gate: &gate, is_inherited: false, _thread: PhantomData });
                    (past, code)
                });
                told.recv().unwrap();
                // Long enough for the other thread to wait at the gate.
                thread::sleep(Duration::from_millis(50));
                drop(entered);
                assert_eq!(waiting.join().unwrap(), (libc::ETIMEDOUT, 0));
            });
        }
    }

    #[test]
    fn who_enters_after_one_that_died_within_is_told_until_it_has_left() {
        let mut place = MaybeUninit::uninit();
        let gate = gate(&mut place, clocklock());
        let die_within = || {
            thread::scope(|scope| {
                scope.spawn(|| mem::forget(gate.enter().unwrap()));
            })
        };
        die_within();
        die_within();
        assert!(gate.enter().unwrap().is_inherited);
        assert!(!gate.enter().unwrap().is_inherited);
    }
}
