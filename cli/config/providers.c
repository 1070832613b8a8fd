/* SPDX-License-Identifier: MIT */
#include "cli/config/providers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config/toml.h"
#include "cli/error.h"
#include "cli/input.h"
#include "tracepoints/values.h"

#define TABLE "scope"

static const struct {
    const char *key;
    enum control_operation operation;
    gboolean required;
} operations[] = {
    {"enter", CONTROL_ENTER, TRUE},        {"exit", CONTROL_EXIT, TRUE},    {"cancel", CONTROL_CANCEL, FALSE},
    {"deadline", CONTROL_DEADLINE, FALSE}, {"child", CONTROL_CHILD, FALSE}, {"deliver", CONTROL_DELIVER, FALSE},
};

static const struct {
    const char *key;
    enum control_attribute attribute;
} attributes[] = {
    {"shield", CONTROL_ATTRIBUTE_SHIELD}, {"deadline", CONTROL_ATTRIBUTE_DEADLINE},
    {"parent", CONTROL_ATTRIBUTE_PARENT}, {"cancelled", CONTROL_ATTRIBUTE_CANCELLED},
    {"active", CONTROL_ATTRIBUTE_ACTIVE}, {"host", CONTROL_ATTRIBUTE_HOST},
};

static const struct {
    const char *name;
    enum provider_trait trait;
} traits[] = {
    {"level-triggered", TRAIT_LEVEL_TRIGGERED},
    {"hands-up", TRAIT_HANDS_UP},
    {"raises-timeout", TRAIT_RAISES_TIMEOUT},
    {"raises-group", TRAIT_RAISES_GROUP},
    {"rearms", TRAIT_REARMS},
    {"group", TRAIT_GROUP},
    {"reusable", TRAIT_REUSABLE},
};

/* What is being read. */
struct reader {
    const char *file;
    const char *scope; /* its class, or its number while that is not known */
    struct control_class *class;
};

static gboolean wrong(const struct reader *reader, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

static gboolean wrong(const struct reader *reader, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return cli_fail(error, "%s: %s %s: %s", reader->file, TABLE, reader->scope, what);
}

/* ---- names ---- */

/* A Python identifier, as far as can be told without Unicode's tables; with dots: several of them. */
static gboolean is_name(const char *text, gboolean dotted)
{
    gboolean begin = TRUE;
    for (const char *c = text; *c; c++) {
        const gboolean letter = g_ascii_isalpha(*c) || *c == '_' || (*c & 0x80);
        if (letter || (!begin && g_ascii_isdigit(*c)))
            begin = FALSE;
        else if (dotted && !begin && *c == '.')
            begin = TRUE;
        else
            return FALSE;
    }
    return !begin;
}

static gboolean take_name(const struct reader *reader, const char *key, const char *text, gboolean dotted,
                          char *place, size_t size, GError **error)
{
    if (!text || !is_name(text, dotted))
        return wrong(reader, error, "%s: %s is no name of Python's", key, text ? text : "this");
    if (strlen(text) >= size)
        return wrong(reader, error, "%s: %s is longer than %zu characters", key, text, size - 1);
    g_strlcpy(place, text, size);
    return TRUE;
}

/* ---- the keys ---- */

/* "package.module:Class": the two halves have bounds of their own. */
static gboolean take_class(const struct reader *reader, const char *text, GError **error)
{
    struct control_class *class = reader->class;
    g_auto(GStrv) halves = g_strsplit(text, ":", 2);
    if (!halves[0] || !halves[1])
        return wrong(reader, error, "class: MODULE:CLASS is wanted, as in \"myapp.timeouts:Deadline\"");
    return take_name(reader, "class", halves[0], TRUE, class->module, sizeof class->module, error) &&
           take_name(reader, "class", halves[1], TRUE, class->qualname, sizeof class->qualname, error);
}

/* What reports call it when nothing else is said: the package's name and the class's. */
static void name_kind(struct control_class *class)
{
    g_auto(GStrv) packages = g_strsplit(class->module, ".", 2);
    const char *dot = strrchr(class->qualname, '.');
    const char *name = dot ? dot + 1 : class->qualname;
    g_autofree char *kind =
        g_str_equal(packages[0], "__main__") ? g_strdup(name) : g_strconcat(packages[0], ".", name, NULL);
    g_strlcpy(class->kind, kind, sizeof class->kind);
}

static gboolean take_kind(const struct reader *reader, const json_t *value, GError **error)
{
    const char *text = json_string_value(value);
    struct control_class *class = reader->class;
    if (!value) {
        name_kind(class);
        return TRUE;
    }
    if (!text || !*text || strlen(text) >= sizeof class->kind)
        return wrong(reader, error, "kind: a name of at most %zu characters is wanted", sizeof class->kind - 1);
    g_strlcpy(class->kind, text, sizeof class->kind);
    return TRUE;
}

static gboolean add_method(const struct reader *reader, const char *key, enum control_operation operation,
                           const json_t *value, GError **error)
{
    struct control_class *class = reader->class;
    struct control_method method = {.operation = operation};
    if (!take_name(reader, key, json_string_value(value), FALSE, method.name, sizeof method.name, error))
        return FALSE;
    for (size_t i = 0; i < CONTROL_METHODS; i++) {
        if (g_str_equal(class->methods[i].name, method.name))
            return wrong(reader, error, "%s: %s is named twice", key, method.name);
        if (!class->methods[i].name[0]) {
            class->methods[i] = method;
            return TRUE;
        }
    }
    return wrong(reader, error, "%s: more than %u methods", key, CONTROL_METHODS);
}

/* A name, or an array of names. */
static gboolean take_methods(const struct reader *reader, const char *key, enum control_operation operation,
                             json_t *value, GError **error)
{
    size_t index;
    json_t *element;
    if (!json_is_array(value))
        return add_method(reader, key, operation, value, error);
    json_array_foreach(value, index, element)
    {
        if (!add_method(reader, key, operation, element, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean cancels(const struct control_class *class)
{
    for (size_t i = 0; i < CONTROL_METHODS && class->methods[i].name[0]; i++)
        if (class->methods[i].operation != CONTROL_ENTER && class->methods[i].operation != CONTROL_EXIT)
            return TRUE;
    return FALSE;
}

static gboolean take_all_methods(const struct reader *reader, const json_t *table, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(operations); i++) {
        const char *key = operations[i].key;
        json_t *value = json_object_get(table, key);
        if (operations[i].required && json_is_array(value) && !json_array_size(value))
            value = NULL;
        if (!value && operations[i].required)
            return wrong(reader, error, "%s: the name of a method is wanted", key);
        if (value && !take_methods(reader, key, operations[i].operation, value, error))
            return FALSE;
    }
    /* Its cancels would be taken for somebody else's. */
    return cancels(reader->class) ||
           wrong(reader, error, "cancel, deadline, child or deliver: the name of a method that cancels is wanted");
}

static gboolean take_trait(const struct reader *reader, const json_t *value, GError **error)
{
    const char *name = json_string_value(value);
    g_autoptr(GString) known = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(traits); i++) {
        if (name && g_str_equal(traits[i].name, name)) {
            reader->class->traits |= traits[i].trait;
            return TRUE;
        }
        g_string_append_printf(known, "%s%s", i ? ", " : "", traits[i].name);
    }
    return wrong(reader, error, "traits: %s is none; an array of some of %s is wanted", name ? name : "this",
                 known->str);
}

/* A scope that is not meant to take back its requests is no scope. */
static gboolean take_traits(const struct reader *reader, const json_t *value, GError **error)
{
    size_t index;
    json_t *element;
    reader->class->traits = TRAIT_TAKES_BACK;
    if (value && !json_is_array(value))
        return take_trait(reader, NULL, error);
    json_array_foreach(value, index, element)
    {
        if (!take_trait(reader, element, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean take_attribute(const struct reader *reader, const char *key, const json_t *value, GError **error)
{
    g_autofree char *path = g_strconcat("attributes.", key, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        if (g_str_equal(attributes[i].key, key))
            return take_name(reader, path, json_string_value(value), FALSE,
                             reader->class->attributes[attributes[i].attribute], CONTROL_NAME_BYTES, error);
    return wrong(reader, error, "%s: unknown; shield, deadline, parent, cancelled, active and host are known",
                 path);
}

static gboolean take_attributes(const struct reader *reader, json_t *value, GError **error)
{
    const char *key;
    json_t *name;
    if (value && !json_is_object(value))
        return wrong(reader, error, "attributes: a table is wanted, as in { deadline = \"_when\" }");
    json_object_foreach(value, key, name)
    {
        if (!take_attribute(reader, key, name, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_keys(const struct reader *reader, json_t *table, GError **error)
{
    static const char *const others[] = {"class", "kind", "traits", "attributes"};
    const char *key;
    json_t *value;
    json_object_foreach(table, key, value)
    {
        gboolean known = FALSE;
        for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
            known |= g_str_equal(others[i], key);
        for (size_t i = 0; i < G_N_ELEMENTS(operations); i++)
            known |= g_str_equal(operations[i].key, key);
        if (!known)
            return wrong(reader, error, "%s: unknown key; see the PROVIDERS section of the man page", key);
    }
    return TRUE;
}

/* ---- the file ---- */

static gboolean is_known(const struct control_classes *classes, const struct control_class *class)
{
    for (uint32_t i = 0; i < classes->count; i++)
        if (g_str_equal(classes->items[i].module, class->module) &&
            g_str_equal(classes->items[i].qualname, class->qualname))
            return TRUE;
    return FALSE;
}

static gboolean add_scope(struct control_classes *classes, const char *file, size_t number, json_t *table,
                          GError **error)
{
    struct control_class class = {.traits = 0};
    g_autofree char *place = g_strdup_printf("%zu", number);
    struct reader reader = {.file = file, .scope = place, .class = &class};
    const char *name = json_string_value(json_object_get(table, "class"));
    memset(&class, 0, sizeof class); /* compared as bytes in the target */
    if (!name)
        return wrong(&reader, error, "class: MODULE:CLASS is wanted, as in \"myapp.timeouts:Deadline\"");
    reader.scope = name;
    if (!take_class(&reader, name, error) || !check_keys(&reader, table, error) ||
        !take_kind(&reader, json_object_get(table, "kind"), error) || !take_all_methods(&reader, table, error) ||
        !take_traits(&reader, json_object_get(table, "traits"), error) ||
        !take_attributes(&reader, json_object_get(table, "attributes"), error))
        return FALSE;
    if (is_known(classes, &class))
        return wrong(&reader, error, "class: is described twice");
    if (classes->count == CONTROL_CLASSES)
        return wrong(&reader, error, "more than %u classes", CONTROL_CLASSES);
    classes->items[classes->count++] = class;
    return TRUE;
}

static gboolean add_all(struct control_classes *classes, const char *file, json_t *root, GError **error)
{
    json_t *scopes = json_object_get(root, TABLE), *table;
    size_t index;
    if (json_object_size(root) != 1 || !json_array_size(scopes))
        return cli_fail(error, "%s: describes no scopes: tables [[%s]] are wanted, and nothing else", file, TABLE);
    json_array_foreach(scopes, index, table)
    {
        if (!add_scope(classes, file, index + 1, table, error))
            return FALSE;
    }
    return TRUE;
}

/* One of these classes among them, from TOML text; file is its name in errors. */
static gboolean add_file(struct control_classes *classes, const char *file, const char *text, GError **error)
{
    unsigned line = 0;
    char *message = NULL;
    json_t *root = toml_read(text, &line, &message);
    if (!root) {
        cli_fail(error, "%s:%u: this is not TOML: %s", file, line, message);
        free(message);
        return FALSE;
    }
    classes->version = CONTROL_CLASSES_VERSION;
    const gboolean good = add_all(classes, file, root, error);
    json_decref(root);
    return good;
}

gboolean providers_read(const GPtrArray *files, struct control_classes *ret, GError **error)
{
    memset(ret, 0, sizeof *ret);
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *text = NULL;
        gsize size;
        if (!input_read("providers", files->pdata[i], &text, &size, error) ||
            !add_file(ret, files->pdata[i], text, error))
            return FALSE;
    }
    return TRUE;
}
