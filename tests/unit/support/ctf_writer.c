/* SPDX-License-Identifier: MIT */
#include "tests/unit/support/ctf_writer.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sources/decode.h"

enum {
    HEADER_SIZE = 72, /* of packet header and context, see metadata_head */
    UNKNOWN_ID = 99,  /* of the event that nobody knows */
};

struct ctf_writer {
    FILE *file;
    struct ctf_trace_look look;
    GByteArray *packet; /* the events of the packet under way */
    uint64_t begin_ns, end_ns;
    uint32_t discarded;
    uint64_t instance; /* tells the streams of a trace apart */
};

static const char *const event_names[] = {
    "runtime",     "package",       "provider",    "frame",       "label",        "task_start",   "task_seen",
    "task_name",   "task_done",     "task_end",    "scope_enter", "scope_exit",   "scope_cancel", "scope_deliver",
    "task_cancel", "task_uncancel", "runtime_end", "agent_error", "agent_notice", "library",      "detached",
};

static const char metadata_head[] =
    "/* CTF 1.8 */\n"
    "typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
    "trace { major = 1; minor = 8; uuid = \"%02x000000-0000-0000-0000-000000000000\"; byte_order = %s;\n"
    "  packet.header := struct { u32 magic; u8 uuid[16]; u32 stream_id; u64 stream_instance_id; }; };\n"
    "env { domain = \"ust\"; %s };\n"
    "clock { name = \"c\"; freq = 1000000000; offset = 0; };\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.c.value; } := t64;\n"
    "stream { id = 0; event.header := struct { u32 id; t64 timestamp; };\n"
    "  packet.context := struct { t64 timestamp_begin; t64 timestamp_end; u64 content_size; u64 packet_size;\n"
    "    u64 events_discarded; }; };\n";

static const char *const tsdl_types[] = {
    [DECODE_U8] = "u8 _%s;",      [DECODE_U32] = "u32 _%s;",
    [DECODE_U64] = "u64 _%s;",    [DECODE_F64] = "floating_point { exp_dig = 11; mant_dig = 53; align = 8; } _%s;",
    [DECODE_STR] = "string _%s;", [DECODE_ADDRS] = "u32 _%1$s_length; u64 _%1$s[_%1$s_length];",
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void add_field(GString *metadata, const struct decode_field *field)
{
    g_string_append_printf(metadata, tsdl_types[field->shape], field->name);
}

static void add_head(GString *metadata, const struct ctf_trace_look *look)
{
    g_autofree char *host = look->host ? g_strdup_printf("hostname = \"%s\";", look->host) : g_strdup("");
    g_string_append_printf(metadata, metadata_head, look->uuid, G_BYTE_ORDER == G_LITTLE_ENDIAN ? "le" : "be",
                           host);
}

#pragma GCC diagnostic pop

static size_t fields_written(const struct decode_event *decode, const struct ctf_trace_look *look)
{
    return decode->count > look->older ? decode->count - look->older : 0;
}

static void put(GByteArray *bytes, const void *value, size_t size)
{
    g_byte_array_append(bytes, value, (guint)size);
}

/* LTTng wraps the text into packets; here one is enough. */
static void save_metadata(const char *folder, const GString *text, const struct ctf_trace_look *look)
{
    static const uint32_t magic = 0x75d11d57u, checksum = 0;
    static const uint8_t rest[5] = {0, 0, 0, 1, 8}; /* no compression, encryption, checksum; CTF 1.8 */
    const uint8_t uuid[16] = {look->uuid};
    uint32_t bits = 8 * (uint32_t)(37 + text->len);
    GByteArray *bytes = g_byte_array_new();
    put(bytes, &magic, sizeof magic);
    put(bytes, uuid, sizeof uuid);
    put(bytes, &checksum, sizeof checksum);
    put(bytes, &bits, sizeof bits);
    put(bytes, &bits, sizeof bits);
    put(bytes, rest, sizeof rest);
    put(bytes, text->str, text->len);
    g_autofree char *path = g_build_filename(folder, "metadata", NULL);
    if (!g_file_set_contents(path, (const char *)bytes->data, (gssize)bytes->len, NULL))
        abort();
    g_byte_array_unref(bytes);
}

void ctf_write_metadata(const char *folder, const struct ctf_trace_look *look)
{
    GString *metadata = g_string_new(NULL);
    add_head(metadata, look);
    for (size_t kind = 0; kind < G_N_ELEMENTS(event_names); kind++) {
        const struct decode_event *decode = decode_find(event_names[kind]);
        g_string_append_printf(metadata, "event { name = \"%s:%s\"; id = %zu; stream_id = 0; fields := struct { ",
                               look->provider ? look->provider : "scopetrace", event_names[kind], kind);
        if (look->newer)
            g_string_append(metadata, "string _colour; ");
        for (size_t i = 0; i < decode_common_count; i++)
            add_field(metadata, &decode_common[i]);
        for (size_t i = 0; i < fields_written(decode, look); i++)
            add_field(metadata, &decode->fields[i]);
        g_string_append(metadata, " }; };\n");
    }
    if (look->newer)
        g_string_append_printf(metadata,
                               "event { name = \"scopetrace:from_the_future\"; id = %d; stream_id = 0; "
                               "fields := struct { string _what; }; };\n",
                               UNKNOWN_ID);
    if (look->newer) {
        g_string_append_printf(metadata,
                               "event { name = \"scopetrace:numbered_future\"; id = %d; stream_id = 0; "
                               "fields := struct { ",
                               UNKNOWN_ID + 1);
        for (size_t i = 0; i < decode_common_count; i++)
            add_field(metadata, &decode_common[i]);
        g_string_append(metadata, "string _what; }; };\n");
    }
    g_mkdir_with_parents(folder, 0700);
    save_metadata(folder, metadata, look);
    g_string_free(metadata, TRUE);
}

/* ---- streams ---- */

static void put_field(GByteArray *bytes, const struct event *event, const struct decode_field *field)
{
    static const size_t sizes[] = {[DECODE_U8] = 1, [DECODE_U32] = 4, [DECODE_U64] = 8, [DECODE_F64] = 8};
    const char *source = (const char *)event + field->offset;
    if (field->shape == DECODE_STR) {
        const char *text = *(const char *const *)(const void *)source;
        put(bytes, text ? text : "", text ? strlen(text) + 1 : 1);
    } else if (field->shape == DECODE_ADDRS) {
        uint32_t count = *(const uint32_t *)(const void *)((const char *)event + field->count_offset);
        put(bytes, &count, sizeof count);
        if (count)
            put(bytes, *(const uint64_t *const *)(const void *)source, count * sizeof(uint64_t));
    } else {
        put(bytes, source, sizes[field->shape]);
    }
}

struct ctf_writer *ctf_writer_new(const char *folder, const char *stream, const struct ctf_trace_look *look)
{
    struct ctf_writer *writer = g_new0(struct ctf_writer, 1);
    g_autofree char *path = g_build_filename(folder, stream, NULL);
    writer->file = fopen(path, "we");
    if (!writer->file)
        abort();
    writer->look = *look;
    writer->packet = g_byte_array_new();
    writer->instance = g_str_hash(stream);
    return writer;
}

void ctf_writer_add(struct ctf_writer *writer, const struct event *event)
{
    const struct decode_event *decode = decode_find(event_names[event->kind]);
    uint32_t id = event->kind;
    if (writer->packet->len == 0)
        writer->begin_ns = event->time_ns;
    writer->end_ns = event->time_ns;
    put(writer->packet, &id, sizeof id);
    put(writer->packet, &event->time_ns, sizeof event->time_ns);
    if (writer->look.newer)
        put(writer->packet, "red", 4);
    for (size_t i = 0; i < decode_common_count; i++)
        put_field(writer->packet, event, &decode_common[i]);
    for (size_t i = 0; i < fields_written(decode, &writer->look); i++)
        put_field(writer->packet, event, &decode->fields[i]);
}

static void begin_event(struct ctf_writer *writer, uint32_t id, uint64_t time_ns)
{
    if (writer->packet->len == 0)
        writer->begin_ns = time_ns;
    writer->end_ns = time_ns;
    put(writer->packet, &id, sizeof id);
    put(writer->packet, &time_ns, sizeof time_ns);
}

void ctf_writer_add_unknown(struct ctf_writer *writer, uint64_t time_ns)
{
    g_assert(writer->look.newer);
    begin_event(writer, UNKNOWN_ID, time_ns);
    put(writer->packet, "what", 5);
}

void ctf_writer_add_numbered_unknown(struct ctf_writer *writer, const struct event *event)
{
    g_assert(writer->look.newer);
    begin_event(writer, UNKNOWN_ID + 1, event->time_ns);
    for (size_t i = 0; i < decode_common_count; i++)
        put_field(writer->packet, event, &decode_common[i]);
    put(writer->packet, "what", 5);
}

void ctf_writer_end_packet(struct ctf_writer *writer, uint32_t discarded)
{
    static const uint32_t magic = 0xc1fc1fc1u, stream_id = 0;
    const uint8_t uuid[16] = {writer->look.uuid};
    writer->discarded += discarded;
    uint64_t bits = 8 * (uint64_t)(HEADER_SIZE + writer->packet->len), lost = writer->discarded;
    GByteArray *head = g_byte_array_new();
    put(head, &magic, sizeof magic);
    put(head, uuid, sizeof uuid);
    put(head, &stream_id, sizeof stream_id);
    put(head, &writer->instance, sizeof writer->instance);
    put(head, &writer->begin_ns, sizeof writer->begin_ns);
    put(head, &writer->end_ns, sizeof writer->end_ns);
    put(head, &bits, sizeof bits);
    put(head, &bits, sizeof bits);
    put(head, &lost, sizeof lost);
    g_assert(head->len == HEADER_SIZE);
    fwrite(head->data, 1, head->len, writer->file);
    fwrite(writer->packet->data, 1, writer->packet->len, writer->file);
    g_byte_array_unref(head);
    g_byte_array_set_size(writer->packet, 0);
}

void ctf_writer_close(struct ctf_writer *writer)
{
    if (writer->packet->len)
        ctf_writer_end_packet(writer, 0);
    fclose(writer->file);
    g_byte_array_unref(writer->packet);
    g_free(writer);
}
