/* The clock at the wall of a server that a test owns: it shows what the test has written.
 *
 * Loaded before the C library (LD_PRELOAD), it answers instead of it. The time is one number, in
 * microseconds since 1970, in a file that the server maps and the test writes. Other clocks go on:
 * a server's own pauses and limits are measured with them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shown;

/* Before main, while there is one thread; other libraries may ask for the time even earlier. */
__attribute__((constructor)) static void map_the_clock(void) {
    if (shown != NULL) {
        return;
    }
    const char *path = getenv("SURECACHE_TESTKIT_WALL");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) {
        _exit(70);
    }
    close(file);
    shown = mapped;
}

static int64_t micros(void) {
    map_the_clock();
    return *shown;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int64_t time = micros();
    (void)zone;
    now->tv_sec = time / 1000000;
    now->tv_usec = time % 1000000;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
        return (int)syscall(SYS_clock_gettime, clock, now);
    }
    int64_t time = micros();
    now->tv_sec = time / 1000000;
    now->tv_nsec = time % 1000000 * 1000;
    return 0;
}

time_t time(time_t *now) {
    time_t seconds = micros() / 1000000;
    if (now != NULL) {
        *now = seconds;
    }
    return seconds;
}
