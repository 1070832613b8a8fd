/* SPDX-License-Identifier: MIT */
#include "preload/agent/label.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "preload/agent/emit.h"
#include "preload/control.h"

#define LABEL_BYTES 1024u

/* In order of preference. */
static const char *const names[] = {"PYTEST_CURRENT_TEST=", CONTROL_LABEL_ENV "="};
#define NAMES (sizeof names / sizeof *names)

/* The environment as it was when it was last searched. A variable that is set anew gets a new string, one that is
 * added comes last, and one that is removed lets the others move up: looking at these places is enough. */
static struct {
    char **variables, *last;
    size_t count;
    struct {
        size_t index;
        char *variable; /* NULL: not there */
    } found[NAMES];
} seen;

static char said[LABEL_BYTES];

bool label_is_said(void)
{
    if (!environ || environ != seen.variables || environ[seen.count] ||
        (seen.count && environ[seen.count - 1] != seen.last))
        return false;
    for (size_t i = 0; i < NAMES; i++)
        if (seen.found[i].variable && environ[seen.found[i].index] != seen.found[i].variable)
            return false;
    return true;
}

static void note(size_t index)
{
    for (size_t i = 0; i < NAMES; i++)
        if (!strncmp(environ[index], names[i], strlen(names[i]))) {
            seen.found[i].index = index;
            seen.found[i].variable = environ[index];
        }
}

static void search(void)
{
    memset(&seen, 0, sizeof(seen));
    seen.variables = environ;
    while (environ && environ[seen.count])
        note(seen.count++);
    if (seen.count)
        seen.last = environ[seen.count - 1];
}

static const char *label_now(void)
{
    for (size_t i = 0; i < NAMES; i++)
        if (seen.found[i].variable)
            return seen.found[i].variable + strlen(names[i]);
    return "";
}

void label_say(void)
{
    struct st_label event = {.text = said};

    if (label_is_said())
        return;
    search();
    if (!strncmp(label_now(), said, sizeof(said) - 1))
        return;
    strncpy(said, label_now(), sizeof(said) - 1);
    emit_label(&event);
}

void label_forget(void)
{
    said[0] = '\0';
    seen.variables = NULL;
}
