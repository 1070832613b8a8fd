/* SPDX-License-Identifier: MIT */
#include "cli/attach/wishes.h"

#include "cli/error.h"

/* NULL: nothing. */
static const char *too_late(const struct session_options *options)
{
    return options->classes && options->classes->count ? "--providers"
           : options->flight                           ? "--flight-recorder"
                                                       : NULL;
}

gboolean attach_wishes_find(struct attach_wishes *ret_wishes, const struct session_options *options,
                            const struct attach_target *target, const char *name, GError **error)
{
    const gboolean had_lttng = target_mapping(target, "liblttng-ust.so") != NULL;
    *ret_wishes = (struct attach_wishes){
        .preloaded = target->entry && target->enabled,
        .more = !options->lazy_scopes || options->native_stacks || attach_agent_is_joint(target),
        .wait = options->lossless,
        .in_vain = options->lossless && had_lttng && !attach_agent_may_wait(target),
    };
    const char *late = ret_wishes->preloaded ? too_late(options) : NULL;
    return !late ||
           cli_fail(error,
                    "%s has been preloaded since its start: %s must be given to the scopetrace run that starts it",
                    name, late);
}

void attach_wishes_explain(const struct attach_wishes *wishes, GPtrArray *notices)
{
    if (wishes->in_vain)
        g_ptr_array_add(notices,
                        g_strdup("--lossless: the program had LTTng in it before, without leave to make it "
                                 "wait, which is given as that is loaded: it did not wait, and had larger "
                                 "buffers alone"));
}
