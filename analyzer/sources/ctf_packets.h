/* SPDX-License-Identifier: MIT */
/*
 * The packets of CTF files as LTTng lays them out: enough to see where a damaged file stops being whole.
 * libbabeltrace2 2.0 does not come back from some cut metadata, and gives up a trace for one cut stream.
 *
 * Runs in: the command.
 */
#ifndef SCOPETRACE_SOURCES_CTF_PACKETS_H
#define SCOPETRACE_SOURCES_CTF_PACKETS_H

#include <glib.h>
#include <stdint.h>

enum ctf_metadata {
    CTF_METADATA_PACKETS, /* as LTTng writes it: the data streams have the layout that is known here */
    CTF_METADATA_TEXT,    /* plain, as other tools write it */
    CTF_METADATA_WHOLE_2, /* of CTF 2, which LTTng writes from 2.15 on */
    CTF_METADATA_EMPTY,   /* LTTng writes it when the session ends */
    CTF_METADATA_CUT,     /* ends within a packet or an object */
    CTF_METADATA_FOREIGN, /* is no CTF metadata, or cannot be read */
};

enum ctf_metadata ctf_metadata_look(const char *path);

/* How many bytes of a data stream file are whole packets from its beginning, and how long it is. FALSE when it
 * cannot be read. */
gboolean ctf_stream_measure(const char *path, uint64_t *ret_whole, uint64_t *ret_size);

/* The file, a copy of a stream, ends within the packet that begins at `whole`: makes the packet end with the
 * file. FALSE when there is no such packet. The event that was cut is still there and cannot be read. */
gboolean ctf_stream_end_packet(int file, uint64_t whole, uint64_t size);

#endif
