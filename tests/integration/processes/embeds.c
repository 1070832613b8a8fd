/* SPDX-License-Identifier: MIT */
/* Embeds Python and initializes it again and again: embeds LIBPYTHON TIMES CODE. Prints a line per life. LIBPYTHON
 * may be empty: it is linked in. With FREE_THREADED defined the interpreter says that it has no GIL. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef FREE_THREADED
const char *Py_GetVersion(void);

const char *Py_GetVersion(void)
{
    return "3.14.2 free-threading build (main, Dec  5 2025, 16:49:16) [GCC 12.2.0]";
}
#endif

static void *function(void *library, const char *name)
{
    void *symbol = dlsym(library, name);

    if (!symbol) {
        fprintf(stderr, "no %s\n", name);
        exit(2);
    }
    return symbol;
}

int main(int count, char **arguments)
{
    void *library = count == 4 ? dlopen(*arguments[1] ? arguments[1] : NULL, RTLD_NOW | RTLD_GLOBAL) : NULL;
    void (*initialize)(int);
    int (*run)(const char *);
    int (*finalize)(void);

    if (!library)
        return 2;
    *(void **)&initialize = function(library, "Py_InitializeEx");
    *(void **)&run = function(library, "PyRun_SimpleString");
    *(void **)&finalize = function(library, "Py_FinalizeEx");
    for (long times = strtol(arguments[2], NULL, 10); times > 0; times--) {
        initialize(1);
        if (run(arguments[3]) != 0)
            return 1;
        printf("%d\n", finalize());
    }
    return 0;
}
