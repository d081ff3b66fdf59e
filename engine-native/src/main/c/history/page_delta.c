/*
** Differences between two pages.
*/
#include "page_delta.h"

#include <string.h>

enum { KEEP = 0, LITERAL = 1, FROM_BASE = 2, FROM_PAGE = 3 };

enum {
  WORD = 8,
  SEQUENCE = 4,         /* bytes that the hash tables know places of */
  SHORTEST_KEEP = 4,    /* shorter ones cost as much as they save */
  SHORTEST_COPY = 6,
  SHORT_DIFFERENCE = 24, /* up to here searching costs more than it saves */
  FEW_UNFOUND = 96,      /* so many bytes without a cheap copy call for the hash tables */
  INDEX_STRIDE = 4,      /* places of the base from one that is indexed to the next */
  POINTER_BYTES = 2      /* a new cell moves the page's cell pointers by one of these */
};

size_t hdb_put_varint(unsigned char *out, uint64_t value) {
  size_t bytes = 0;
  while (value >= 0x80) {
    out[bytes++] = (unsigned char)(value | 0x80);
    value >>= 7;
  }
  out[bytes++] = (unsigned char)value;
  return bytes;
}

const unsigned char *hdb_get_varint(const unsigned char *in, const unsigned char *end,
                                    uint64_t *value) {
  uint64_t result = 0;
  for (unsigned shift = 0; shift < 64 && in < end; shift += 7) {
    unsigned char byte = *in++;
    result |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) {
      *value = result;
      return in;
    }
  }
  return 0;
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Checksums and the search for differences load words as little-endian"
#endif

static inline uint32_t load_sequence(const unsigned char *p) {
  uint32_t sequence;
  memcpy(&sequence, p, sizeof sequence);
  return sequence;
}

static inline uint64_t load_word(const unsigned char *p) {
  uint64_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

/* How many bytes are equal from the beginning. */
static inline size_t equal_bytes(const unsigned char *a, const unsigned char *b, size_t most) {
  size_t i = 0;
  while (i + 4 * WORD <= most &&
         ((load_word(a + i) ^ load_word(b + i)) | (load_word(a + i + 8) ^ load_word(b + i + 8)) |
          (load_word(a + i + 16) ^ load_word(b + i + 16)) |
          (load_word(a + i + 24) ^ load_word(b + i + 24))) == 0) {
    i += 4 * WORD;
  }
  while (i + WORD <= most) {
    uint64_t difference = load_word(a + i) ^ load_word(b + i);
    if (difference != 0) return i + (size_t)__builtin_ctzll(difference) / 8;
    i += WORD;
  }
  while (i < most && a[i] == b[i]) i++;
  return i;
}

/* Where, from `i` on, a whole word is equal again. */
static size_t end_of_difference(const unsigned char *page, const unsigned char *base, size_t i,
                                size_t page_size) {
  while (i + WORD <= page_size) {
    uint64_t difference = load_word(page + i) ^ load_word(base + i);
    if (difference == 0) return i;
    /* No word that holds the last byte which differs can be equal. */
    i += WORD - (size_t)__builtin_clzll(difference) / 8;
  }
  return page_size;
}

static uint32_t hash(uint32_t sequence) {
  return (sequence * 2654435761u) >> (32 - HDB_DELTA_HASH_BITS); /* Knuth, TAOCP 3, 6.4 */
}

size_t hdb_delta_bound(size_t page_size) {
  /* Literals cut by copies: no instruction takes more bytes than it stands for, but the
  ** literal's own head. */
  return page_size + page_size / SHORTEST_KEEP + 2 * HDB_MAX_VARINT;
}

typedef struct delta_writer {
  const unsigned char *page;
  unsigned char *out;
  size_t literal_start; /* bytes from here on are not written yet */
  int has_tables;       /* the encoder's tables are of this base */
} delta_writer;

static void write_literal(delta_writer *writer, size_t end) {
  size_t length = end - writer->literal_start;
  if (length > 0) {
    writer->out += hdb_put_varint(writer->out, (uint64_t)length << 2 | LITERAL);
    memcpy(writer->out, writer->page + writer->literal_start, length);
    writer->out += length;
  }
}

static void write_copy(delta_writer *writer, size_t at, int kind, size_t length, size_t argument) {
  write_literal(writer, at);
  writer->out += hdb_put_varint(writer->out, (uint64_t)length << 2 | (unsigned)kind);
  if (kind != KEEP) writer->out += hdb_put_varint(writer->out, argument);
  writer->literal_start = at + length;
}

static void index_base(hdb_delta_encoder *encoder, const unsigned char *base, size_t page_size) {
  memset(encoder, 0, sizeof *encoder);
  for (size_t i = 0; i + SEQUENCE <= page_size; i += INDEX_STRIDE) {
    encoder->base_places[hash(load_sequence(base + i))] = (uint16_t)(i + 1);
  }
}

typedef struct copy {
  size_t length, argument;
  int kind;
} copy;

/* Looks whether the bytes at `i` stand in the base a certain distance away. */
static inline void try_distance(const delta_writer *writer, const unsigned char *base, size_t i,
                         ptrdiff_t distance, size_t page_size, copy *best) {
  if (distance < 0 && (size_t)-distance > i) return;
  size_t place = i + (size_t)distance;
  if (place >= page_size) return;
  size_t room = page_size - (place > i ? place : i);
  if (room < SHORTEST_COPY || load_sequence(writer->page + i) != load_sequence(base + place)) return;
  size_t length = equal_bytes(writer->page + i, base + place, room);
  if (length > best->length) *best = (copy){length, place, FROM_BASE};
}

/* Looks for the bytes at `i` in the hash tables, which learn of them. */
static void try_tables(hdb_delta_encoder *encoder, const delta_writer *writer,
                       const unsigned char *base, size_t i, size_t page_size, copy *best) {
  const unsigned char *page = writer->page;
  if (i + SEQUENCE > page_size) return;
  uint32_t slot = hash(load_sequence(page + i));
  size_t place = encoder->base_places[slot];
  if (place > 0) {
    try_distance(writer, base, i, (ptrdiff_t)place - 1 - (ptrdiff_t)i, page_size, best);
  }
  place = encoder->page_places[slot];
  if (place > 0) {
    size_t length = equal_bytes(page + i, page + place - 1, page_size - i);
    if (length > best->length) *best = (copy){length, i - (place - 1), FROM_PAGE};
  }
  encoder->page_places[slot] = (uint16_t)(i + 1);
}

/*
** Writes the bytes from `i` to `end`, which differ from the base, with copies from
** anywhere: first from where cell pointers and what was copied last have moved, and only
** if that does not help with the tables, which cost some microseconds to fill.
*/
static void encode_difference(hdb_delta_encoder *encoder, delta_writer *writer,
                              const unsigned char *base, size_t i, size_t end, size_t page_size) {
  ptrdiff_t last_distance = 0;
  size_t unfound = 0;
  while (i < end) {
    copy best = {0, 0, LITERAL};
    try_distance(writer, base, i, -POINTER_BYTES, page_size, &best);
    try_distance(writer, base, i, POINTER_BYTES, page_size, &best);
    if (last_distance != 0) try_distance(writer, base, i, last_distance, page_size, &best);
    if (best.length < SHORTEST_COPY && unfound >= FEW_UNFOUND) {
      if (!writer->has_tables) index_base(encoder, base, page_size);
      writer->has_tables = 1;
      try_tables(encoder, writer, base, i, page_size, &best);
    }
    if (best.length >= SHORTEST_COPY) {
      if (best.kind == FROM_BASE) last_distance = (ptrdiff_t)best.argument - (ptrdiff_t)i;
      write_copy(writer, i, best.kind, best.length, best.argument);
      i += best.length;
    } else {
      i++;
      unfound++;
    }
  }
}

size_t hdb_delta_encode(hdb_delta_encoder *encoder, const unsigned char *page,
                        const unsigned char *base, size_t page_size, unsigned char *out) {
  delta_writer writer = {page, out, 0, 0};
  size_t i = 0;

  while (i < page_size) {
    size_t equal = equal_bytes(page + i, base + i, page_size - i);
    if (i + equal == page_size) {
      write_literal(&writer, i);
      writer.literal_start = page_size;
      break;
    }
    if (equal >= SHORTEST_KEEP) write_copy(&writer, i, KEEP, equal, 0);
    i += equal;
    size_t end = end_of_difference(page, base, i, page_size);
    if (end - i > SHORT_DIFFERENCE) {
      encode_difference(encoder, &writer, base, i, end, page_size);
      if (writer.literal_start > end) end = writer.literal_start;
    }
    i = end;
  }
  write_literal(&writer, page_size);
  return (size_t)(writer.out - out);
}

int hdb_delta_apply(const unsigned char *delta, size_t bytes, const unsigned char *base,
                    unsigned char *page, size_t page_size) {
  const unsigned char *end = delta + bytes;
  size_t at = 0;

  while (delta < end) {
    uint64_t head;
    uint64_t argument = 0;
    delta = hdb_get_varint(delta, end, &head);
    if (!delta) return 0;
    unsigned kind = (unsigned)(head & 3);
    uint64_t length = head >> 2;
    if (length == 0 || length > page_size - at) return 0;
    if (kind == FROM_BASE || kind == FROM_PAGE) {
      delta = hdb_get_varint(delta, end, &argument);
      if (!delta) return 0;
    }
    switch (kind) {
      case KEEP:
        memcpy(page + at, base + at, (size_t)length);
        break;
      case LITERAL:
        if (length > (uint64_t)(end - delta)) return 0;
        memcpy(page + at, delta, (size_t)length);
        delta += length;
        break;
      case FROM_BASE:
        if (argument > page_size || length > page_size - argument) return 0;
        memcpy(page + at, base + argument, (size_t)length);
        break;
      default:
        if (argument == 0 || argument > at) return 0;
        for (size_t i = 0; i < length; i++) page[at + i] = page[at + i - argument];
    }
    at += (size_t)length;
  }
  memcpy(page + at, base + at, page_size - at);
  return 1;
}

__extension__ typedef unsigned __int128 wide;

/* A product's upper half, in which all bits of both count, laid over its lower one. */
static inline uint64_t mix(uint64_t a, uint64_t b) {
  wide product = (wide)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
** Sixteen bytes for each multiplication, as mum-hash (Makarov) does it, in four lanes side
** by side.
*/
uint64_t hdb_page_hash(const unsigned char *page, size_t bytes) {
  enum { LANES = 4, STEP = LANES * 2 * WORD };
  static const uint64_t basis[LANES] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                        0x94d049bb133111eb, 0xcbf29ce484222325};
  uint64_t a = basis[0];
  uint64_t b = basis[1];
  uint64_t c = basis[2];
  uint64_t d = basis[3];
  size_t i = 0;

  for (; i + STEP <= bytes; i += STEP) {
    const unsigned char *in = page + i;
    a = mix(a ^ load_word(in), basis[1] ^ load_word(in + WORD));
    b = mix(b ^ load_word(in + 2 * WORD), basis[2] ^ load_word(in + 3 * WORD));
    c = mix(c ^ load_word(in + 4 * WORD), basis[3] ^ load_word(in + 5 * WORD));
    d = mix(d ^ load_word(in + 6 * WORD), basis[0] ^ load_word(in + 7 * WORD));
  }
  for (; i + WORD <= bytes; i += WORD) a = mix(a ^ load_word(page + i), basis[1]);
  for (; i < bytes; i++) a = mix(a ^ page[i], basis[2]);
  return mix(mix(a ^ bytes, b ^ basis[3]), mix(c ^ basis[0], d ^ basis[1]));
}

uint32_t hdb_page_checksum(const unsigned char *page, size_t bytes) {
  return (uint32_t)hdb_page_hash(page, bytes);
}

uint64_t hdb_hash_in_place(const unsigned char *page, size_t page_size, uint32_t number) {
  return mix(hdb_page_hash(page, page_size) ^ number, 0x9e3779b97f4a7c15);
}
