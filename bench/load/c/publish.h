/* Publishing in real time. */
#pragma once

#include "connections.h"

static void publish_due(Conn *c, uint64_t t) {
  static unsigned char *scratch;
  static uint32_t scratch_size;
  while (c->state == PLAYING && !c->pending_len) {
    Message *m = clip + c->cursor;
    uint64_t at = (uint64_t)c->loop * clip_ms + m->ts, due = c->base + at * 1000000ull;
    if (due > t) return;
    if (t - due > c->late_max) c->late_max = t - due;
    if (++c->cursor == clip_count) { c->cursor = 0; c->loop++; }
    if (m->once && c->loop) continue;
    if (m->size > scratch_size) scratch = need(realloc(scratch, scratch_size = m->size));
    memcpy(scratch, m->wire, m->size);
    put(scratch + 1, 3, at);
    if (m->mark) {
      put_hex(scratch + 12 + m->mark, 16, now_ns());
      put_hex(scratch + 12 + m->mark + 16, 8, c->seq++);
    }
    c->sent += m->len;
    ssize_t n = send(c->fd, scratch, m->size, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) { close_conn(c, strerror(errno)); return; }
    if (n < 0) n = 0;
    if ((uint32_t)n < m->size) {
      c->pending = need(realloc(c->pending, m->size));
      c->pending_len = m->size - n; c->pending_at = 0;
      memcpy(c->pending, scratch + n, c->pending_len);
      watch(c, EPOLLIN | EPOLLOUT);
    }
  }
}
