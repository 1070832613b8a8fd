/* SPDX-License-Identifier: MIT */
/*
 * Conditions on which a flight recorder is read out: told to the command through the control file.
 *
 * Runs in: the target, any thread. A load or two when nobody wants to know.
 */
#ifndef SCOPETRACE_AGENT_ALARM_H
#define SCOPETRACE_AGENT_ALARM_H

#include <stdint.h>

/* A task's counter went from `before` to `after`. */
void alarm_counter(uint32_t before, uint32_t after);
/* This was the delivery of that number to one task, without effect. */
void alarm_delivery(uint32_t number);

#endif
