/* Preloaded into the program by tests/cli/killed: has it die as of kill -9 at a commit of SQLite's log, a file whose
 * name ends in -wal.
 *
 * DIES_AT=N        at the N-th sync of the log: a commit is one, the log's first header one before.
 * DIES_WITH=TEXT   at the first commit that brings this text.
 * DIES_TORN=1      with half of its first write, or of the one that brings the text, done; else once it is synced.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One thread at a time writes the journal. */
static long synced;
static int is_brought;

static int is_log(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length >= 4 && memcmp(path + length - 4, "-wal", 4) == 0;
}

static int dies_at(long sync)
{
    const char *at = getenv("DIES_AT");
    return at != NULL && atol(at) == sync;
}

static int dies_with(const void *bytes, size_t count)
{
    const char *text = getenv("DIES_WITH");
    return text != NULL && memmem(bytes, count, text, strlen(text)) != NULL;
}

static int is_torn(void)
{
    return getenv("DIES_TORN") != NULL;
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
        is_brought = is_brought || dies_with(bytes, count);
        if (is_torn() && (is_brought || dies_at(synced + 1))) {
            write_at(fd, bytes, count / 2, at);
            die();
        }
    }
    return write_at(fd, bytes, count, at);
}

int fsync(int fd)
{
    int (*sync)(int) = dlsym(RTLD_NEXT, "fsync");
    int failed = sync(fd);
    if (is_log(fd)) {
        ++synced;
        if (!is_torn() && (is_brought || dies_at(synced)))
            die();
    }
    return failed;
}
