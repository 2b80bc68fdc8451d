/* Fails the n-th system call on what lies below one folder, and touches nothing else. It is loaded
   before libc, so that all that Python, NumPy and pyarrow call goes through it; `faults_arm` says
   which call fails, and how. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST 4096

static int armed, count, failing, stays, code;
static char folder[4096], failed[16];
static char watched[MOST]; /* descriptors of files in the folder */

void faults_arm(const char *below, int n, int error, int lasting)
{
    strcpy(folder, below);
    count = 0, failing = n, code = error, stays = lasting, failed[0] = 0, armed = 1;
}

int faults_disarm(char *name) { armed = 0; strcpy(name, failed); return count; }

/* One call: whether it fails. A disk that is full, or fails, may stay so for what is written. */
static int fails(const char *name)
{
    if (++count == failing) strcpy(failed, name);
    else if (!(stays && failed[0] && count > failing && !strcmp(name, failed))) return 0;
    errno = code;
    return 1;
}

static int is_below(int at, const char *path)
{
    if (!armed || !path) return 0;
    if (path[0] == '/') return !strncmp(path, folder, strlen(folder));
    return at == AT_FDCWD || (at >= 0 && at < MOST && watched[at]);
}

static int is_open(int fd) { return armed && fd >= 0 && fd < MOST && watched[fd]; }

static int watch(int fd, int is_watched)
{
    if (fd >= 0 && fd < MOST) watched[fd] = is_watched;
    return fd;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define OPENS(name) \
    int name(const char *path, int flags, ...) \
    { \
        REAL(int, name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        if (!is_below(AT_FDCWD, path)) return watch(real(path, flags, mode), 0); \
        if (fails("open")) return -1; \
        return watch(real(path, flags, mode), 1); \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name) \
    int name(int at, const char *path, int flags, ...) \
    { \
        REAL(int, name, int, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        if (!is_below(at, path)) return watch(real(at, path, flags, mode), 0); \
        if (fails("open")) return -1; \
        return watch(real(at, path, flags, mode), 1); \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

/* A call `name` of the kind `kind` that is about a path, from the folder `at`. */
#define PATH(type, kind, name, at, path, types, names) \
    type name types \
    { \
        REAL(type, name, types_of types); \
        if (is_below(at, path) && fails(kind)) return -1; \
        return real names; \
    }
#define types_of(...) __VA_ARGS__
PATH(int, "stat", stat, AT_FDCWD, p, (const char *p, struct stat *s), (p, s))
PATH(int, "stat", lstat, AT_FDCWD, p, (const char *p, struct stat *s), (p, s))
PATH(int, "stat", fstatat, at, p, (int at, const char *p, struct stat *s, int f), (at, p, s, f))
PATH(int, "stat", stat64, AT_FDCWD, p, (const char *p, struct stat64 *s), (p, s))
PATH(int, "stat", lstat64, AT_FDCWD, p, (const char *p, struct stat64 *s), (p, s))
PATH(int, "stat", fstatat64, at, p, (int at, const char *p, struct stat64 *s, int f), (at, p, s, f))
PATH(int, "rename", rename, AT_FDCWD, p, (const char *p, const char *q), (p, q))
PATH(int, "unlink", unlink, AT_FDCWD, p, (const char *p), (p))
PATH(int, "unlink", unlinkat, at, p, (int at, const char *p, int f), (at, p, f))
PATH(int, "unlink", rmdir, AT_FDCWD, p, (const char *p), (p))
PATH(int, "chmod", chmod, AT_FDCWD, p, (const char *p, mode_t m), (p, m))
PATH(int, "access", access, AT_FDCWD, p, (const char *p, int m), (p, m))
PATH(int, "mkdir", mkdir, AT_FDCWD, p, (const char *p, mode_t m), (p, m))
PATH(ssize_t, "readlink", readlink, AT_FDCWD, p, (const char *p, char *b, size_t n), (p, b, n))

DIR *opendir(const char *path)
{
    REAL(DIR *, opendir, const char *);
    return is_below(AT_FDCWD, path) && fails("opendir") ? NULL : real(path);
}

/* A call that is about an open file. */
#define OPEN(type, kind, name, fd, types, names) \
    type name types \
    { \
        REAL(type, name, types_of types); \
        if (is_open(fd) && fails(kind)) return -1; \
        return real names; \
    }
OPEN(ssize_t, "read", read, fd, (int fd, void *b, size_t n), (fd, b, n))
OPEN(ssize_t, "read", pread, fd, (int fd, void *b, size_t n, off_t o), (fd, b, n, o))
OPEN(ssize_t, "read", pread64, fd, (int fd, void *b, size_t n, off64_t o), (fd, b, n, o))
OPEN(ssize_t, "write", write, fd, (int fd, const void *b, size_t n), (fd, b, n))
OPEN(ssize_t, "write", pwrite, fd, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o))
OPEN(ssize_t, "write", pwrite64, fd, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o))
OPEN(int, "fsync", fsync, fd, (int fd), (fd))
OPEN(int, "fsync", fdatasync, fd, (int fd), (fd))
OPEN(int, "stat", fstat, fd, (int fd, struct stat *s), (fd, s))
OPEN(int, "stat", fstat64, fd, (int fd, struct stat64 *s), (fd, s))
OPEN(int, "flock", flock, fd, (int fd, int how), (fd, how))
OPEN(int, "truncate", ftruncate, fd, (int fd, off_t n), (fd, n))
OPEN(int, "truncate", ftruncate64, fd, (int fd, off64_t n), (fd, n))
OPEN(off_t, "seek", lseek, fd, (int fd, off_t n, int how), (fd, n, how))
OPEN(off64_t, "seek", lseek64, fd, (int fd, off64_t n, int how), (fd, n, how))

void *mmap(void *, size_t, int, int, int, off_t);
#define MAPS(name) \
    void *name(void *a, size_t n, int p, int f, int fd, off_t o) \
    { \
        REAL(void *, name, void *, size_t, int, int, int, off_t); \
        return is_open(fd) && fails("mmap") ? (void *)-1 : real(a, n, p, f, fd, o); \
    }
MAPS(mmap)
MAPS(mmap64)

/* It closes the file also where it fails, as Linux does. */
int close(int fd)
{
    REAL(int, close, int);
    int is_failing = is_open(fd) && fails("close");
    watch(fd, 0);
    int done = real(fd);
    if (is_failing) errno = code;
    return is_failing ? -1 : done;
}
