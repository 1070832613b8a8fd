/* SPDX-License-Identifier: MIT */
/* Lending LTTng its settings through the environment. Runs in: the target. */
#include "preload/entry/environment.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS 5
#define LONGEST_NAME CONTROL_NO_STATEDUMP

/* "NAME=value"; empty = not set by us. */
static char settings[SETTINGS][CONTROL_PATH_BYTES + sizeof LONGEST_NAME "="];
static char **lent;
static char **programs_own;

static void write_path(char *setting, size_t size, const char *name, const char *path)
{
    setting[0] = '\0';
    if (path[0] != '\0' && memchr(path, '\0', CONTROL_PATH_BYTES) != NULL) {
        snprintf(setting, size, "%s=%s", name, path);
    }
}

static void write_settings(const struct control *control)
{
    write_path(settings[0], sizeof settings[0], "LTTNG_HOME", control->lttng_home);
    write_path(settings[1], sizeof settings[1], "LTTNG_UST_APP_PATH", control->lttng_app_path);
    snprintf(settings[2], sizeof settings[2], "LTTNG_UST_REGISTER_TIMEOUT=%u", control->register_timeout_ms);
    snprintf(settings[3], sizeof settings[3], "%s",
             control->flags & CONTROL_BLOCKING ? CONTROL_MAY_WAIT "=1" : "");
    snprintf(settings[4], sizeof settings[4], CONTROL_NO_STATEDUMP "=1");
}

static bool is_replaced(const char *variable)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        size_t name_length = strcspn(settings[i], "=");
        if (name_length != 0 && strncmp(variable, settings[i], name_length + 1) == 0) {
            return true;
        }
    }
    return false;
}

/* The settings, then the program's variables but those they replace. */
static void fill(char **vector, char *const *variables)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (settings[i][0] != '\0') {
            *vector++ = settings[i];
        }
    }
    for (; variables != NULL && *variables != NULL; variables++) {
        if (!is_replaced(*variables)) {
            *vector++ = *variables;
        }
    }
    *vector = NULL;
}

void environment_lend(const struct control *control)
{
    if (control == NULL) {
        return;
    }
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL) {
        count++;
    }
    char **vector = malloc((count + SETTINGS + 1) * sizeof *vector);
    if (vector == NULL) {
        return;
    }
    write_settings(control);
    fill(vector, environ);
    programs_own = environ;
    lent = vector;
    __atomic_store_n(&environ, vector, __ATOMIC_RELEASE);
}

/* A variable was set meanwhile, by a thread outside Python: libc then copied our vector, and the program's
 * variables are in the copy. Undo by name. */
static void take_out_by_name(void)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        char name[sizeof LONGEST_NAME];
        size_t length = strcspn(settings[i], "=");
        if (length == 0) {
            continue;
        }
        memcpy(name, settings[i], length);
        name[length] = '\0';
        unsetenv(name);
        for (char **variable = programs_own; variable != NULL && *variable != NULL; variable++) {
            if (strncmp(*variable, settings[i], length + 1) == 0) {
                setenv(name, *variable + length + 1, 1);
            }
        }
    }
}

void environment_take_back(void)
{
    if (lent == NULL) {
        return;
    }
    char **expected = lent;
    if (!__atomic_compare_exchange_n(&environ, &expected, programs_own, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
        take_out_by_name();
    }
    /* The vector itself stays: another thread may still be reading in it. */
    lent = NULL;
}
