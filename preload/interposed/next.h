/* SPDX-License-Identifier: MIT */
/*
 * Interposing: calling on to the definition of a function of libc that the program would have called without us.
 *
 * Runs in: the target, any thread, also in signal handlers and between vfork and exec. That definition is looked
 * up at the first call, not when the library is loaded, but for those that LTTng's threads call (moved.c); errno
 * is kept.
 */
#ifndef SCOPETRACE_INTERPOSED_NEXT_H
#define SCOPETRACE_INTERPOSED_NEXT_H

#include <errno.h>

/* That definition of `name`; NULL: there is none. */
void *next_definition(const char *name);

/* The same, remembered in *cache. */
void *next_symbol(void **cache, const char *name);

/* Defines next_NAME(), which gives the next definition of `name`, for functions that must be looked up beforehand.
 */
#define NEXT_FUNCTION(name)                                                                                       \
    static void *next_##name##_;                                                                                  \
    static __typeof__(&name) next_##name(void)                                                                    \
    {                                                                                                             \
        return (__typeof__(&name))next_symbol(&next_##name##_, #name);                                            \
    }

/* Calls the next definition of `name`; where libc has none: `failure` with ENOSYS. */
#define CALL_NEXT(failure, name, ...)                                                                             \
    ({                                                                                                            \
        static void *cache_;                                                                                      \
        __typeof__(&name) next_ = (__typeof__(&name))next_symbol(&cache_, #name);                                 \
        next_ != NULL ? next_(__VA_ARGS__) : (errno = ENOSYS, (failure));                                         \
    })

#endif
