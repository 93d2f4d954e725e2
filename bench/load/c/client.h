/* The small messages that clients send. */
#pragma once

#include "clip.h"

static void close_conn(Conn *c, const char *why) {
  if (c->state == CLOSED) return;
  if (getenv("BENCH_DEBUG")) fprintf(stderr, "close stream %d publisher %d probe %d: %s\n", c->stream, c->publisher, c->probe, why);
  close(c->fd);
  c->state = CLOSED;
  free(c->p); c->p = NULL;
  free(c->pending); c->pending = NULL;
}

static void send_all(Conn *c, const void *b, size_t n) {
  /* Handshake and commands fit into any send buffer, so a short write means that the connection is broken. */
  if (send(c->fd, b, n, MSG_NOSIGNAL) != (ssize_t)n) close_conn(c, "short write");
}

static void send_message(Conn *c, int csid, int type, uint32_t sid, const unsigned char *body, uint32_t len) {
  unsigned char out[2048];
  send_all(c, out, build_chunks(out, csid, 0, type, sid, body, len));
}

static unsigned char *amf_text(unsigned char *o, const char *s) {
  size_t n = strlen(s);
  *o++ = 2; put(o, 2, n); memcpy(o + 2, s, n);
  return o + 2 + n;
}
static unsigned char *amf_number(unsigned char *o, double v) {
  uint64_t bits;
  memcpy(&bits, &v, 8);
  *o++ = 0; put(o, 4, bits >> 32); put(o + 4, 4, bits);
  return o + 8;
}
static unsigned char *amf_field(unsigned char *o, const char *key, const char *value) {
  size_t n = strlen(key);
  put(o, 2, n); memcpy(o + 2, key, n);
  return amf_text(o + 2 + n, value);
}

static void send_connect(Conn *c) {
  unsigned char b[1024], *o = b, size[4];
  char url[128];
  put(size, 4, OUT_CHUNK);
  send_message(c, 2, 1, 0, size, 4);
  snprintf(url, sizeof url, "rtmp://127.0.0.1:%d/%s", rtmp_port, app);
  o = amf_number(amf_text(o, "connect"), 1);
  *o++ = 3;
  o = amf_field(o, "app", app);
  o = amf_field(o, "type", "nonprivate");
  o = amf_field(o, "flashVer", c->publisher ? "FMLE/3.0 (compatible; bench)" : "LNX 9,0,124,2");
  o = amf_field(o, "tcUrl", url);
  put(o, 3, 9);
  send_message(c, 3, 20, 0, b, o + 3 - b);
}

static void send_create_stream(Conn *c) {
  unsigned char b[64], *o = amf_number(amf_text(b, "createStream"), 2);
  *o++ = 5;
  send_message(c, 3, 20, 0, b, o - b);
}

static void send_start(Conn *c) {
  unsigned char b[256], *o = b;
  char name[32];
  snprintf(name, sizeof name, "s%d", c->stream);
  o = amf_number(amf_text(o, c->publisher ? "publish" : "play"), 3);
  *o++ = 5;
  o = amf_text(o, name);
  if (c->publisher) o = amf_text(o, "live");
  send_message(c, 8, 20, c->sid, b, o - b);
  if (!c->publisher) {
    unsigned char buflen[10];
    put(buflen, 2, 3); put(buflen + 2, 4, c->sid); put(buflen + 6, 4, 1000);
    send_message(c, 2, 4, 0, buflen, 10);
  }
}

static void send_http(Conn *c) {
  char b[256];
  int n = snprintf(b, sizeof b, "GET /%s/s%d.flv HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n", app, c->stream, http_port);
  send_all(c, b, n);
}
