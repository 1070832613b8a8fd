/* SPDX-License-Identifier: MIT */
/*
 * The format "sarif": SARIF 2.1.0 for code-scanning views.
 */
#include "analyzer/core/rule.h"
#include "analyzer/reports/escape.h"
#include "analyzer/reports/json_value.h"
#include "analyzer/reports/place.h"
#include "analyzer/reports/report_formats.h"
#include "analyzer/reports/story.h"

#define SCHEMA_URI "https://json.schemastore.org/sarif-2.1.0.json"
#define ROOT_NAME "%SRCROOT%"
#define FINGERPRINT_NAME "scopetrace/v1"

static json_t *plain_message(const char *text)
{
    json_t *object = json_object();
    json_object_set_new(object, "text", json_value_text(text));
    return object;
}

/* For text from traces: "[this](that)" would be a link, in text as well, and what reorders its neighbours a lie.
 */
static json_t *message(const char *text)
{
    GString *visible = g_string_new(NULL);
    escape_terminal(visible, text);
    g_string_replace(visible, "](", "] (", 0);
    json_t *object = plain_message(visible->str);
    g_string_free(visible, TRUE);
    return object;
}

/* ---- rules ---- */

/* "leaked-cancel" → "LeakedCancel" */
static char *rule_title(const char *name)
{
    GString *title = g_string_new(NULL);
    bool begins = true;
    for (; *name; name++) {
        if (*name != '-')
            g_string_append_c(title, begins ? g_ascii_toupper(*name) : *name);
        begins = *name == '-';
    }
    return g_string_free(title, FALSE);
}

/* The first paragraph below the heading of the rule's page, on one line. */
static char *first_paragraph(const char *page)
{
    g_auto(GStrv) parts = g_strsplit(page, "\n\n", 3);
    return parts[0] && parts[1] ? g_strdelimit(g_strdup(g_strstrip(parts[1])), "\n", ' ') : g_strdup("");
}

static json_t *write_help(const struct rule *rule, const struct report_style *style)
{
    const char *page = style->rule_page ? style->rule_page(rule->name) : NULL;
    g_autofree char *text = g_strdup_printf(
        "%s\n\nWhat it means, an example and the usual fix: scopetrace explain %s", rule->summary, rule->name);
    json_t *help = plain_message(page ? page : text);
    if (page)
        json_object_set_new(help, "markdown", json_value_text(page));
    return help;
}

static json_t *write_full_description(const struct rule *rule, const struct report_style *style)
{
    const char *page = style->rule_page ? style->rule_page(rule->name) : NULL;
    g_autofree char *paragraph = page ? first_paragraph(page) : g_strdup(rule->summary);
    return plain_message(paragraph);
}

/* What code-scanning views sort and filter by. */
static json_t *write_rule_properties(const struct rule *rule)
{
    static const char *const severities[LEVELS] = {
        [LEVEL_NOTE] = "recommendation", [LEVEL_WARNING] = "warning", [LEVEL_ERROR] = "error"};
    return json_pack("{s:[s, s], s:s, s:s}", "tags", "asyncio", "cancellation", "precision", "high",
                     "problem.severity", severities[rule->level]);
}

static json_t *write_rule(const struct rule *rule, const struct report_style *style)
{
    g_autofree char *title = rule_title(rule->name);
    json_t *configuration = json_object();
    json_object_set_new(configuration, "level", json_value_text(level_name(rule->level)));
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_text(rule->name));
    json_object_set_new(object, "name", json_value_text(title));
    json_object_set_new(object, "shortDescription", plain_message(rule->summary));
    json_object_set_new(object, "fullDescription", write_full_description(rule, style));
    json_object_set_new(object, "help", write_help(rule, style));
    json_object_set_new(object, "defaultConfiguration", configuration);
    json_object_set_new(object, "properties", write_rule_properties(rule));
    return object;
}

static json_t *write_driver(const struct report_style *style)
{
    json_t *list = json_array();
    for (const struct rule *const *rule = rules; *rule; rule++)
        json_array_append_new(list, write_rule(*rule, style));
    json_t *driver = json_object();
    json_object_set_new(driver, "name", json_string("scopetrace"));
    json_object_set_new(driver, "version", json_string(SCOPETRACE_VERSION));
    json_object_set_new(driver, "rules", list);
    return driver;
}

/* ---- locations ---- */

/* What relative locations are relative to. Where that is on this machine is nobody's business. */
static json_t *write_bases(void)
{
    return json_pack("{s:{s:{s:s}}}", ROOT_NAME, "description", "text", "The root of the repository.");
}

/* Below the root: relative to it, so that the report means the same on every machine. */
static json_t *write_artifact(const char *path)
{
    json_t *artifact = json_object();
    if (path[0] == '/') {
        g_autofree char *uri = g_filename_to_uri(path, NULL, NULL);
        json_object_set_new(artifact, "uri", json_value_text(uri ? uri : "file:///"));
        return artifact;
    }
    g_autofree char *uri = g_uri_escape_string(path, "/", FALSE);
    json_object_set_new(artifact, "uri", json_value_text(uri));
    json_object_set_new(artifact, "uriBaseId", json_string(ROOT_NAME));
    return artifact;
}

/* NULL: the frame is in no file. */
static char *file_of(const struct stack_frame *frame, const struct report_process *process,
                     const struct report_style *style)
{
    g_autofree char *path = frame ? place_path(frame, process, style) : NULL;
    return !path || path[0] == '<' || path[0] == '?' ? NULL : g_steal_pointer(&path);
}

/* Code-scanning views refuse a whole file for one result that is nowhere. */
static bool has_place(const struct finding *finding, const struct report_style *style)
{
    g_autofree char *file = file_of(place_of_finding(finding), finding->process, style);
    return file != NULL;
}

static json_t *write_physical_location(const struct stack_frame *frame, const struct report_process *process,
                                       const struct report_style *style)
{
    g_autofree char *path = file_of(frame, process, style);
    if (!path)
        return NULL;
    json_t *location = json_object();
    json_object_set_new(location, "artifactLocation", write_artifact(path));
    if (frame->line) {
        json_t *region = json_object();
        json_object_set_new(region, "startLine", json_value_number(frame->line));
        json_object_set_new(location, "region", region);
    }
    return location;
}

static json_t *write_location(const struct stack_frame *frame, const char *text, const struct finding *finding,
                              const struct report_style *style)
{
    json_t *location = json_object();
    json_t *physical = write_physical_location(frame, finding->process, style);
    if (physical)
        json_object_set_new(location, "physicalLocation", physical);
    if (frame && frame->function) {
        json_t *logical = json_object();
        json_object_set_new(logical, "fullyQualifiedName", json_value_text(frame->function));
        json_object_set_new(logical, "kind", json_string("function"));
        json_t *list = json_array();
        json_array_append_new(list, logical);
        json_object_set_new(location, "logicalLocations", list);
    }
    if (text)
        json_object_set_new(location, "message", message(text));
    return location;
}

static json_t *write_locations(const struct finding *finding, const struct report_style *style)
{
    json_t *list = json_array();
    const struct stack_frame *frame = place_of_finding(finding);
    if (frame)
        json_array_append_new(list, write_location(frame, NULL, finding, style));
    return list;
}

/* The steps of the story as a way through the code. */
static json_t *write_code_flows(const struct finding *finding, const struct report_style *style)
{
    g_autoptr(GPtrArray) steps = story_of_finding(finding);
    if (!steps->len)
        return json_array();
    json_t *locations = json_array();
    for (guint i = 0; i < steps->len; i++) {
        const struct story_step *step = g_ptr_array_index(steps, i);
        g_autofree char *file = file_of(place_of_moment(step->moment), finding->process, style);
        if (!file)
            continue;
        json_t *location = json_object();
        json_object_set_new(location, "location",
                            write_location(place_of_moment(step->moment), step->title, finding, style));
        json_array_append_new(locations, location);
    }
    json_t *thread = json_object(), *threads = json_array(), *flow = json_object(), *flows = json_array();
    json_object_set_new(thread, "locations", locations);
    json_array_append_new(threads, thread);
    json_object_set_new(flow, "threadFlows", threads);
    json_array_append_new(flows, flow);
    return flows;
}

/* ---- results ---- */

static json_t *write_properties(const struct finding *finding)
{
    g_autofree char *process = finding->process ? story_process(finding->process) : NULL;
    g_autofree char *task = story_task(&finding->task);
    json_t *properties = json_object();
    json_object_set_new(properties, "confidence", json_value_text(confidence_name(finding->confidence)));
    json_object_set_new(properties, "test", json_value_text(finding->test));
    json_object_set_new(properties, "process", json_value_text(process));
    json_object_set_new(properties, "task", json_value_text(task));
    json_object_set_new(properties, "knownIssue",
                        json_value_text(finding->known_issue ? finding->known_issue->url : NULL));
    return properties;
}

static char *result_message(const struct finding *finding)
{
    GString *text = g_string_new(finding->message);
    if (finding->test && *finding->test)
        g_string_append_printf(text, " In the test %s.", finding->test);
    if (finding->known_issue)
        g_string_append_printf(text, " (%s: %s)", finding->known_issue->id, finding->known_issue->advice);
    return g_string_free(text, FALSE);
}

static json_t *write_result(const struct finding *finding, const struct report_style *style)
{
    g_autofree char *text = result_message(finding);
    json_t *fingerprints = json_object();
    json_object_set_new(fingerprints, FINGERPRINT_NAME,
                        json_value_text(finding->fingerprint ? finding->fingerprint : ""));
    json_t *result = json_object();
    json_object_set_new(result, "ruleId", json_value_text(finding->rule->name));
    for (int i = 0; rules[i]; i++)
        if (rules[i] == finding->rule)
            json_object_set_new(result, "ruleIndex", json_integer(i));
    json_object_set_new(result, "level", json_value_text(level_name(finding->level)));
    json_object_set_new(result, "message", message(text));
    json_object_set_new(result, "locations", write_locations(finding, style));
    json_object_set_new(result, "codeFlows", write_code_flows(finding, style));
    json_object_set_new(result, "partialFingerprints", fingerprints);
    json_object_set_new(result, "occurrenceCount", json_value_number(MAX(finding->count, 1)));
    json_object_set_new(result, "properties", write_properties(finding));
    return result;
}

/* In effect, so that code-scanning views keep it as accepted instead of fixed. */
static json_t *write_accepted(const struct accepted_finding *accepted, const struct report_style *style)
{
    json_t *result = write_result(accepted->finding, style);
    json_t *suppression = json_object(), *suppressions = json_array();
    json_object_set_new(suppression, "kind", json_string("external"));
    json_object_set_new(suppression, "justification",
                        json_value_text(accepted->why == ACCEPTED_BY_BASELINE ? "in the baseline" : accepted->by));
    json_array_append_new(suppressions, suppression);
    json_object_set_new(result, "suppressions", suppressions);
    return result;
}

static json_t *write_results(const struct report *report, const struct report_style *style)
{
    json_t *results = json_array();
    for (guint i = 0; i < report->findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(report->findings, i);
        if (has_place(finding, style))
            json_array_append_new(results, write_result(finding, style));
    }
    for (guint i = 0; report->accepted && i < report->accepted->len; i++) {
        const struct accepted_finding *accepted = g_ptr_array_index(report->accepted, i);
        if (has_place(accepted->finding, style))
            json_array_append_new(results, write_accepted(accepted, style));
    }
    return results;
}

static void add_findings_without_place(json_t *list, const struct report *report, const struct report_style *style)
{
    for (guint i = 0; i < report->findings->len; i++) {
        const struct finding *finding = g_ptr_array_index(report->findings, i);
        if (has_place(finding, style))
            continue;
        json_t *notification = json_object(), *rule = json_object();
        json_object_set_new(rule, "id", json_value_text(finding->rule->name));
        json_object_set_new(notification, "associatedRule", rule);
        json_object_set_new(notification, "level", json_value_text(level_name(finding->level)));
        json_object_set_new(notification, "message", message(finding->message));
        json_array_append_new(list, notification);
    }
}

static void add_notifications(json_t *list, const char *level, const GPtrArray *sentences)
{
    for (guint i = 0; sentences && i < sentences->len; i++) {
        json_t *notification = json_object();
        json_object_set_new(notification, "level", json_string(level));
        json_object_set_new(notification, "message", message(g_ptr_array_index(sentences, i)));
        json_array_append_new(list, notification);
    }
}

static json_t *write_invocations(const struct report *report, const struct report_style *style)
{
    json_t *notifications = json_array();
    add_findings_without_place(notifications, report, style);
    add_notifications(notifications, "warning", report->notices);
    add_notifications(notifications, "note", report->remarks);
    json_t *invocation = json_object(), *list = json_array();
    json_object_set_new(invocation, "executionSuccessful", json_true());
    json_object_set_new(invocation, "toolExecutionNotifications", notifications);
    json_array_append_new(list, invocation);
    return list;
}

gboolean report_write_sarif(const struct report *report, const struct report_style *style, FILE *out,
                            GError **error)
{
    json_t *tool = json_object(), *run = json_object(), *runs = json_array(), *root = json_object();
    json_object_set_new(tool, "driver", write_driver(style));
    json_object_set_new(run, "tool", tool);
    json_object_set_new(run, "originalUriBaseIds", write_bases());
    json_object_set_new(run, "invocations", write_invocations(report, style));
    json_object_set_new(run, "results", write_results(report, style));
    json_array_append_new(runs, run);
    json_object_set_new(root, "$schema", json_string(SCHEMA_URI));
    json_object_set_new(root, "version", json_string("2.1.0"));
    json_object_set_new(root, "runs", runs);
    return json_value_write(root, out, error);
}
