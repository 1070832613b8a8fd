/* SPDX-License-Identifier: MIT */
#if !defined(__x86_64__) && !defined(__aarch64__)
#include "cli/attach/arch.h"

const struct arch *const arch_native = NULL;
#endif
