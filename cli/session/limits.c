/* SPDX-License-Identifier: MIT */
#include "cli/session/limits.h"

#include <stddef.h>
#include <sys/resource.h>

#include "cli/error.h"

/* A daemon and its consumer, some hundred traced processes and their buffers. */
#define DESCRIPTORS 4096u
/* With 64 they fail in one way or another, or wait for each other. */
#define FEW_DESCRIPTORS 96u
/* The stacks of their threads alone take some hundred MB. */
#define LITTLE_SPACE (G_GUINT64_CONSTANT(1) << 30)

/* The type is glibc's, where it is not to be taken for an int. */
static const struct {
    __rlimit_resource_t resource;
    rlim_t wanted;
} limits[] = {{RLIMIT_NOFILE, DESCRIPTORS},
              {RLIMIT_AS, RLIM_INFINITY},
              {RLIMIT_DATA, RLIM_INFINITY},
              {RLIMIT_FSIZE, RLIM_INFINITY}};

/* Beyond the hard limit with privileges alone. */
static void raise_limit(__rlimit_resource_t resource, rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    const struct rlimit more = {wanted, MAX(limit.rlim_max, wanted)};
    if (setrlimit(resource, &more) == 0)
        return;
    limit.rlim_cur = MIN(limit.rlim_max, wanted);
    setrlimit(resource, &limit);
}

gboolean limits_raise(GError **error)
{
    struct rlimit files;
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++)
        raise_limit(limits[i].resource, limits[i].wanted);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FEW_DESCRIPTORS)
        return cli_fail(error, "%u descriptors are too few for LTTng's session daemon: ulimit -n 1024",
                        (unsigned)files.rlim_cur);
    return TRUE;
}

void limits_blame(GError **error)
{
    static const struct {
        __rlimit_resource_t resource;
        const char *option;
    } spaces[] = {{RLIMIT_AS, "-v"}, {RLIMIT_DATA, "-d"}};
    for (size_t i = 0; *error && i < G_N_ELEMENTS(spaces); i++) {
        struct rlimit limit;
        if (getrlimit(spaces[i].resource, &limit) != 0 || limit.rlim_cur >= LITTLE_SPACE)
            continue;
        g_autoptr(GError) cause = g_steal_pointer(error);
        cli_fail(error, "%s; raise ulimit %s, which is %" G_GUINT64_FORMAT, cause->message, spaces[i].option,
                 (guint64)limit.rlim_cur / 1024);
    }
}
