/* SPDX-License-Identifier: MIT */
/*
 * How long LTTng in this process waits for its session daemon. One number, LTTNG_UST_REGISTER_TIMEOUT, says both
 * how long its constructor waits, which on attach is nothing, and how long its threads wait for an answer: with
 * nothing, 10 ms. A daemon on a busy machine takes longer, and LTTng then gives up the connection for good.
 *
 * Runs in: the target, after LTTng was loaded by an attach.
 */
#ifndef SCOPETRACE_AGENT_LTTNG_PATIENCE_H
#define SCOPETRACE_AGENT_LTTNG_PATIENCE_H

/* While the variable is as the command's snippet has set it: LTTng looks at it again for each connection. */
void lttng_patience_to_come(void);

/* Of the connections that are there already. */
void lttng_patience_now(void);

#endif
