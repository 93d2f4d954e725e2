/*
 * Polls by HTTP/1.1 with keep-alive: each connection sends its request again as soon as the response has been read.
 *
 *   poll PORT CONNECTIONS WARM_MS WINDOW_MS FILE
 *
 * FILE holds requests, each ended by an empty line; connections take them in turn. Responses must have status 200 and a
 * Content-Length. One thread around one epoll; bodies are discarded inside the kernel (recv with MSG_TRUNC copies nothing)
 * but for what comes together with the headers. Prints one JSON object with the figures of the window.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 4096, MAX_REQUESTS = 65536 };

typedef struct {
  int fd;
  const char *request;
  size_t request_len;
  char head[HEAD];
  size_t have;
  uint64_t body_left;
  int in_body;
} Conn;

static uint64_t responses, bytes;

static void die(const char *why) {
  fprintf(stderr, "poll: %s\n", why);
  exit(1);
}

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000u + t.tv_nsec / 1000;
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void ask(Conn *c) {
  if (send(c->fd, c->request, c->request_len, MSG_NOSIGNAL) != (ssize_t)c->request_len) die("a request could not be sent");
  c->have = 0;
  c->in_body = 0;
}

static void finish(Conn *c) {
  responses++;
  ask(c);
}

/* Reads the headers, once they are complete. Returns false while they are not. */
static int read_head(Conn *c) {
  c->head[c->have] = 0;
  char *end = strstr(c->head, "\r\n\r\n");
  if (!end) {
    if (c->have == HEAD - 1) die("the headers of a response are too long");
    return 0;
  }
  *end = 0;
  if (strncmp(c->head, "HTTP/1.1 200 ", 13)) {
    fprintf(stderr, "%s\n", c->head);
    die("a response is not 200");
  }
  char *length = strcasestr(c->head, "\r\ncontent-length:");
  if (!length) die("a response has no Content-Length");
  uint64_t total = strtoull(length + 17, NULL, 10), here = c->have - (end + 4 - c->head);
  if (here > total) die("more bytes have arrived than were asked for");
  c->body_left = total - here;
  c->in_body = 1;
  return 1;
}

static void take(Conn *c) {
  for (;;) {
    ssize_t n = c->in_body ? recv(c->fd, NULL, c->body_left, MSG_TRUNC | MSG_DONTWAIT)
                           : recv(c->fd, c->head + c->have, HEAD - 1 - c->have, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) die("a connection was closed");
    bytes += n;
    if (c->in_body) c->body_left -= n;
    else {
      c->have += n;
      if (!read_head(c)) continue;
    }
    if (c->body_left == 0) {
      finish(c);
      return;
    }
  }
}

static Conn *open_conn(int port) {
  Conn *c = calloc(1, sizeof *c);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  if (!c || (c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0) die("no socket");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(c->fd, (struct sockaddr *)&a, sizeof a) < 0) die("the server takes no connection");
  return c;
}

static size_t read_requests(const char *file, const char **starts, size_t *lengths) {
  static char text[1 << 22];
  FILE *f = fopen(file, "r");
  if (!f) die("the file with requests cannot be opened");
  text[fread(text, 1, sizeof text - 1, f)] = 0;
  fclose(f);
  size_t count = 0;
  for (char *from = text, *end; (end = strstr(from, "\r\n\r\n")) && count < MAX_REQUESTS; from = end + 4) {
    starts[count] = from;
    lengths[count++] = end + 4 - from;
  }
  if (count == 0) die("the file holds no request");
  return count;
}

int main(int argc, char **argv) {
  if (argc != 6) die("poll PORT CONNECTIONS WARM_MS WINDOW_MS FILE");
  int port = atoi(argv[1]), connections = atoi(argv[2]), ep = epoll_create1(EPOLL_CLOEXEC);
  static const char *starts[MAX_REQUESTS];
  static size_t lengths[MAX_REQUESTS];
  size_t count = read_requests(argv[5], starts, lengths);
  for (int i = 0; i < connections; i++) {
    Conn *c = open_conn(port);
    c->request = starts[i % count];
    c->request_len = lengths[i % count];
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
    ask(c);
  }
  uint64_t opens = now_us() + atoll(argv[3]) * 1000, closes = 0;
  double cpu = 0;
  for (;;) {
    struct epoll_event events[256];
    int n = epoll_wait(ep, events, 256, 10);
    for (int i = 0; i < n; i++) take(events[i].data.ptr);
    uint64_t t = now_us();
    if (!closes && t >= opens) {
      opens = t, closes = t + atoll(argv[4]) * 1000, responses = bytes = 0, cpu = cpu_seconds();
      /* The parent looks at the server's usage now. */
      puts("open"), fflush(stdout);
    } else if (closes && t >= closes) {
      double seconds = (t - opens) / 1e6;
      printf("{\"responses\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"cpuSeconds\":%.3f}\n", (unsigned long long)responses,
             (unsigned long long)bytes, seconds, cpu_seconds() - cpu);
      return 0;
    }
  }
}
