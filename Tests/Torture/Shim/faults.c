// Loaded into the program with LD_PRELOAD: makes writing and syncing of chosen files fail, and moves the clock on the
// wall, as a file that both sides map says. It changes nothing while every word is 0.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

// The words of the file, in this order; Faults.swift has the same.
enum {
    CLOCK_MILLISECONDS,   // added to the time
    WRITE_ERROR,          // errno of writes, or 0
    SYNC_ERROR,           // errno of syncs, or 0
    READ_ERROR,           // errno of reads, or 0
    FILES,                // 1: the database; 2: the spool
    WRITES_FAILED,
    SYNCS_FAILED,
    READS_FAILED,
    SYNCS_AFTER_FAILURE,  // by a process that had seen one fail on the same file
    WORDS
};

static _Atomic int64_t *words;
static _Atomic int sync_has_failed;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DUKA_FAULTS");
    if (!path) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) abort();
    void *map = mmap(NULL, WORDS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) abort();
    words = map;
}

static int64_t word(int place) { return words ? atomic_load(&words[place]) : 0; }

// Whether the file behind a descriptor is one of those that are to fail.
static int is_chosen(int file) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count <= 0) return 0;
    path[count] = 0;
    int64_t files = word(FILES);
    return ((files & 1) && strstr(path, "/duka.db")) || ((files & 2) && strstr(path, "/spool/"));
}

// Whether a call fails now; errno is set then.
static int fails(int kind, int counter, int file) {
    int64_t error = word(kind);
    if (!error || !is_chosen(file)) return 0;
    atomic_fetch_add(&words[counter], 1);
    errno = (int)error;
    return 1;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int file, const void *bytes, size_t count) {
    REAL(write);
    return fails(WRITE_ERROR, WRITES_FAILED, file) ? -1 : real(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t place) {
    REAL(pwrite);
    return fails(WRITE_ERROR, WRITES_FAILED, file) ? -1 : real(file, bytes, count, place);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t place) {
    REAL(pwrite64);
    return fails(WRITE_ERROR, WRITES_FAILED, file) ? -1 : real(file, bytes, count, place);
}

int ftruncate(int file, off_t size) {
    REAL(ftruncate);
    return fails(WRITE_ERROR, WRITES_FAILED, file) ? -1 : real(file, size);
}

int ftruncate64(int file, off64_t size) {
    REAL(ftruncate64);
    return fails(WRITE_ERROR, WRITES_FAILED, file) ? -1 : real(file, size);
}

int posix_fallocate(int file, off_t place, off_t size) {
    REAL(posix_fallocate);
    return fails(WRITE_ERROR, WRITES_FAILED, file) ? errno : real(file, place, size);
}

ssize_t pread(int file, void *bytes, size_t count, off_t place) {
    REAL(pread);
    return fails(READ_ERROR, READS_FAILED, file) ? -1 : real(file, bytes, count, place);
}

ssize_t pread64(int file, void *bytes, size_t count, off64_t place) {
    REAL(pread64);
    return fails(READ_ERROR, READS_FAILED, file) ? -1 : real(file, bytes, count, place);
}

static int sync_fails(int file) {
    if (atomic_load(&sync_has_failed) && is_chosen(file)) atomic_fetch_add(&words[SYNCS_AFTER_FAILURE], 1);
    if (!fails(SYNC_ERROR, SYNCS_FAILED, file)) return 0;
    atomic_store(&sync_has_failed, 1);
    return 1;
}

int fsync(int file) {
    REAL(fsync);
    return sync_fails(file) ? -1 : real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    return sync_fails(file) ? -1 : real(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    REAL(clock_gettime);
    int result = real(clock, time);
    int64_t more = word(CLOCK_MILLISECONDS);
    if (result || !more || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    int64_t nanoseconds = time->tv_nsec + (more % 1000) * 1000000;
    time->tv_sec += more / 1000;
    if (nanoseconds < 0) { nanoseconds += 1000000000; time->tv_sec -= 1; }
    if (nanoseconds >= 1000000000) { nanoseconds -= 1000000000; time->tv_sec += 1; }
    time->tv_nsec = nanoseconds;
    return 0;
}

int gettimeofday(struct timeval *time, void *zone) {
    (void)zone;
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    time->tv_sec = precise.tv_sec;
    time->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec precise;
    if (clock_gettime(CLOCK_REALTIME, &precise)) return -1;
    if (result) *result = precise.tv_sec;
    return precise.tv_sec;
}
