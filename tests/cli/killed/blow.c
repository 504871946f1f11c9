/* Preloaded into the program by tests/cli/killed: has a blow fall on it at a commit of SQLite's log, a file whose name
 * ends in -wal.
 *
 * BLOW_AT=N        at the N-th sync of the log: a commit is one, the log's first header one before.
 * BLOW_WITH=TEXT   at the first commit that brings this text.
 * BLOW=torn        it dies as of kill -9, with half of the commit's first write, or of the one with the text, done.
 * BLOW=written     it dies once the commit is synced.
 * BLOW=asleep      it stops as of kill -STOP once the commit is synced, until somebody has it go on.
 * BLOW=full        from that write on, the disk of the log is full.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One thread at a time writes the journal. */
static long synced;
static int is_brought, has_fallen;

static int is_log(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length >= 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static int is_at(long sync)
{
    const char *at = getenv("BLOW_AT");
    return at != NULL && atol(at) == sync;
}

static int is_with(const void *bytes, size_t count)
{
    const char *text = getenv("BLOW_WITH");
    return text != NULL && memmem(bytes, count, text, strlen(text)) != NULL;
}

static int is(const char *blow)
{
    const char *wanted = getenv("BLOW");
    return wanted != NULL && strcmp(wanted, blow) == 0;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    ssize_t (*write_at)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    if (is_log(fd)) {
        is_brought = is_brought || is_with(bytes, count);
        if (is_brought || is_at(synced + 1)) {
            if (is("torn")) {
                write_at(fd, bytes, count / 2, at);
                die();
            }
            has_fallen = 1;
        }
        if (has_fallen && is("full")) {
            errno = ENOSPC;
            return -1;
        }
    }
    return write_at(fd, bytes, count, at);
}

int fsync(int fd)
{
    int (*sync)(int) = dlsym(RTLD_NEXT, "fsync");
    int failed = sync(fd);
    if (is_log(fd)) {
        int falls = is_at(++synced) || is_brought;
        if (falls && is("written"))
            die();
        if (falls && is("asleep")) {
            kill(getpid(), SIGSTOP);
            unsetenv("BLOW");
        }
    }
    return failed;
}
