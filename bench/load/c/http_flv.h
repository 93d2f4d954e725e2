/* HTTP-FLV to messages. */
#pragma once

#include "media.h"

static void push_flv(Conn *c, const unsigned char *b, size_t n) {
  Parser *p = c->p;
  while (n && c->state != CLOSED && !c->discard) {
    if (p->flv_skip) {
      size_t take = p->flv_skip < n ? p->flv_skip : n;
      p->flv_skip -= take; b += take; n -= take;
      continue;
    }
    if (p->tag_have < 11) {
      p->tag[p->tag_have++] = *b++; n--;
      if (p->tag_have == 11) p->tag_len = be(p->tag + 1, 3);
      if (p->tag_have < 11 || p->tag_len) continue;
    }
    uint32_t body = p->tag_have - 11;
    size_t take = p->tag_len - body < n ? p->tag_len - body : n;
    if (body < HEAD) memcpy(p->tag + 11 + body, b, take < HEAD - body ? take : HEAD - body);
    p->tag_have += take; b += take; n -= take;
    if (p->tag_have - 11 < p->tag_len) continue;
    uint32_t ts = be(p->tag + 4, 3) | (uint32_t)p->tag[7] << 24;
    p->tag_have = 0; p->flv_skip = 4;
    if (p->tag[0] == 8 || p->tag[0] == 9) on_media(c, p->tag[0], ts, p->tag + 11, p->tag_len < HEAD ? p->tag_len : HEAD);
  }
}

/* The head of the response, then its body with or without chunked transfer coding. */
static void push_http(Conn *c, const unsigned char *b, size_t n) {
  Parser *p = c->p;
  while (n && c->state != CLOSED && !c->discard) {
    if (!p->http) {
      if (p->line_have == sizeof p->line - 1) { close_conn(c, "endless reply head"); return; }
      p->line[p->line_have++] = *b++; n--;
      if (p->line_have < 4 || memcmp(p->line + p->line_have - 4, "\r\n\r\n", 4)) continue;
      p->line[p->line_have] = 0;
      if (strncmp(p->line + 9, "200", 3)) { close_conn(c, p->line); return; }
      p->chunked = strcasestr(p->line, "transfer-encoding: chunked") != NULL;
      p->http = 1; p->line_have = 0; p->flv_skip = 13; /* FLV header and PreviousTagSize0 */
      c->state = WAITING;
      continue;
    }
    if (!p->chunked) { push_flv(c, b, n); return; }
    if (p->chunk_left) {
      size_t take = p->chunk_left < n ? p->chunk_left : n;
      push_flv(c, b, take);
      if (c->state == CLOSED || !c->p) return;
      p->chunk_left -= take; b += take; n -= take;
      continue;
    }
    char ch = *b++; n--;
    if (ch != '\n') { if (p->line_have < 32) p->line[p->line_have++] = ch; continue; }
    p->line[p->line_have] = 0;
    if (p->line[0] != '\r' && p->line_have) p->chunk_left = strtoull(p->line, NULL, 16); /* an empty line ends the chunk before */
    p->line_have = 0;
  }
}
