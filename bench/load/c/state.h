/* The generator's state: the clip, the connections, the window and the commands in progress. */
#pragma once

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
#define MARK_AT 28      /* offset of the mark's digits in a video message; the 16 bytes before it are MARK_ID */
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
 * Viewers that only discard are not in the epoll: they are read in turn, once in this time. With each of them in the
 * epoll, every write of the server would pay for waking this program up. A viewer at the far end of a network never
 * costs the server that.
 */
static uint64_t sweep_ns;
