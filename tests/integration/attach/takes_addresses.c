/* SPDX-License-Identifier: MIT */
/*
 * Python in a program that is not position-independent and takes the addresses of close() and dup2(): to the whole
 * process those functions are then stubs of this program's, which call by its own references.
 * takes_addresses LIBPYTHON ARGUMENT…
 */
#include <dlfcn.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    int (*volatile const closes)(int) = close;
    int (*volatile const duplicates)(int, int) = dup2;
    void *library = count > 1 ? dlopen(arguments[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    int (*run)(int, char **) = library ? (int (*)(int, char **))dlsym(library, "Py_BytesMain") : NULL;

    if (!run || (void *)closes == dlsym(RTLD_NEXT, "close") || (void *)duplicates == dlsym(RTLD_NEXT, "dup2"))
        return 2;
    return run(count - 1, arguments + 1);
}
