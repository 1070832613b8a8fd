/* SPDX-License-Identifier: MIT */
#include "preload/agent/statedump.h"

bool statedump_is_mid_life(void)
{
    return false;
}

void statedump_emit(void)
{
}

uint32_t statedump_waiting_stack(const struct task_class *class, PyObject *task)
{
    (void)class;
    (void)task;
    return 0;
}
