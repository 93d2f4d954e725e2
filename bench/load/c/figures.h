/* The figures of a window. ../load-figures.ts describes them. */
#pragma once

#include "publish.h"

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
  /* Data on its way when the window opened or closed: merging over 350 ms and a keyframe. Chunk headers add 1 %. */
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
