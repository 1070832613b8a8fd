/* SPDX-License-Identifier: MIT */
#include "cli/config/configuration.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/policy/policy.h"
#include "cli/config/toml.h"
#include "cli/error.h"
#include "cli/input.h"

#define OWN_FILE "scopetrace.toml"
#define SHARED_FILE "pyproject.toml"
#define SHARED_NAME "scopetrace"
#define SHARED_TABLE "tool." SHARED_NAME
#define RULES "rules"

/* The file that is being applied. */
struct configuration {
    struct settings *settings;
    unsigned groups;
    const char *file;
    char *folder;
};

/* ---- finding and reading ---- */

static gboolean read_toml(const char *file, const char *text, json_t **ret, GError **error)
{
    unsigned line = 0;
    char *message = NULL;
    *ret = toml_read(text, &line, &message);
    if (*ret)
        return TRUE;
    cli_fail(error, "%s:%u: this is not TOML: %s", file, line, message);
    free(message);
    return FALSE;
}

static gboolean read_text(const char *file, char **ret, GError **error)
{
    gsize size;
    return input_read("config", file, ret, &size, error) &&
           (strlen(*ret) == size || cli_fail(error, "%s: this is not TOML: there are zero bytes in it", file));
}

/* The table of a file that other tools have too: what does not name ours is none of our business. */
static gboolean read_shared(const char *file, const char *text, json_t **ret, GError **error)
{
    json_t *root;
    if (!strstr(text, SHARED_NAME))
        return TRUE;
    if (!read_toml(file, text, &root, error))
        return FALSE;
    *ret = json_incref(json_object_get(json_object_get(root, "tool"), SHARED_NAME));
    json_decref(root);
    return TRUE;
}

/* *ret NULL: there is no configuration. */
static gboolean read_file(const char *file, json_t **ret, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *name = g_path_get_basename(file);
    if (!read_text(file, &text, error))
        return FALSE;
    return g_str_equal(name, SHARED_FILE) ? read_shared(file, text, ret, error)
                                          : read_toml(file, text, ret, error);
}

static const char *usual_file(void)
{
    static const char *const files[] = {OWN_FILE, SHARED_FILE};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (g_file_test(files[i], G_FILE_TEST_IS_REGULAR))
            return files[i];
    return NULL;
}

/* ---- applying ---- */

static gboolean wrong_value(const struct configuration *configuration, const char *key, const char *wanted,
                            GError **error)
{
    return cli_fail(error, "%s: %s: %s is wanted", configuration->file, key, wanted);
}

static gboolean wrong_type(const struct configuration *configuration, const struct option_spec *option,
                           GError **error)
{
    return cli_fail(error, "%s: %s: %s is wanted, in quotes", configuration->file, option->name, option->argument);
}

/* A file that is read lies beside the configuration file. */
static char *resolve(const struct configuration *configuration, const struct option_spec *option,
                     const char *value)
{
    const gboolean is_input = option->type == OPTION_INPUT || option->type == OPTION_INPUTS;
    if (!is_input || g_path_is_absolute(value) || g_str_equal(configuration->folder, "."))
        return g_strdup(value);
    return g_build_filename(configuration->folder, value, NULL);
}

static gboolean store(const struct configuration *configuration, const struct option_spec *option,
                      const char *value, GError **error)
{
    g_autofree char *resolved = resolve(configuration, option, value);
    const char *kept = g_string_chunk_insert(configuration->settings->strings, resolved);
    if (options_store(option, kept, configuration->settings, error))
        return TRUE;
    g_prefix_error(error, "%s: ", configuration->file);
    return FALSE;
}

static bool takes_array(const struct option_spec *option)
{
    return option->type == OPTION_LIST || option->type == OPTION_INPUTS;
}

static bool is_of_strings(const json_t *array)
{
    size_t index;
    const json_t *element;
    json_array_foreach(array, index, element)
    {
        if (!json_is_string(element))
            return false;
    }
    return true;
}

/* Of each key, whether this command has a use for it or not: the one that has may come an hour later. */
static gboolean check_type(const struct configuration *configuration, const struct option_spec *option,
                           const json_t *value, GError **error)
{
    if (!option->argument)
        return json_is_boolean(value) || wrong_value(configuration, option->name, "true or false", error);
    if (takes_array(option) && json_is_array(value))
        return is_of_strings(value) || wrong_value(configuration, option->name, "an array of strings", error);
    return json_is_string(value) || wrong_type(configuration, option, error);
}

static gboolean apply_texts(const struct configuration *configuration, const struct option_spec *option,
                            const json_t *value, GError **error)
{
    size_t index;
    const json_t *element;
    json_array_foreach(value, index, element)
    {
        if (!store(configuration, option, json_string_value(element), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean apply_value(const struct configuration *configuration, const struct option_spec *option,
                            const json_t *value, GError **error)
{
    if (!option->argument)
        return json_is_false(value) || options_store(option, NULL, configuration->settings, error);
    if (json_is_array(value))
        return apply_texts(configuration, option, value, error);
    return store(configuration, option, json_string_value(value), error);
}

/* Here, where the file can still be named. */
static gboolean check_rule(const struct configuration *configuration, const char *setting, GError **error)
{
    struct policy *policy = policy_new(NULL);
    const gboolean good = policy_set_rule(policy, setting, error);
    policy_free(policy);
    if (!good)
        g_prefix_error(error, "%s: [" RULES "]: ", configuration->file);
    return good;
}

/* The levels of the file stand before those of the command line, which win. */
static gboolean apply_rules(const struct configuration *configuration, json_t *rules, GError **error)
{
    GPtrArray *list = configuration->settings->rules;
    const char *rule;
    json_t *level;
    if (!json_is_object(rules))
        return wrong_value(configuration, RULES, "a table", error);
    json_object_foreach(rules, rule, level)
    {
        if (!json_is_string(level))
            return wrong_value(configuration, rule, "off, note, warning or error", error);
        g_autofree char *setting = g_strconcat(rule, "=", json_string_value(level), NULL);
        if (!check_rule(configuration, setting, error))
            return FALSE;
        g_ptr_array_insert(list, 0, g_string_chunk_insert(configuration->settings->strings, setting));
    }
    return TRUE;
}

/* What is often meant. */
static gboolean unknown_key(const struct configuration *configuration, const char *key, json_t *value,
                            GError **error)
{
    g_autofree char *dashed = g_strdelimit(g_strdup(key), "_", '-');
    if (option_find(dashed, OPTIONS_FILE))
        return cli_fail(error, "%s: %s: unknown key; write %s", configuration->file, key, dashed);
    if (g_str_equal(key, "rule"))
        return cli_fail(error, "%s: rule: unknown key; write a table [" RULES "], a level per rule",
                        configuration->file);
    if (option_find(key, ~0u))
        return cli_fail(error, "%s: %s: unknown key; this option belongs on the command line: --%s",
                        configuration->file, key, key);
    if (g_str_equal(key, "tool") && json_object_get(value, SHARED_NAME))
        return cli_fail(error, "%s: [" SHARED_TABLE "]: is for " SHARED_FILE "; here the keys stand by themselves",
                        configuration->file);
    g_autofree char *hint = options_hint(key, strlen(key), OPTIONS_FILE, "");
    return cli_fail(error, "%s: %s: unknown key%s; see scopetrace run --help for the options", configuration->file,
                    key, hint);
}

static gboolean apply_key(const struct configuration *configuration, const char *key, json_t *value,
                          GError **error)
{
    const struct option_spec *option = option_find(key, OPTIONS_FILE);
    if (g_str_equal(key, RULES))
        return apply_rules(configuration, value, error);
    if (!option)
        return unknown_key(configuration, key, value, error);
    if (!check_type(configuration, option, value, error))
        return FALSE;
    if (!(option->groups & configuration->groups) || options_given(option, configuration->settings))
        return TRUE;
    return apply_value(configuration, option, value, error);
}

static gboolean apply_all(const struct configuration *configuration, json_t *root, GError **error)
{
    const char *key;
    json_t *value;
    if (!json_is_object(root))
        return wrong_value(configuration, SHARED_TABLE, "a table", error);
    json_object_foreach(root, key, value)
    {
        if (!apply_key(configuration, key, value, error))
            return FALSE;
    }
    return TRUE;
}

gboolean configuration_apply(struct settings *settings, unsigned groups, GError **error)
{
    const char *file = settings->config ? settings->config : usual_file();
    json_t *root = NULL;
    if (!file)
        return TRUE;
    if (!read_file(file, &root, error))
        return FALSE;
    if (!root && settings->config)
        return cli_fail(error, "--config: %s: has no table [" SHARED_TABLE "]; write one, or give another file",
                        file);
    settings->file = g_string_chunk_insert(settings->strings, file);
    g_autofree char *folder = g_path_get_dirname(file);
    const struct configuration configuration = {
        .settings = settings, .groups = groups, .file = file, .folder = folder};
    const gboolean good = !root || apply_all(&configuration, root, error);
    json_decref(root);
    return good;
}
