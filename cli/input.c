/* SPDX-License-Identifier: MIT */
#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/error.h"

/* Such files are written by hand, or have a few lines per finding. A device may have no end. */
#define MOST_BYTES ((gsize)16 << 20)
#define STEP_BYTES ((gsize)64 << 10)

/* An errno value; 0: read to the end. */
static int read_all(int fd, GString *text)
{
    for (;;) {
        const gsize had = text->len;
        g_string_set_size(text, had + STEP_BYTES);
        const ssize_t got = read(fd, text->str + had, STEP_BYTES);
        const int cause = errno;
        g_string_set_size(text, had + (got > 0 ? (gsize)got : 0));
        if (got < 0 && cause != EINTR)
            return cause;
        if (got == 0)
            return 0;
        if (text->len > MOST_BYTES)
            return EFBIG;
    }
}

gboolean input_read(const char *option, const char *file, char **ret, gsize *ret_size, GError **error)
{
    GString *text = g_string_new(NULL);
    const int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const int cause = fd < 0 ? errno : read_all(fd, text);
    if (fd >= 0)
        close(fd);
    if (cause == 0) {
        *ret_size = text->len;
        *ret = g_string_free(text, FALSE);
        return TRUE;
    }
    g_string_free(text, TRUE);
    if (cause == EFBIG)
        return cli_fail(error, "--%s: %s: larger than %u MB; is it the right file?", option, file,
                        (unsigned)(MOST_BYTES >> 20));
    return cli_fail(error, "--%s: %s: cannot be read: %s", option, file, g_strerror(cause));
}
