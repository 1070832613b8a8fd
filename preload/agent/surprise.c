/* SPDX-License-Identifier: MIT */
#include "preload/agent/surprise.h"

#include <stddef.h>

#include "preload/agent/emit.h"
#include "preload/agent/recording.h"

static const char *found;

void surprise(const char *what)
{
    struct st_agent_error event = {.what = what};

    if (found)
        return;
    found = what;
    recording_armed = false;
    emit_agent_error(&event);
}

const char *surprise_found(void)
{
    return found;
}

void surprise_forget(void)
{
    found = NULL;
}

void surprise_notice(const char *what)
{
    struct st_agent_notice event = {.what = what};

    emit_agent_notice(&event);
}
