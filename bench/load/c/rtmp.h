/* RTMP chunks to messages. */
#pragma once

#include "media.h"

static ChunkStream *chunk_stream(Parser *p, uint32_t csid) {
  ChunkStream *free_one = NULL;
  for (int i = 0; i < CHUNK_STREAMS; i++) {
    if (p->cs[i].used && p->cs[i].csid == csid) return p->cs + i;
    if (!p->cs[i].used && !free_one) free_one = p->cs + i;
  }
  if (free_one) { free_one->used = 1; free_one->csid = csid; }
  return free_one;
}

static uint32_t header_csid(const unsigned char *h) {
  return (h[0] & 63) == 0 ? h[1] + 64u : (h[0] & 63) == 1 ? h[1] + 64u + h[2] * 256u : h[0] & 63u;
}

/* The length of this chunk's header, as far as the bytes received so far tell. */
static int header_size(Parser *p) {
  static const int by_format[4] = {11, 7, 3, 0};
  if (p->hdr_have < 1) return 1;
  int base = (p->hdr[0] & 63) == 0 ? 2 : (p->hdr[0] & 63) == 1 ? 3 : 1, format = p->hdr[0] >> 6, n = base + by_format[format];
  if (p->hdr_have < n) return n;
  if (format < 3) return be(p->hdr + base, 3) == 0xffffff ? n + 4 : n;
  ChunkStream *s = chunk_stream(p, header_csid(p->hdr));
  return s && s->ext ? n + 4 : n;
}

static int begin_chunk(Conn *c) {
  Parser *p = c->p;
  ChunkStream *s = chunk_stream(p, header_csid(p->hdr));
  int format = p->hdr[0] >> 6, base = (p->hdr[0] & 63) == 0 ? 2 : (p->hdr[0] & 63) == 1 ? 3 : 1;
  if (!s) { close_conn(c, "too many chunk streams"); return 0; }
  if (format < 3) {
    uint32_t t = be(p->hdr + base, 3);
    s->ext = t == 0xffffff;
    if (s->ext) t = be(p->hdr + p->hdr_have - 4, 4);
    s->delta = t;
    s->ts = format == 0 ? t : s->ts + t;
    if (format < 2) { s->len = be(p->hdr + base + 3, 3); s->type = p->hdr[base + 6]; }
    s->have = 0;
  } else if (s->have == 0) s->ts += s->delta;
  p->cur = s;
  uint32_t rest = s->len - s->have;
  p->left = rest < p->in_chunk ? rest : p->in_chunk;
  return 1;
}

static void push_rtmp(Conn *c, const unsigned char *b, size_t n) {
  Parser *p = c->p;
  while (n && c->state != CLOSED && !c->discard) {
    if (p->handshake < 3073) {
      size_t take = 3073 - p->handshake < n ? 3073 - p->handshake : n;
      for (size_t i = 0; i < take; i++)
        if (p->handshake + i >= 1 && p->handshake + i < 1537) p->s1[p->handshake + i - 1] = b[i];
      p->handshake += take; b += take; n -= take;
      if (p->handshake == 3073) {
        c->state = SETUP;
        send_all(c, p->s1, 1536);
        if (c->state != CLOSED) send_connect(c);
      }
      continue;
    }
    if (!p->cur) {
      int size;
      while ((size = header_size(p)) > p->hdr_have && n) { p->hdr[p->hdr_have++] = *b++; n--; }
      if (header_size(p) > p->hdr_have) return;
      if (!begin_chunk(c)) return;
      p->hdr_have = 0;
    }
    ChunkStream *s = p->cur;
    size_t take = p->left < n ? p->left : n;
    if (s->have < HEAD) memcpy(s->head + s->have, b, take < HEAD - s->have ? take : HEAD - s->have);
    s->have += take; p->left -= take; b += take; n -= take;
    if (p->left) continue;
    p->cur = NULL;
    if (s->have == s->len) {
      s->have = 0;
      on_message(c, s->type, s->ts, s->head, s->len < HEAD ? s->len : HEAD, s->len);
    }
  }
}
