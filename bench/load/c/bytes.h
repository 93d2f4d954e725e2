/* Time, memory and the bytes of numbers. */
#pragma once

#include "state.h"

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
