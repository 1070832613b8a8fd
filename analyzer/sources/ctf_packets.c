/* SPDX-License-Identifier: MIT */
#include "analyzer/sources/ctf_packets.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define METADATA_MAGIC 0x75d11d57u
#define STREAM_MAGIC 0xc1fc1fc1u

/* Sizes are in bits, in the byte order of the machine that traced: the magic number tells which. */
struct __attribute__((packed)) metadata_header {
    uint32_t magic;
    uint8_t uuid[16];
    uint32_t checksum, content_size, packet_size;
    uint8_t compression, encryption, checksum_scheme, major, minor;
};

struct __attribute__((packed)) stream_header {
    uint32_t magic;
    uint8_t uuid[16];
    uint32_t stream_id;
    uint64_t stream_instance_id, timestamp_begin, timestamp_end, content_size, packet_size;
};

/* A packet's size in bytes as its header says it; 0: this is no header. */
typedef uint64_t (*packet_sizer)(const void *header);

static uint64_t size_if_sane(uint64_t content_bits, uint64_t packet_bits, size_t header_size)
{
    bool sane = packet_bits % 8 == 0 && content_bits <= packet_bits && content_bits / 8 >= header_size;
    return sane ? packet_bits / 8 : 0;
}

static uint64_t metadata_packet_size(const void *bytes)
{
    const struct metadata_header *header = bytes;
    if (header->magic == METADATA_MAGIC)
        return size_if_sane(header->content_size, header->packet_size, sizeof *header);
    if (header->magic == GUINT32_SWAP_LE_BE(METADATA_MAGIC))
        return size_if_sane(GUINT32_SWAP_LE_BE(header->content_size), GUINT32_SWAP_LE_BE(header->packet_size),
                            sizeof *header);
    return 0;
}

static uint64_t stream_packet_size(const void *bytes)
{
    const struct stream_header *header = bytes;
    if (header->magic == STREAM_MAGIC)
        return size_if_sane(header->content_size, header->packet_size, sizeof *header);
    if (header->magic == GUINT32_SWAP_LE_BE(STREAM_MAGIC))
        return size_if_sane(GUINT64_SWAP_LE_BE(header->content_size), GUINT64_SWAP_LE_BE(header->packet_size),
                            sizeof *header);
    return 0;
}

/* Walks from packet to packet as long as they lie within the file. */
static uint64_t walk(int file, uint64_t size, size_t header_size, packet_sizer packet_size)
{
    uint64_t whole = 0;
    uint64_t header[(sizeof(struct stream_header) + 7) / 8];
    g_assert(header_size <= sizeof header);
    while (pread(file, header, header_size, (off_t)whole) == (ssize_t)header_size) {
        uint64_t packet = packet_size(header);
        if (packet == 0 || packet > size - whole)
            break;
        whole += packet;
    }
    return whole;
}

static int open_and_size(const char *path, uint64_t *ret_size)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && fstat(file, &status) != 0) {
        close(file);
        return -1;
    }
    if (file >= 0)
        *ret_size = (uint64_t)status.st_size;
    return file;
}

/* Metadata may also be plain text, which begins with this. */
static bool is_text(int file)
{
    static const char beginning[] = "/* CTF 1.";
    char bytes[sizeof beginning - 1];
    return pread(file, bytes, sizeof bytes, 0) == (ssize_t)sizeof bytes &&
           memcmp(bytes, beginning, sizeof bytes) == 0;
}

/* The metadata of CTF 2 is a row of JSON objects, each after this character. */
#define RECORD_SEPARATOR '\x1e'

static bool is_json(int file)
{
    char first;
    return pread(file, &first, 1, 0) == 1 && first == RECORD_SEPARATOR;
}

/* A cut between two objects leaves metadata that is whole: its streams then have events of unknown kinds. */
static bool json_ends(int file, uint64_t size)
{
    char last;
    return pread(file, &last, 1, (off_t)size - 1) == 1 && (last == '}' || last == '\n');
}

static enum ctf_metadata look_at_unpacked(int file, uint64_t size)
{
    if (is_json(file))
        return json_ends(file, size) ? CTF_METADATA_WHOLE_2 : CTF_METADATA_CUT;
    return is_text(file) ? CTF_METADATA_TEXT : CTF_METADATA_FOREIGN;
}

static bool is_packed(int file)
{
    uint32_t magic = 0;
    return pread(file, &magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
           (magic == METADATA_MAGIC || magic == GUINT32_SWAP_LE_BE(METADATA_MAGIC));
}

enum ctf_metadata ctf_metadata_look(const char *path)
{
    uint64_t size = 0;
    int file = open_and_size(path, &size);
    if (file < 0)
        return CTF_METADATA_FOREIGN;
    enum ctf_metadata look = CTF_METADATA_EMPTY;
    if (size && is_packed(file))
        look = walk(file, size, sizeof(struct metadata_header), metadata_packet_size) == size
                   ? CTF_METADATA_PACKETS
                   : CTF_METADATA_CUT;
    else if (size)
        look = look_at_unpacked(file, size);
    close(file);
    return look;
}

gboolean ctf_stream_measure(const char *path, uint64_t *ret_whole, uint64_t *ret_size)
{
    int file = open_and_size(path, ret_size);
    if (file < 0)
        return FALSE;
    *ret_whole = walk(file, *ret_size, sizeof(struct stream_header), stream_packet_size);
    close(file);
    return TRUE;
}

gboolean ctf_stream_end_packet(int file, uint64_t whole, uint64_t size)
{
    struct stream_header header;
    uint64_t rest = (size - whole) * 8;
    if (pread(file, &header, sizeof header, (off_t)whole) != (ssize_t)sizeof header)
        return FALSE;
    bool native = header.magic == STREAM_MAGIC;
    if (!native && header.magic != GUINT32_SWAP_LE_BE(STREAM_MAGIC))
        return FALSE;
    uint64_t content = native ? header.content_size : GUINT64_SWAP_LE_BE(header.content_size);
    content = MIN(content, rest);
    header.content_size = native ? content : GUINT64_SWAP_LE_BE(content);
    header.packet_size = native ? rest : GUINT64_SWAP_LE_BE(rest);
    return pwrite(file, &header, sizeof header, (off_t)whole) == (ssize_t)sizeof header;
}
