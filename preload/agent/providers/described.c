/* SPDX-License-Identifier: MIT */
#include "preload/agent/providers/described.h"

#include <string.h>

#include "preload/agent/emit.h"
#include "preload/agent/providers/provider.h"
#include "preload/agent/surprise.h"

struct described {
    struct control_class source; /* a copy: the control file's may change or go */
    struct provider_method methods[CONTROL_METHODS + 1];
    char cancel_methods[CONTROL_METHODS * CONTROL_NAME_BYTES];
    struct provider provider;
};

static struct described all[PROVIDER_DESCRIBED];
static size_t count;

static const enum scope_operation operations[CONTROL_OPERATIONS] = {
    [CONTROL_ENTER] = SCOPE_ENTER,     [CONTROL_EXIT] = SCOPE_EXIT,
    [CONTROL_CANCEL] = SCOPE_CANCEL,   [CONTROL_DEADLINE] = SCOPE_IMPLICIT_DEADLINE,
    [CONTROL_DELIVER] = SCOPE_DELIVER, [CONTROL_CHILD] = SCOPE_IMPLICIT_CHILD,
};

#define END_TEXT(text) ((text)[sizeof(text) - 1] = '\0')

/* Written by another process: no text of it may go on and on. */
static void end_texts(struct control_class *class)
{
    END_TEXT(class->kind);
    END_TEXT(class->module);
    END_TEXT(class->qualname);
    for (size_t i = 0; i < CONTROL_ATTRIBUTES; i++)
        END_TEXT(class->attributes[i]);
    for (size_t i = 0; i < CONTROL_METHODS; i++)
        END_TEXT(class->methods[i].name);
}

static bool is_cancel(enum scope_operation operation)
{
    return operation == SCOPE_CANCEL || operation == SCOPE_IMPLICIT_DEADLINE || operation == SCOPE_IMPLICIT_CHILD;
}

static void add_methods(struct described *described)
{
    char *end = described->cancel_methods;

    for (size_t i = 0; i < CONTROL_METHODS && described->source.methods[i].name[0]; i++) {
        const struct control_method *source = &described->source.methods[i];
        enum scope_operation operation =
            operations[source->operation < CONTROL_OPERATIONS ? source->operation : CONTROL_ENTER];

        described->methods[i] = (struct provider_method){source->name, operation, true};
        if (!is_cancel(operation))
            continue;
        if (end != described->cancel_methods)
            *end++ = ',';
        end = stpcpy(end, source->name);
    }
}

static const char *attribute(const struct described *described, enum control_attribute which)
{
    const char *name = described->source.attributes[which];

    return *name ? name : NULL;
}

static void make(struct described *described)
{
    add_methods(described);
    described->provider = (struct provider){
        .kind = described->source.kind,
        .module = described->source.module,
        .qualname = described->source.qualname,
        .package = described->source.module,
        .cancel_methods = described->cancel_methods,
        .traits = described->source.traits | TRAIT_DESCRIBED,
        .attributes = {.shield = attribute(described, CONTROL_ATTRIBUTE_SHIELD),
                       .deadline = attribute(described, CONTROL_ATTRIBUTE_DEADLINE),
                       .parent = attribute(described, CONTROL_ATTRIBUTE_PARENT),
                       .cancelled = attribute(described, CONTROL_ATTRIBUTE_CANCELLED),
                       .active = attribute(described, CONTROL_ATTRIBUTE_ACTIVE),
                       .host = attribute(described, CONTROL_ATTRIBUTE_HOST)},
        .methods = described->methods,
    };
}

static struct described *find(const struct control_class *source)
{
    for (size_t i = 0; i < count; i++)
        if (!memcmp(&all[i].source, source, sizeof(*source)))
            return &all[i];
    return NULL;
}

static struct described *add(const struct control_class *source)
{
    struct described *described = count < PROVIDER_DESCRIBED ? &all[count] : NULL;

    if (!described)
        return NULL;
    described->source = *source;
    make(described);
    if (!provider_add(&described->provider))
        return NULL;
    count++;
    return described;
}

static void want(const struct control_class *shared)
{
    struct control_class source = *shared;
    struct described *described;

    end_texts(&source);
    described = find(&source);
    if (!described)
        described = add(&source);
    if (described)
        provider_state(&described->provider)->unwanted = false;
    else
        surprise_notice("Too many scope classes were described to this process by one attach after the other: "
                        "some are not traced");
}

void described_read(void)
{
    const struct control_classes *classes = emit_classes();

    for (size_t i = 0; i < count; i++)
        provider_state(&all[i].provider)->unwanted = true;
    if (!classes || classes->version != CONTROL_CLASSES_VERSION)
        return;
    for (uint32_t i = 0; i < classes->count && i < CONTROL_CLASSES; i++)
        want(&classes->items[i]);
}
