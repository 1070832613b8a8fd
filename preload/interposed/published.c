/* SPDX-License-Identifier: MIT */
#include "preload/interposed/published.h"

const struct bridge_agent *published;
