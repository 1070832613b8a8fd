/* SPDX-License-Identifier: MIT */
/*
 * The interpreters that ./dev test has found.
 *
 * Runs in: the tests. Single-threaded.
 */
#ifndef SCOPETRACE_TESTS_PYTHONS_H
#define SCOPETRACE_TESTS_PYTHONS_H

/* "PATH VERSION" each, with a GIL; where nobody looked for them, the machine's own. Of g_strfreev(). */
char **pythons_all(void);
/* Likewise without a GIL; none may be there, which is said. */
char **pythons_free_threaded(void);

/* The shared library of an interpreter, if it is there; NULL: it is static. To be freed. */
char *pythons_library(const char *python);
/* Its sys.base_prefix. To be freed. */
char *pythons_prefix(const char *python);

/* The folder, below build/python, of a package that is compiled for a version: "uvloop-py3.13". To be freed. */
char *pythons_compiled(const char *package, const char *version);

#endif
