/* SPDX-License-Identifier: MIT */
/* Looking up the next definition of an interposed function. Runs in: the target. */
#include "preload/interposed/next.h"

#include <dlfcn.h>
#include <stddef.h>

#ifdef INTERPOSED_BY_NAME

/* The one that this library goes before. */
void *next_definition(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#else

#include <elf.h>
#include <link.h>
#include <stdbool.h>

/* In a program that is not position-independent a function whose address it takes has that of the program's own
 * stub, which calls through the very reference that is to be pointed at us. */
static bool is_definition(const void *address)
{
    Dl_info object;
    const ElfW(Sym) *symbol = NULL;
    return dladdr1(address, &object, (void **)&symbol, RTLD_DL_SYMENT) != 0 && symbol != NULL &&
           symbol->st_shndx != SHN_UNDEF;
}

/* The one that all the program finds, which is libc's if no other preload's; this library has no such name. */
void *next_definition(const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    void *libcs = dlsym(RTLD_NEXT, name);
    return found != NULL && found != libcs && is_definition(found) ? found : libcs;
}

#endif

void *next_symbol(void **cache, const char *name)
{
    void *symbol = __atomic_load_n(cache, __ATOMIC_RELAXED);
    if (symbol == NULL) {
        int saved_errno = errno;
        symbol = next_definition(name);
        __atomic_store_n(cache, symbol, __ATOMIC_RELAXED);
        errno = saved_errno;
    }
    return symbol;
}
