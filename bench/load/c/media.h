/* Incoming messages: media, commands, control. Probes check them here. */
#pragma once

#include "client.h"

static void keep_delay(uint64_t ns) {
  if (delay_count == delay_cap) delays = need(realloc(delays, (delay_cap = delay_cap * 2 + 4096) * sizeof *delays));
  delays[delay_count++] = ns / 1000;
}

static void on_media(Conn *c, int type, uint32_t ts, const unsigned char *b, uint32_t have) {
  if (have < 2) return;
  if (b[1] == 0 && (type == 9 ? (b[0] & 15) == 7 : b[0] >> 4 == 10)) return; /* a sequence header is no picture yet */
  uint64_t t = now_ns();
  if (!c->t_media) c->t_media = t;
  if (type == 9 && b[0] >> 4 == 1 && !c->t_picture) c->t_picture = t;
  c->state = PLAYING;
  if (!c->probe) {
    if (c->t_picture) c->discard = 1;
    return;
  }
  if (c->has_ts && (int32_t)(ts - c->last_ts) < 0) c->backwards++;
  c->last_ts = ts; c->has_ts = 1;
  if (type == 8) {
    c->audio++;
    /* Merging and interleaving do not change the timestamps of a track. */
    if (c->has_audio && ts > c->last_audio && ts - c->last_audio > AUDIO_GAP_MS) c->lost += (ts - c->last_audio - 1) / 22;
    c->last_audio = ts; c->has_audio = 1;
  } else if (have >= MARK_AT + 24 && !memcmp(b + MARK_AT - 16, MARK_ID, 16)) {
    uint32_t seq = get_hex(b + MARK_AT + 16, 8);
    c->video++;
    if (c->has_seq && seq != c->last_seq + 1) {
      if (seq > c->last_seq) c->lost += seq - c->last_seq - 1;
      else c->backwards++;
    }
    c->last_seq = seq; c->has_seq = 1;
    if (t_mark) keep_delay(t - get_hex(b + MARK_AT, 16));
  }
}

static int amf_is(const unsigned char *b, uint32_t n, const char *word) {
  size_t len = strlen(word);
  return n >= 3 + len && b[0] == 2 && be(b + 1, 2) == len && !memcmp(b + 3, word, len);
}

static void on_command(Conn *c, const unsigned char *b, uint32_t n) {
  if (amf_is(b, n, "_result")) {
    uint64_t bits = n >= 19 ? (uint64_t)be(b + 11, 4) << 32 | be(b + 15, 4) : 0;
    double transaction;
    memcpy(&transaction, &bits, 8);
    if (transaction == 1) send_create_stream(c);
    if (transaction == 2 && n >= 29) {
      bits = (uint64_t)be(b + 21, 4) << 32 | be(b + 25, 4);
      double sid;
      memcpy(&sid, &bits, 8);
      c->sid = sid;
      c->state = WAITING;
      send_start(c);
    }
  } else if (amf_is(b, n, "_error")) close_conn(c, "_error");
  else if (amf_is(b, n, "onStatus")) {
    if (c->publisher && memmem(b, n, "Publish.Start", 13)) c->state = PLAYING;
    else if (memmem(b, n, "error", 5)) close_conn(c, "onStatus error");
  }
}

static void on_message(Conn *c, int type, uint32_t ts, const unsigned char *b, uint32_t have, uint32_t len) {
  if (type == 8 || type == 9) on_media(c, type, ts, b, have);
  else if (type == 20) on_command(c, b, have);
  else if (type == 1 && len == 4) c->p->in_chunk = be(b, 4) & 0x7fffffff;
  else if (type == 4 && len >= 6 && be(b, 2) == 6) {
    unsigned char pong[6];
    put(pong, 2, 7); memcpy(pong + 2, b + 2, 4);
    send_message(c, 2, 4, 0, pong, 6);
  }
}
