/* SPDX-License-Identifier: MIT */
#include "preload/agent/alarm.h"

#include <stddef.h>
#include <unistd.h>

#include "preload/agent/emit.h"

static void raise_alarm(struct control_alarm *alarm)
{
    __atomic_store_n(&alarm->pid, (uint32_t)getpid(), __ATOMIC_RELAXED);
    __atomic_fetch_add(&alarm->times, 1, __ATOMIC_RELEASE);
}

void alarm_counter(uint32_t before, uint32_t after)
{
    struct control_alarm *alarms = emit_alarms();
    uint32_t least = alarms != NULL ? alarms[CONTROL_COUNTER].least : 0;

    if (least != 0 && before < least && after >= least)
        raise_alarm(&alarms[CONTROL_COUNTER]);
}

void alarm_delivery(uint32_t number)
{
    struct control_alarm *alarms = emit_alarms();

    if (alarms != NULL && number != 0 && alarms[CONTROL_STORM].least == number)
        raise_alarm(&alarms[CONTROL_STORM]);
}
