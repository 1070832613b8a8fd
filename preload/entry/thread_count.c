/* SPDX-License-Identifier: MIT */
/*
 * Since 3.12 CPython warns at os.fork() when the process has more than one thread, which it reads from
 * /proc/self/stat. LTTng's threads are handled at fork and the program has no part in them: the interpreter
 * (nobody else) gets to read the number without them.
 *
 * Runs in: the target, any thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload/entry/loader.h"
#include "preload/entry/next.h"
#include "preload/entry/python.h"

/* The number of threads is field 20; counted from behind the name in parentheses, which is field 2. */
#define THREADS_AFTER_NAME 18
#define STAT_MAX 2048

/* The beginning of the thread count in a line of /proc/PID/stat, NULL if it is not such a line. */
static const char *find_count(const char *line)
{
    const char *at = strrchr(line, ')');
    for (int field = 0; at != NULL && field < THREADS_AFTER_NAME; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? at + 1 : NULL;
}

/* A file in memory that holds the line with fewer threads; NULL when that cannot be had. */
static FILE *stat_without(const char *line, unsigned long ours)
{
    const char *count = find_count(line);
    char *rest = NULL;
    unsigned long threads = count != NULL ? strtoul(count, &rest, 10) : 0;
    if (threads <= ours) {
        return NULL;
    }
    int fd = memfd_create("stat", MFD_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    FILE *stream = dprintf(fd, "%.*s%lu%s", (int)(count - line), line, threads - ours, rest) > 0 &&
                           lseek(fd, 0, SEEK_SET) == 0
                       ? fdopen(fd, "r")
                       : NULL;
    if (stream == NULL) {
        close(fd);
    }
    return stream;
}

/* Takes the stream that the interpreter opened and gives back the one that it is to read. */
static FILE *subtract(FILE *stream, unsigned long ours)
{
    char line[STAT_MAX];
    size_t length = fread(line, 1, sizeof line - 1, stream);
    line[length] = '\0';
    FILE *changed = stat_without(line, ours);
    if (changed == NULL) {
        rewind(stream);
        return stream;
    }
    fclose(stream);
    return changed;
}

static FILE *seen_by(const void *caller, const char *path, FILE *stream)
{
    const struct bridge_agent *agent = loader_agent();
    if (stream == NULL || agent == NULL || strcmp(path, "/proc/self/stat") != 0 || !python_is_caller(caller)) {
        return stream;
    }
    int saved_errno = errno;
    unsigned long ours = agent->own_threads();
    FILE *result = ours != 0 ? subtract(stream, ours) : stream;
    errno = saved_errno;
    return result;
}

EXPORT FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return seen_by(__builtin_return_address(0), path, CALL_NEXT(NULL, fopen, path, mode));
}

EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return seen_by(__builtin_return_address(0), path, CALL_NEXT(NULL, fopen64, path, mode));
}
