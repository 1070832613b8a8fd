/* SPDX-License-Identifier: MIT */
#include "preload/agent/of_interpreter.h"

#include <stdbool.h>
#include <string.h>

#include "preload/agent/bypass.h"
#include "preload/agent/hook_registry.h"
#include "preload/agent/identity.h"
#include "preload/agent/python_api.h"
#include "preload/agent/trace_tree.h"

/* The linker's names for the ends of the section. */
extern char __start_of_interpreter[] __attribute__((visibility("hidden")));
extern char __stop_of_interpreter[] __attribute__((visibility("hidden")));

static bool is_set_up OF_INTERPRETER;
static void (*tell)(void);

static void forget(void)
{
    bypass_forget();
    hook_registry_forget();
    identity_forget();
    trace_tree_forget();
    memset(__start_of_interpreter, 0, (size_t)(__stop_of_interpreter - __start_of_interpreter));
    if (tell)
        tell();
}

int of_interpreter_setup(void (*gone)(void))
{
    tell = gone;
    if (!is_set_up)
        is_set_up = Py_AtExit(forget) == 0;
    return is_set_up ? 0 : -1;
}
