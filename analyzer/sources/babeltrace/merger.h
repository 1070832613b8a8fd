/* SPDX-License-Identifier: MIT */
/*
 * What our sink components are made of: events of any number of input ports, merged by time and handed to a
 * client. The library's own muxer (2.0.4) takes a time per message that is linear in the number of streams.
 *
 * Runs in: the command, and babeltrace2 itself. Single-threaded.
 */
#ifndef SCOPETRACE_BABELTRACE_MERGER_H
#define SCOPETRACE_BABELTRACE_MERGER_H

#include <babeltrace2/babeltrace.h>

#include "analyzer/sources/babeltrace/babeltrace.h"

struct merger;

/* The client is borrowed. */
struct merger *merger_new(struct babeltrace_client *client);
/* NULL is accepted. */
void merger_free(struct merger *merger);

/* Adds a port: once when the component is made, and whenever one is connected, so that there is always one more.
 */
bt_self_component_add_port_status merger_add_port(bt_self_component_sink *self);

/* The graph is configured: makes an iterator for each connected port. */
bt_message_iterator_create_from_sink_component_status merger_open(struct merger *merger,
                                                                  bt_self_component_sink *self);

/* Handles some thousand messages: OK, END or AGAIN. A stream that cannot be read ends there, with a note. */
bt_component_class_sink_consume_method_status merger_consume(struct merger *merger);

#endif
