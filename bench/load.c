/*
 * The load generator: publishers and viewers of one benchmark run, in one thread around one epoll.
 *
 * It is told what to do line by line on standard input and answers with one JSON object per line:
 *
 *   publish COUNT SPREAD_MS                         publish streams 0..COUNT-1, their starts spread over SPREAD_MS
 *   join rtmp|flv COUNT RATE PROBES STALLED TIMEOUT_MS   join COUNT viewers, RATE of them a second
 *   mark                                            begin a window: all figures of `report` count from here
 *   report                                          the figures of the window
 *   quit
 *
 * Joins, marks and reports may be repeated: viewers join those who are there, each mark begins a new window, and `joined`
 * and `pictures` are of the last join.
 *
 * Viewers must cost next to nothing, or the machine measures them and not the server: once a viewer has seen its
 * first keyframe its bytes are discarded inside the kernel (recv with MSG_TRUNC copies nothing). Only probes go on
 * parsing: they check that no message is missing and read the send time that publishers put into each video frame.
 *
 * Ends by itself when standard input closes or after the number of seconds given on the command line.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define OUT_CHUNK 4096
#define ACK_EVERY 2500000
#define HEAD 512        /* bytes kept of each incoming message: enough for commands and for the mark */
#define CHUNK_STREAMS 16
#define MARK_AT 28      /* of the mark's digits in a video message; the 16 bytes before it are MARK_ID */
#define AUDIO_GAP_MS 40 /* an AAC frame of 48 kHz lasts 21.3 ms: more than this between two means one is missing */

static const unsigned char MARK_ID[16] = "livego-bench-ts.";

typedef struct { uint32_t ts, len; uint8_t type, once; uint16_t mark; uint32_t size; unsigned char *wire; } Message;
static Message *clip;
static uint32_t clip_count, clip_ms;

typedef struct {
  uint32_t csid, ts, delta, len, sid, have;
  uint8_t type, ext, used;
  unsigned char head[HEAD];
} ChunkStream;

typedef struct {
  /* RTMP */
  uint32_t handshake, in_chunk, left;
  unsigned char s1[1536];
  unsigned char hdr[18];
  int hdr_have;
  ChunkStream *cur, cs[CHUNK_STREAMS];
  /* HTTP-FLV */
  int http, chunked;
  char line[4096];
  uint32_t line_have;
  uint64_t chunk_left;
  int chunk_state;
  uint32_t tag_have, tag_len, flv_skip;
  unsigned char tag[11 + HEAD];
} Parser;

enum { CONNECTING, HANDSHAKE, SETUP, WAITING, PLAYING, CLOSED };

typedef struct {
  int fd, stream, batch;
  uint8_t publisher, flv, probe, stalled, state, discard, status;
  uint32_t sid;
  Parser *p;
  uint64_t bytes, bytes_mark, next_ack;
  uint64_t t_start, t_media, t_picture, before_mark;
  /* probe */
  uint32_t last_seq, last_audio, last_ts;
  uint8_t has_seq, has_audio, has_ts;
  uint64_t lost, backwards, video, audio;
  /* publisher */
  uint64_t base, sent, sent_mark, late_max;
  uint32_t cursor, loop, seq;
  unsigned char *pending;
  uint32_t pending_at, pending_len;
} Conn;

static Conn **conns, **pubs;
static uint32_t conn_count, conn_cap, pub_count;
static int ep, rtmp_port, http_port;
static const char *app;
static uint64_t total_bytes, total_bytes_mark, t_mark;
static double cpu_mark;
static uint32_t *delays;
static size_t delay_count, delay_cap;
static int batch;
static struct { int active, flv, probes, stalled, rate; uint32_t total, started, first; uint64_t t0, deadline; } job;
static struct { int active; uint64_t deadline; } starting;
/*
 * Viewers that only discard are not in the epoll: they are read in turn, once in this time. Were each of them waited
 * for, every write of the server would pay for waking this program up, which a viewer at the far end of a network
 * never costs it.
 */
static uint64_t sweep_ns;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + t.tv_nsec;
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what) {
  printf("{\"event\":\"error\",\"message\":\"%s: %s\"}\n", what, strerror(errno));
  fflush(stdout);
  exit(1);
}

static void *need(void *memory) {
  if (!memory) die("out of memory");
  return memory;
}

static uint32_t be(const unsigned char *b, int n) {
  uint32_t v = 0;
  while (n--) v = v << 8 | *b++;
  return v;
}

static void put(unsigned char *b, int n, uint32_t v) {
  while (n--) { b[n] = v & 255; v >>= 8; }
}

static void put_hex(unsigned char *b, int n, uint64_t v) {
  while (n--) { b[n] = "0123456789abcdef"[v & 15]; v >>= 4; }
}

static uint64_t get_hex(const unsigned char *b, int n) {
  uint64_t v = 0;
  while (n--) { v = v << 4 | (*b <= '9' ? *b - '0' : *b - 'a' + 10); b++; }
  return v;
}

/* The clip */

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

/* Small messages that clients send */

static void close_conn(Conn *c, const char *why) {
  if (c->state == CLOSED) return;
  if (getenv("BENCH_DEBUG")) fprintf(stderr, "close stream %d publisher %d probe %d: %s\n", c->stream, c->publisher, c->probe, why);
  close(c->fd);
  c->state = CLOSED;
  free(c->p); c->p = NULL;
  free(c->pending); c->pending = NULL;
}

static void send_all(Conn *c, const void *b, size_t n) {
  /* Handshake and commands fit any send buffer; a short write here means that the connection is broken. */
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

/* Incoming messages */

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
    /* Merging and interleaving leave each track's own clock alone. */
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

/* RTMP chunks to messages */

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

/* How many bytes this chunk's header has, as far as the bytes at hand can tell. */
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

/* HTTP-FLV to messages */

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

/* The reply's head, then its body with or without chunked transfer coding. */
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

/* Sockets */

static Conn *open_conn(void) {
  Conn *c = need(calloc(1, sizeof *c));
  c->p = need(calloc(1, sizeof *c->p));
  c->p->in_chunk = 128;
  if (conn_count == conn_cap) conns = need(realloc(conns, (conn_cap = conn_cap * 2 + 256) * sizeof *conns));
  conns[conn_count++] = c;
  c->batch = batch;
  c->next_ack = ACK_EVERY;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) die("socket");
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  /* No TIME_WAIT: thousands of viewers a run would use up the ports of the machine. */
  struct linger off = {1, 0};
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &off, sizeof off);
  return c;
}

static void start_conn(Conn *c, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  c->t_start = now_ns();
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
  if (connect(c->fd, (struct sockaddr *)&a, sizeof a) < 0 && errno != EINPROGRESS) close_conn(c, strerror(errno));
}

static void open_viewer(uint32_t index) {
  Conn *c = open_conn();
  c->flv = job.flv;
  c->stream = index % (pub_count ? pub_count : 1);
  /* Probes stand evenly in the order of joining, so that the first and the last of a fan-out both count. */
  c->probe = job.probes && (uint64_t)index * job.probes / job.total != (uint64_t)(index + 1) * job.probes / job.total;
  c->stalled = !c->probe && job.stalled && (uint64_t)index * job.stalled / job.total != (uint64_t)(index + 1) * job.stalled / job.total;
  if (c->stalled) {
    /* Fixed, so that it fills within two seconds. Far smaller ones make the kernel of this one machine, which is both
     * ends, spend its time on collapsing the receive queue, and that would be charged to the server. */
    int small = 131072;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  start_conn(c, job.flv ? http_port : rtmp_port);
}

static void watch(Conn *c, uint32_t events) {
  struct epoll_event e = {.events = events, .data.ptr = c};
  if (c->state != CLOSED) epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
}

static unsigned char buffer[1 << 18];

static void flush_pending(Conn *c) {
  while (c->pending_at < c->pending_len) {
    ssize_t n = send(c->fd, c->pending + c->pending_at, c->pending_len - c->pending_at, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN) close_conn(c, strerror(errno));
      return;
    }
    c->pending_at += n;
  }
  c->pending_len = c->pending_at = 0;
  watch(c, EPOLLIN);
}

static void on_ready(Conn *c, uint32_t events) {
  if (c->state == CLOSED) return;
  if (c->state == CONNECTING && events & EPOLLOUT) {
    c->state = HANDSHAKE;
    watch(c, EPOLLIN);
    if (c->flv) send_http(c);
    else {
      unsigned char c0c1[1537] = {3};
      for (int i = 9; i < 1537; i++) c0c1[i] = i * 7;
      send_all(c, c0c1, 1537);
    }
    if (c->state == CLOSED) return;
  } else if (events & EPOLLOUT && c->pending_len) {
    flush_pending(c);
    if (c->state == CLOSED) return;
  }
  if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))) return;
  if (c->stalled && c->state == PLAYING) { close_conn(c, "stalled viewer was dropped"); return; }
  ssize_t n = c->discard ? recv(c->fd, buffer, 1 << 30, MSG_TRUNC) : recv(c->fd, buffer, sizeof buffer, 0);
  if (n <= 0) {
    if (n == 0 || errno != EAGAIN) close_conn(c, n ? strerror(errno) : "end of stream");
    return;
  }
  c->bytes += n;
  if (!c->publisher) total_bytes += n;
  if (!c->discard) {
    if (c->flv) push_http(c, buffer, n);
    else push_rtmp(c, buffer, n);
    if (c->discard && c->state != CLOSED) { free(c->p); c->p = NULL; }
    if (c->stalled && c->state == PLAYING) watch(c, EPOLLRDHUP);
    else if (c->discard && sweep_ns && c->state != CLOSED) epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, NULL);
  }
  if (!c->flv && c->state != CLOSED && c->bytes >= c->next_ack) {
    unsigned char ack[4];
    c->next_ack = c->bytes + ACK_EVERY;
    put(ack, 4, c->bytes);
    send_message(c, 2, 3, 0, ack, 4);
  }
}

/* Publishing in real time */

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

/* Commands and figures */

static int by_value32(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

static void print_spread(const char *name, uint32_t *v, size_t n) {
  qsort(v, n, sizeof *v, by_value32);
  if (!n) printf(",\"%s\":null", name);
  else printf(",\"%s\":{\"count\":%zu,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name, n, v[n / 2] / 1e3, v[(n * 99) / 100] / 1e3, v[n - 1] / 1e3);
}

static void print_figures(const char *event) {
  uint32_t playing = 0, closed = 0, stalled = 0, stalled_closed = 0, pictures = 0, measured = 0, short_ones = 0, long_ones = 0, joined = 0, pub_alive = 0;
  uint64_t lost = 0, backwards = 0, video = 0, audio = 0, sent = 0, late = 0;
  double low = 1e9, high = 0, sum = 0;
  /* What was on its way when the window opened or closed: merging over 350 ms and a keyframe. Chunk headers add 1 %. */
  double slack = t_mark ? 0.02 + 0.6 / ((now_ns() - t_mark) / 1e9) : 0;
  uint32_t *media = need(malloc((conn_count + 1) * 4)), *picture = need(malloc((conn_count + 1) * 4));
  size_t medias = 0, n_picture = 0;
  for (uint32_t i = 0; i < conn_count; i++) {
    Conn *c = conns[i];
    if (c->publisher) {
      sent += c->sent - c->sent_mark;
      pub_alive += c->state == PLAYING;
      if (c->late_max > late) late = c->late_max;
      continue;
    }
    if (c->stalled) { stalled++; stalled_closed += c->state == CLOSED; continue; }
    playing += c->state == PLAYING;
    closed += c->state == CLOSED;
    lost += c->lost; backwards += c->backwards; video += c->video; audio += c->audio;
    if (c->batch == batch) {
      joined++;
      pictures += c->t_picture != 0;
      if (c->t_media) media[medias++] = (c->t_media - c->t_start) / 1000;
      if (c->t_picture) picture[n_picture++] = (c->t_picture - c->t_start) / 1000;
    }
    if (!c->before_mark || !pub_count) continue;
    Conn *p = pubs[c->stream];
    if (p->sent == p->sent_mark) continue;
    double ratio = (double)(c->bytes - c->bytes_mark) / (p->sent - p->sent_mark);
    measured++; sum += ratio;
    if (ratio < low) low = ratio;
    if (ratio > high) high = ratio;
    short_ones += ratio < 1 - slack; long_ones += ratio > 1.02 + slack;
  }
  uint64_t t = now_ns();
  printf("{\"event\":\"%s\",\"seconds\":%.6f,\"loadCpuSeconds\":%.4f,\"bytes\":%llu,\"published\":%llu,\"publishers\":%u,\"publisherLateMs\":%.1f,"
         "\"playing\":%u,\"closed\":%u,\"stalled\":%u,\"stalledClosed\":%u,\"joined\":%u,\"pictures\":%u,"
         "\"probes\":{\"lost\":%llu,\"backwards\":%llu,\"video\":%llu,\"audio\":%llu},"
         "\"completeness\":{\"viewers\":%u,\"min\":%.4f,\"mean\":%.4f,\"max\":%.4f,\"short\":%u,\"long\":%u}",
         event, t_mark ? (t - t_mark) / 1e9 : 0, cpu_seconds() - cpu_mark, (unsigned long long)(total_bytes - total_bytes_mark),
         (unsigned long long)sent, pub_alive, late / 1e6, playing, closed, stalled, stalled_closed, joined, pictures,
         (unsigned long long)lost, (unsigned long long)backwards, (unsigned long long)video, (unsigned long long)audio,
         measured, measured ? low : 0, measured ? sum / measured : 0, high, short_ones, long_ones);
  print_spread("delayMs", delays, delay_count);
  print_spread("firstMediaMs", media, medias);
  print_spread("firstPictureMs", picture, n_picture);
  printf("}\n");
  fflush(stdout);
  free(media); free(picture);
}

static void set_mark(void) {
  t_mark = now_ns();
  cpu_mark = cpu_seconds();
  total_bytes_mark = total_bytes;
  delay_count = 0;
  for (uint32_t i = 0; i < conn_count; i++) {
    Conn *c = conns[i];
    c->bytes_mark = c->bytes; c->sent_mark = c->sent;
    c->lost = c->backwards = c->video = c->audio = c->late_max = 0;
    c->before_mark = !c->publisher && !c->stalled && c->state == PLAYING;
  }
  printf("{\"event\":\"mark\"}\n");
  fflush(stdout);
}

static void obey(char *line) {
  int a, b, d, e, f;
  char word[8];
  if (sscanf(line, "publish %d %d", &a, &b) == 2) {
    uint64_t t = now_ns();
    pubs = need(calloc(a, sizeof *pubs));
    for (int i = 0; i < a; i++) {
      Conn *c = pubs[i] = open_conn();
      c->publisher = 1; c->stream = i;
      c->base = t + 300000000ull + (uint64_t)b * 1000000ull * i / a;
      start_conn(c, rtmp_port);
    }
    pub_count = a;
    starting.active = 1;
    starting.deadline = t + 10000000000ull;
  } else if (sscanf(line, "join %7s %d %d %d %d %d", word, &a, &b, &d, &e, &f) == 6) {
    batch++;
    job.active = 1; job.flv = !strcmp(word, "flv"); job.total = a; job.rate = b; job.probes = d; job.stalled = e; job.started = 0;
    job.t0 = now_ns(); job.deadline = job.t0 + (uint64_t)f * 1000000ull; job.first = conn_count;
  } else if (!strncmp(line, "mark", 4)) set_mark();
  else if (!strncmp(line, "report", 6)) print_figures("report");
  else if (!strncmp(line, "quit", 4)) exit(0);
  else die(line);
}

static void read_commands(void) {
  static char text[4096];
  static size_t have;
  ssize_t n = read(0, text + have, sizeof text - 1 - have);
  if (n == 0) exit(0);
  if (n < 0) return;
  have += n;
  text[have] = 0;
  char *from = text, *end;
  while ((end = strchr(from, '\n'))) {
    *end = 0;
    obey(from);
    from = end + 1;
  }
  have = text + have - from;
  memmove(text, from, have);
}

static void sweep(uint64_t t) {
  static uint64_t next;
  if (!sweep_ns || t < next) return;
  next = t + sweep_ns;
  for (uint32_t i = 0; i < conn_count; i++)
    if (conns[i]->discard && !conns[i]->stalled && conns[i]->state != CLOSED) on_ready(conns[i], EPOLLIN);
}

static void go_on(uint64_t t) {
  sweep(t);
  if (starting.active) {
    uint32_t alive = 0, gone = 0;
    for (uint32_t i = 0; i < pub_count; i++) { alive += pubs[i]->state == PLAYING; gone += pubs[i]->state == CLOSED; }
    if (alive + gone == pub_count || t > starting.deadline) {
      starting.active = 0;
      printf("{\"event\":\"published\",\"count\":%u,\"wanted\":%u}\n", alive, pub_count);
      fflush(stdout);
    }
  }
  for (uint32_t i = 0; i < pub_count; i++)
    if (pubs[i]->state == PLAYING) publish_due(pubs[i], t);
  if (!job.active) return;
  uint64_t due = (t - job.t0) * (uint64_t)job.rate / 1000000000ull + 1;
  while (job.started < job.total && job.started < due) open_viewer(job.started++);
  if (job.started < job.total && t < job.deadline) return;
  uint32_t settled = 0;
  for (uint32_t i = job.first; i < conn_count; i++) settled += conns[i]->t_picture || conns[i]->state == CLOSED || (conns[i]->stalled && conns[i]->t_media);
  if (settled < job.total && t < job.deadline) return;
  job.active = 0;
  print_figures("joined");
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: load CLIP RTMP_PORT HTTP_PORT APP MAX_SECONDS READ_EVERY_MS\n");
    return 2;
  }
  load_clip(argv[1]);
  rtmp_port = atoi(argv[2]);
  http_port = atoi(argv[3]);
  app = argv[4];
  alarm(atoi(argv[5]));
  signal(SIGPIPE, SIG_IGN);
  sweep_ns = atoi(argv[6]) * 1000000ull;
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  ep = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event events[2048], in = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(ep, EPOLL_CTL_ADD, 0, &in);
  printf("{\"event\":\"ready\",\"generator\":\"c\"}\n");
  fflush(stdout);
  for (;;) {
    int n = epoll_wait(ep, events, 2048, pub_count || job.active ? 1 : 100);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr) on_ready(events[i].data.ptr, events[i].events);
      else read_commands();
    }
    go_on(now_ns());
  }
}
