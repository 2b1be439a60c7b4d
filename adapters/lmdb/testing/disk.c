/*
 * Loaded before the C library (LD_PRELOAD) into a process that writes a data.mdb and the log beside it: records what it does to the
 * files in the order it was done, and makes chosen calls fail.
 *
 *   DISK_TRACE   where to record: for each call a header {kind, flags, offset, length} and the bytes
 *   DISK_FAULT   "<kind> <errno> <after> <times>": of these calls, `after` succeed and the next `times` fail. The kinds are, of
 *                data.mdb, write, meta (writes through a descriptor that syncs by itself), short (writes of which half arrives) and
 *                sync, and of the log log-write
 *
 * What the process writes to its standard output is what it acknowledges, and is recorded among the calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE = 1, SYNC = 2, TRUNCATE = 3, ACKNOWLEDGE = 4, MAPPED = 5 };
enum { FILES = 1024, OURS = 1, SYNCS_ITSELF = 2, LOG = 4 };

struct header {
  uint32_t kind, flags;
  uint64_t offset, length;
};

static unsigned char files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static char fault[16];
static int fault_errno;
static long fault_after, fault_times;

static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_open)(const char *, int, ...);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off64_t);
static int (*real_msync)(void *, size_t, int);

__attribute__((constructor)) static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_open = dlsym(RTLD_NEXT, "open64");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_msync = dlsym(RTLD_NEXT, "msync");
  const char *path = getenv("DISK_TRACE");
  if (path) trace = real_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const char *wanted = getenv("DISK_FAULT");
  if (wanted && sscanf(wanted, "%15s %d %ld %ld", fault, &fault_errno, &fault_after, &fault_times) != 4) abort();
}

static int flags_of(int file) {
  return file >= 0 && file < FILES ? files[file] : 0;
}

static void put(enum kind kind, uint32_t flags, uint64_t offset, const struct iovec *parts, int count) {
  if (trace < 0) return;
  struct header header = {kind, flags, offset, 0};
  for (int i = 0; i < count; i++) header.length += parts[i].iov_len;
  pthread_mutex_lock(&lock);
  real_write(trace, &header, sizeof header);
  for (int i = 0; i < count; i++) real_write(trace, parts[i].iov_base, parts[i].iov_len);
  pthread_mutex_unlock(&lock);
}

/* Whether this call is one that is to fail. */
static int fails(const char *kind) {
  if (strcmp(kind, fault)) return 0;
  pthread_mutex_lock(&lock);
  int now = fault_after > 0 ? 0 : fault_times > 0;
  if (fault_after > 0) fault_after--;
  else if (fault_times > 0) fault_times--;
  pthread_mutex_unlock(&lock);
  if (now) errno = fault_errno;
  return now;
}

/* As the trace has it. */
static uint32_t noted(int flags) {
  return (flags & SYNCS_ITSELF ? 1 : 0) | (flags & LOG ? 2 : 0);
}

static int opened(const char *path, int flags, int file) {
  if (file < 0 || file >= FILES) return file;
  size_t length = strlen(path);
  int log = length >= 4 && !strcmp(path + length - 4, "/log");
  int ours = (log || (length >= 9 && !strcmp(path + length - 9, "/data.mdb"))) && (flags & O_ACCMODE) != O_RDONLY;
  files[file] = ours ? OURS | (flags & (O_DSYNC | O_SYNC) ? SYNCS_ITSELF : 0) | (log ? LOG : 0) : 0;
  return file;
}

static mode_t mode_of(int flags, va_list rest) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

#define OPEN(name)                                           \
  int name(const char *path, int flags, ...) {               \
    va_list rest;                                            \
    va_start(rest, flags);                                   \
    mode_t mode = mode_of(flags, rest);                      \
    va_end(rest);                                            \
    return opened(path, flags, real_open(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

static ssize_t write_at(int file, const struct iovec *parts, int count, off64_t offset) {
  int flags = flags_of(file);
  if (fails(flags & LOG ? "log-write" : flags & SYNCS_ITSELF ? "meta" : "write")) return -1;
  ssize_t all = 0;
  int half = !(flags & (SYNCS_ITSELF | LOG)) && fails("short");
  for (int i = 0; i < count; i++) {
    struct iovec part = parts[i];
    if (half) part.iov_len /= 2;
    ssize_t done = real_pwrite(file, part.iov_base, part.iov_len, offset + all);
    if (done < 0) return done;
    put(WRITE, noted(flags), offset + all, &part, 1);
    all += done;
    if (half) break;
  }
  return all;
}

#define PWRITE(name)                                                     \
  ssize_t name(int file, const void *bytes, size_t length, off64_t offset) { \
    if (!flags_of(file)) return real_pwrite(file, bytes, length, offset); \
    struct iovec part = {(void *)bytes, length};                         \
    return write_at(file, &part, 1, offset);                             \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

/* One after the other where the file's position is, which moves as it would. */
ssize_t writev(int file, const struct iovec *parts, int count) {
  if (!flags_of(file)) return real_writev(file, parts, count);
  off64_t offset = lseek64(file, 0, SEEK_CUR);
  ssize_t done = write_at(file, parts, count, offset);
  if (done > 0) lseek64(file, offset + done, SEEK_SET);
  return done;
}

ssize_t write(int file, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  if (flags_of(file)) return writev(file, &part, 1);
  ssize_t done = real_write(file, bytes, length);
  if (file == STDOUT_FILENO && done > 0) put(ACKNOWLEDGE, 0, 0, &part, 1);
  return done;
}

static int synced(int file, int (*real)(int)) {
  if (!flags_of(file)) return real(file);
  if (!(flags_of(file) & LOG) && fails("sync")) return -1;
  int result = real(file);
  if (result == 0) put(SYNC, noted(flags_of(file)), 0, NULL, 0);
  return result;
}

int fdatasync(int file) { return synced(file, real_fdatasync); }
int fsync(int file) { return synced(file, real_fsync); }

#define FTRUNCATE(name)                                      \
  int name(int file, off64_t length) {                       \
    int result = real_ftruncate(file, length);               \
    if (result == 0 && flags_of(file)) put(TRUNCATE, noted(flags_of(file)), length, NULL, 0); \
    return result;                                           \
  }
FTRUNCATE(ftruncate)
FTRUNCATE(ftruncate64)

/* Nobody should: what is written through a mapping is not recorded. */
int msync(void *address, size_t length, int flags) {
  put(MAPPED, 0, 0, NULL, 0);
  return real_msync(address, length, flags);
}
