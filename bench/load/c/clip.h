/* The packed clip, read into messages that are ready to send. ../clip.ts builds it and describes its format. */
#pragma once

#include "bytes.h"

static uint32_t build_chunks(unsigned char *out, int csid, uint32_t ts, int type, uint32_t sid, const unsigned char *body, uint32_t len) {
  unsigned char *o = out;
  *o++ = csid;
  put(o, 3, ts); put(o + 3, 3, len); o[6] = type;
  o[7] = sid; o[8] = sid >> 8; o[9] = sid >> 16; o[10] = sid >> 24;
  o += 11;
  for (uint32_t at = 0; at < len; at += OUT_CHUNK) {
    uint32_t n = len - at < OUT_CHUNK ? len - at : OUT_CHUNK;
    if (at) *o++ = 0xc0 | csid;
    memcpy(o, body + at, n);
    o += n;
  }
  return o - out;
}

static void load_clip(const char *path) {
  FILE *f = fopen(path, "rb");
  if (!f) die("clip");
  unsigned char h[12];
  if (fread(h, 1, 12, f) != 12 || memcmp(h, "LGBC", 4)) die("not a packaged clip");
  clip_count = be(h + 4, 4);
  clip_ms = be(h + 8, 4);
  clip = need(calloc(clip_count, sizeof *clip));
  for (uint32_t i = 0; i < clip_count; i++) {
    if (fread(h, 1, 12, f) != 12) die("clip cut short");
    Message *m = clip + i;
    m->ts = be(h, 4); m->type = h[4]; m->once = h[5]; m->mark = be(h + 6, 2); m->len = be(h + 8, 4);
    unsigned char *body = need(malloc(m->len + 1));
    if (fread(body, 1, m->len, f) != m->len) die("clip cut short");
    m->wire = need(malloc(m->len + m->len / OUT_CHUNK + 16));
    m->size = build_chunks(m->wire, m->type == 8 ? 4 : m->type == 9 ? 6 : 5, m->ts, m->type, 1, body, m->len);
    free(body);
  }
  fclose(f);
}
