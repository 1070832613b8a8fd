/* SPDX-License-Identifier: MIT */
/*
 * Fewer threads in what is read from /proc/self/stat. Since 3.12 CPython warns at os.fork() when the process has
 * more than one, which it finds there. LTTng's are handled at fork and the program has no part in them: the
 * interpreter (nobody else) gets to read the number without them.
 *
 * Runs in: the target, entry and agent, any thread.
 */
#ifndef SCOPETRACE_PRELOAD_STAT_LINE_H
#define SCOPETRACE_PRELOAD_STAT_LINE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STAT_LINE_PATH "/proc/self/stat"

/* The number of threads is field 20; counted from behind the name in parentheses, which is field 2. */
#define STAT_LINE_THREADS_AFTER_NAME 18
#define STAT_LINE_MAX 2048

/* The beginning of the thread count in a line of /proc/PID/stat, NULL if it is not such a line. */
static inline const char *stat_line_count(const char *line)
{
    const char *at = strrchr(line, ')');
    for (int field = 0; at != NULL && field < STAT_LINE_THREADS_AFTER_NAME; field++) {
        at = strchr(at + 1, ' ');
    }
    return at != NULL ? at + 1 : NULL;
}

/* A file in memory that holds the line with fewer threads; NULL when that cannot be had. */
static inline FILE *stat_line_without(const char *line, unsigned long ours)
{
    const char *count = stat_line_count(line);
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
static inline FILE *stat_line_subtract(FILE *stream, unsigned long ours)
{
    char line[STAT_LINE_MAX];
    size_t length = fread(line, 1, sizeof line - 1, stream);
    line[length] = '\0';
    FILE *changed = stat_line_without(line, ours);
    if (changed == NULL) {
        rewind(stream);
        return stream;
    }
    fclose(stream);
    return changed;
}

#endif
