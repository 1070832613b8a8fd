/* SPDX-License-Identifier: MIT */
#include "cli/commands/command.h"

const struct command *const commands[] = {
    &command_run,      &command_attach,  &command_ps,     &command_analyze, &command_watch, &command_record,
    &command_snapshot, &command_recover, &command_doctor, &command_explain, NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *command = commands; *command; command++)
        if (g_str_equal((*command)->name, name))
            return *command;
    return NULL;
}
