/* SPDX-License-Identifier: MIT */
/*
 * The command's options: one table gives parsing, --help, the man page and the completions.
 *
 * A new option is one line in options.c and a member of struct settings; which commands take it follows from its
 * group, and a command names its groups (cli/commands/command.h). Those of the group OPTIONS_FILE can also stand
 * in a configuration file (cli/config).
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_CLI_OPTIONS_H
#define SCOPETRACE_CLI_OPTIONS_H

#include <glib.h>
#include <stddef.h>

#include "analyzer/core/report.h"

enum option_group {
    OPTIONS_SESSION = 1u << 0,  /* how it is traced */
    OPTIONS_REPORT = 1u << 1,   /* what is reported, and how */
    OPTIONS_PROGRAM = 1u << 2,  /* commands that trace a program and judge it */
    OPTIONS_GLOBAL = 1u << 3,   /* every command */
    OPTIONS_ATTACH = 1u << 4,   /* commands that record a program which runs already */
    OPTIONS_PS = 1u << 5,       /* commands that show its state */
    OPTIONS_RECOVER = 1u << 6,  /* commands that make a broken trace readable */
    OPTIONS_ROTATE = 1u << 7,   /* commands that keep a trace, in chunks */
    OPTIONS_SNAPSHOT = 1u << 8, /* commands that read a flight recorder out */
    OPTIONS_FILE = 1u << 9,     /* no command's: what a configuration file may say */
};

/* In the order of their names in the tables of options.c. */
enum settings_buffers { BUFFERS_PER_USER, BUFFERS_PER_PROCESS };
enum settings_scopes { SCOPES_ALL, SCOPES_LAZY };
#define SCOPES_UNSAID (-1)
#define FAIL_NEVER ((int)LEVELS)

/* Strings are borrowed from the arguments, or kept in strings. */
struct settings {
    GStringChunk *strings;
    uint64_t given;   /* a bit per line of option_specs */
    const char *file; /* the configuration file that was applied; NULL: none */
    const char *trace_dir;
    GPtrArray *formats; /* const char *: FORMAT or FORMAT=FILE */
    const char *report_file;
    int fail_on; /* enum level or FAIL_NEVER */
    int fail_on_loss;
    GPtrArray *rules;        /* const char *: RULE=LEVEL, the last one for a rule counts */
    GPtrArray *suppressions; /* const char *: files */
    GPtrArray *providers;    /* const char *: files */
    GPtrArray *debug_dirs;   /* const char *: folders */
    const char *baseline, *config;
    int write_baseline, gen_suppressions;
    int buffers;              /* enum settings_buffers */
    int scopes;               /* enum settings_scopes or SCOPES_UNSAID */
    uint64_t buffer_size;     /* bytes per CPU; 0: as memory allows */
    uint64_t flight_recorder; /* bytes on all CPUs; 0: none */
    GPtrArray *snapshot_on;   /* const char *: conditions */
    const char *rotate;       /* as typed: a size or a time */
    const char *keep;         /* as typed: a number of chunks */
    const char *duration;     /* as typed: "90s" */
    const char *stream;       /* URL of a relay daemon */
    const char *buffer_dir;
    const char *core, *trace;
    int lossless, native, strict, tree, allow_empty, no_color;
    int json;
    int quiet, verbose;
    int help, version;
};

enum option_type {
    OPTION_FLAG,   /* int: set to 1 */
    OPTION_COUNT,  /* int: how often it was given */
    OPTION_TEXT,   /* const char * */
    OPTION_LIST,   /* GPtrArray * of const char * */
    OPTION_INPUT,  /* const char *: a file that is read */
    OPTION_INPUTS, /* GPtrArray * of const char *: files that are read */
    OPTION_CHOICE, /* int: index into choices */
    OPTION_SIZE,   /* uint64_t: bytes, given as 512k, 16M, 1G */
};

struct option_spec {
    char short_name;      /* 0: none */
    const char *name;     /* without the dashes */
    const char *argument; /* its name in the help; NULL: takes none */
    const char *help;
    enum option_type type;
    unsigned groups;
    size_t offset; /* in struct settings */
    const char *const *choices;
};

/* NULL-name terminated, in the order of the help. */
extern const struct option_spec option_specs[];

/* NULL: there is none of this long name in these groups. */
const struct option_spec *option_find(const char *name, unsigned groups);
/* " (did you mean --NAME?)", with prefix for the dashes, of the options in these groups; "": none is near. name
 * need not end after length. To be freed. */
char *options_hint(const char *name, gsize length, unsigned groups, const char *prefix);
/* Whether the command line has it. */
gboolean options_given(const struct option_spec *option, const struct settings *settings);
/* What parsing does with one, but that it does not count as given; value is borrowed as long as settings live,
 * NULL for options that take none. */
gboolean options_store(const struct option_spec *option, const char *value, struct settings *settings,
                       GError **error);

/* Puts the configuration file's name before an error about an option's value, if it came from there. Always FALSE.
 */
gboolean options_blame(const char *name, const struct settings *settings, GError **error);

/* Bytes from "512k", "16M", "1G" or a number. FALSE: it is no size. */
gboolean options_size(const char *text, uint64_t *ret);

void settings_init(struct settings *settings);
void settings_clear(struct settings *settings);

/* Parses the options at the start of arguments (no program name in front) that belong to groups. With
 * until_operand, the first argument that is no option ends them (a program's own options follow it), else options
 * and operands may be mixed; "--" ends them always. Returns the operands, an array to be freed whose strings are
 * borrowed; NULL and error when an option is unknown or misused. */
char **options_parse(char **arguments, unsigned groups, gboolean until_operand, struct settings *settings,
                     GError **error);

#endif
