/* SPDX-License-Identifier: MIT */
/*
 * The format "sarif": SARIF 2.1.0 for code-scanning views.
 */
#include "analyzer/core/rule.h"
#include "analyzer/reports/json_value.h"
#include "analyzer/reports/place.h"
#include "analyzer/reports/report_formats.h"
#include "analyzer/reports/story.h"

#define SCHEMA_URI "https://json.schemastore.org/sarif-2.1.0.json"
#define FINGERPRINT_NAME "scopetrace/v1"

static json_t *message(const char *text)
{
    json_t *object = json_object();
    json_object_set_new(object, "text", json_value_text(text ? text : ""));
    return object;
}

/* ---- rules ---- */

static json_t *write_rule(const struct rule *rule)
{
    g_autofree char *help = g_strdup_printf(
        "%s\n\nWhat it means, an example and the usual fix: scopetrace explain %s", rule->summary, rule->name);
    json_t *configuration = json_object();
    json_object_set_new(configuration, "level", json_value_text(level_name(rule->level)));
    json_t *object = json_object();
    json_object_set_new(object, "id", json_value_text(rule->name));
    json_object_set_new(object, "shortDescription", message(rule->summary));
    json_object_set_new(object, "help", message(help));
    json_object_set_new(object, "defaultConfiguration", configuration);
    return object;
}

static json_t *write_driver(void)
{
    json_t *list = json_array();
    for (const struct rule *const *rule = rules; *rule; rule++)
        json_array_append_new(list, write_rule(*rule));
    json_t *driver = json_object();
    json_object_set_new(driver, "name", json_string("scopetrace"));
    json_object_set_new(driver, "version", json_string(SCOPETRACE_VERSION));
    json_object_set_new(driver, "rules", list);
    return driver;
}

/* ---- locations ---- */

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
    json_object_set_new(artifact, "uriBaseId", json_string("%SRCROOT%"));
    return artifact;
}

/* NULL: the frame is in no file. */
static json_t *write_physical_location(const struct stack_frame *frame, const struct report_process *process,
                                       const struct report_style *style)
{
    g_autofree char *path = frame ? place_path(frame, process, style) : NULL;
    if (!path || path[0] == '<' || path[0] == '?')
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
    if (!finding->known_issue)
        return g_strdup(finding->message);
    return g_strdup_printf("%s (%s: %s)", finding->message, finding->known_issue->id,
                           finding->known_issue->advice);
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
    if (accepted->why == ACCEPTED_BY_BASELINE) {
        json_object_set_new(result, "baselineState", json_string("unchanged"));
        json_object_set_new(suppression, "justification", json_string("in the baseline"));
    } else {
        json_object_set_new(suppression, "justification", json_value_text(accepted->by));
    }
    json_array_append_new(suppressions, suppression);
    json_object_set_new(result, "suppressions", suppressions);
    return result;
}

static json_t *write_results(const struct report *report, const struct report_style *style)
{
    json_t *results = json_array();
    for (guint i = 0; i < report->findings->len; i++)
        json_array_append_new(results, write_result(g_ptr_array_index(report->findings, i), style));
    for (guint i = 0; report->accepted && i < report->accepted->len; i++)
        json_array_append_new(results, write_accepted(g_ptr_array_index(report->accepted, i), style));
    return results;
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

static json_t *write_invocations(const struct report *report)
{
    json_t *notifications = json_array();
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
    json_object_set_new(tool, "driver", write_driver());
    json_object_set_new(run, "tool", tool);
    json_object_set_new(run, "invocations", write_invocations(report));
    json_object_set_new(run, "results", write_results(report, style));
    json_array_append_new(runs, run);
    json_object_set_new(root, "$schema", json_string(SCHEMA_URI));
    json_object_set_new(root, "version", json_string("2.1.0"));
    json_object_set_new(root, "runs", runs);
    return json_value_write(root, out, error);
}
