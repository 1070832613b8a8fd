/* SPDX-License-Identifier: MIT */
/*
 * A component of babeltrace2's own command: `babeltrace2 --component sink.scopetrace.findings TRACE` reports what
 * `scopetrace analyze TRACE` reports. Parameters: format (a name as for -f), output (a file), strict, tree.
 *
 * Runs in: babeltrace2. Single-threaded, like the graph that it is part of.
 */
#include <babeltrace2/babeltrace.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "analyzer/core/analysis.h"
#include "analyzer/reports/format.h"
#include "analyzer/reports/root.h"
#include "analyzer/sources/babeltrace/babeltrace.h"
#include "analyzer/sources/babeltrace/merger.h"
#include "analyzer/sources/missing_events.h"

#define USUAL_WIDTH 80
/* Of the protocol between components: what CTF 2 is read in. Only later ones may mean something else. */
#define NEWEST_MIP 1

struct findings {
    struct babeltrace_client client;
    struct source_notes notes;
    struct merger *merger;
    struct analysis *analysis;
    const struct report_format *format;
    char *output; /* NULL: standard output */
    char *root;   /* the project's folder */
    struct report_style style;
    uint64_t events;
    bool reported;
};

static struct findings *findings_of(bt_self_component_sink *self)
{
    return bt_self_component_get_data(bt_self_component_sink_as_self_component(self));
}

static void feed(void *context, const struct event *event)
{
    struct findings *findings = context;
    findings->events += event->kind != EVENT_LOST;
    analysis_feed(findings->analysis, event);
}

static void expect(void *context, const struct event *events, size_t count)
{
    const struct findings *findings = context;
    analysis_expect(findings->analysis, events, count);
}

static void findings_free(struct findings *findings)
{
    merger_free(findings->merger);
    analysis_free(findings->analysis);
    g_ptr_array_unref(findings->notes.damage);
    g_free(findings->output);
    g_free(findings->root);
    g_free(findings);
}

/* ---- parameters ---- */

#define FAIL(self, ...)                                                                                           \
    bt_current_thread_error_append_cause_from_component(bt_self_component_sink_as_self_component(self), __FILE__, \
                                                        __LINE__, __VA_ARGS__)

/* A string or truth of that name; NULL: not given. Anything else is wrong. */
static bool take_parameter(bt_self_component_sink *self, const bt_value *params, const char *name,
                           bt_value_type type, const bt_value **ret_value)
{
    *ret_value = bt_value_map_borrow_entry_value_const(params, name);
    if (!*ret_value || bt_value_type_is(bt_value_get_type(*ret_value), type))
        return true;
    FAIL(self, "parameter %s: must be a %s", name, type == BT_VALUE_TYPE_BOOL ? "truth: yes or no" : "string");
    return false;
}

static bt_value_map_foreach_entry_const_func_status check_name(const char *name, const bt_value *value, void *self)
{
    static const char *const known[] = {"format", "output", "strict", "tree", NULL};
    (void)value;
    if (g_strv_contains(known, name))
        return BT_VALUE_MAP_FOREACH_ENTRY_CONST_FUNC_STATUS_OK;
    FAIL((bt_self_component_sink *)self, "parameter %s: unknown; format, output, strict and tree are known", name);
    return BT_VALUE_MAP_FOREACH_ENTRY_CONST_FUNC_STATUS_ERROR;
}

static bool take_parameters(bt_self_component_sink *self, struct findings *findings, const bt_value *params)
{
    const bt_value *format, *output, *strict, *tree;
    if (bt_value_map_foreach_entry_const(params, check_name, self) != BT_VALUE_MAP_FOREACH_ENTRY_CONST_STATUS_OK ||
        !take_parameter(self, params, "format", BT_VALUE_TYPE_STRING, &format) ||
        !take_parameter(self, params, "output", BT_VALUE_TYPE_STRING, &output) ||
        !take_parameter(self, params, "strict", BT_VALUE_TYPE_BOOL, &strict) ||
        !take_parameter(self, params, "tree", BT_VALUE_TYPE_BOOL, &tree))
        return false;
    const char *name = format ? bt_value_string_get(format) : "text";
    findings->format = report_format_find(name);
    findings->output = output ? g_strdup(bt_value_string_get(output)) : NULL;
    findings->style = (struct report_style){.width = USUAL_WIDTH,
                                            .strict = strict && bt_value_bool_get(strict),
                                            .tree = tree && bt_value_bool_get(tree)};
    if (!findings->format)
        FAIL(self, "parameter format: %s is no format; text, json and others are: see scopetrace run --help",
             name);
    else if (findings->style.tree && !findings->format->tree)
        FAIL(self, "parameter tree: format %s does not show it; text and json do", name);
    return findings->format && (!findings->style.tree || findings->format->tree);
}

/* ---- the report ---- */

static bool write_report(struct findings *findings, FILE *out, GError **error)
{
    struct report report = *analysis_finish(findings->analysis);
    missing_events_note(findings->client.missing, &findings->notes);
    g_autoptr(GPtrArray) notices = g_ptr_array_new();
    const GPtrArray *const told[] = {report.notices, findings->notes.damage};
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++)
        for (guint j = 0; j < told[i]->len; j++)
            g_ptr_array_add(notices, g_ptr_array_index(told[i], j));
    report.notices = notices;
    return findings->format->write(&report, &findings->style, out, error);
}

static bool report(bt_self_component_sink *self, struct findings *findings)
{
    g_autoptr(GError) error = NULL;
    FILE *out = findings->output ? fopen(findings->output, "we") : stdout;
    findings->reported = true;
    findings->style.root = findings->root;
    bool written = out && write_report(findings, out, &error) && fflush(out) == 0;
    if (!written)
        FAIL(self, "%s: the report cannot be written: %s", findings->output ? findings->output : "standard output",
             error ? error->message : g_strerror(errno));
    if (out && out != stdout)
        fclose(out);
    return written;
}

/* ---- the component class ---- */

static bt_component_class_get_supported_mip_versions_method_status supported(bt_self_component_class_sink *self,
                                                                             const bt_value *params, void *data,
                                                                             bt_logging_level level,
                                                                             bt_integer_range_set_unsigned *ranges)
{
    (void)self, (void)params, (void)data, (void)level;
    return (bt_component_class_get_supported_mip_versions_method_status)bt_integer_range_set_unsigned_add_range(
        ranges, 0, MIN(bt_get_maximal_mip_version(), NEWEST_MIP));
}

static bt_component_class_initialize_method_status initialize(bt_self_component_sink *self,
                                                              bt_self_component_sink_configuration *config,
                                                              const bt_value *params, void *data)
{
    (void)config, (void)data;
    struct findings *findings = g_new0(struct findings, 1);
    findings->notes.damage = g_ptr_array_new_with_free_func(g_free);
    findings->client = (struct babeltrace_client){
        .handler = feed, .expect = expect, .context = findings, .notes = &findings->notes};
    if (!take_parameters(self, findings, params)) {
        findings_free(findings);
        return BT_COMPONENT_CLASS_INITIALIZE_METHOD_STATUS_ERROR;
    }
    findings->root = root_find();
    findings->analysis = analysis_new(&(struct analysis_options){
        .strict = findings->style.strict, .tree = findings->style.tree, .root = findings->root});
    findings->merger = merger_new(&findings->client);
    bt_self_component_set_data(bt_self_component_sink_as_self_component(self), findings);
    return (bt_component_class_initialize_method_status)merger_add_port(self);
}

/* What was read before the graph was interrupted is worth a report, too. */
static void finalize(bt_self_component_sink *self)
{
    struct findings *findings = findings_of(self);
    if (findings->events && !findings->reported && !report(self, findings))
        bt_current_thread_clear_error();
    findings_free(findings);
}

static bt_component_class_port_connected_method_status
port_connected(bt_self_component_sink *self, bt_self_component_port_input *port, const bt_port_output *other)
{
    (void)port, (void)other;
    return (bt_component_class_port_connected_method_status)merger_add_port(self);
}

static bt_component_class_sink_graph_is_configured_method_status configured(bt_self_component_sink *self)
{
    return (bt_component_class_sink_graph_is_configured_method_status)merger_open(findings_of(self)->merger, self);
}

static bt_component_class_sink_consume_method_status consume(bt_self_component_sink *self)
{
    struct findings *findings = findings_of(self);
    bt_component_class_sink_consume_method_status status = merger_consume(findings->merger);
    if (status == BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_END && !report(self, findings))
        return BT_COMPONENT_CLASS_SINK_CONSUME_METHOD_STATUS_ERROR;
    return status;
}

BT_PLUGIN_MODULE();
BT_PLUGIN(scopetrace);
BT_PLUGIN_DESCRIPTION("Cancellation requests gone wrong in Python asyncio programs");
BT_PLUGIN_LICENSE("MIT");
BT_PLUGIN_SINK_COMPONENT_CLASS(findings, consume);
BT_PLUGIN_SINK_COMPONENT_CLASS_DESCRIPTION(findings, "Report what `scopetrace analyze` reports.");
BT_PLUGIN_SINK_COMPONENT_CLASS_HELP(findings,
                                    "Parameters:\n"
                                    "  format=\"NAME\"   text (default), json or another of `scopetrace -f`\n"
                                    "  output=\"FILE\"   where the report goes (default: standard output)\n"
                                    "  strict=yes      list direct requests too\n"
                                    "  tree=yes        list all tasks with their scopes");
BT_PLUGIN_SINK_COMPONENT_CLASS_GET_SUPPORTED_MIP_VERSIONS_METHOD(findings, supported);
BT_PLUGIN_SINK_COMPONENT_CLASS_INITIALIZE_METHOD(findings, initialize);
BT_PLUGIN_SINK_COMPONENT_CLASS_FINALIZE_METHOD(findings, finalize);
BT_PLUGIN_SINK_COMPONENT_CLASS_INPUT_PORT_CONNECTED_METHOD(findings, port_connected);
BT_PLUGIN_SINK_COMPONENT_CLASS_GRAPH_IS_CONFIGURED_METHOD(findings, configured);
