/*
 * The load generator: publishers and viewers of one benchmark run, in one thread around one epoll.
 *
 * Commands come line by line on standard input. Each answer is one JSON object in one line:
 *
 *   publish COUNT SPREAD_MS                         publish streams 0..COUNT-1, their starts spread over SPREAD_MS
 *   join rtmp|flv COUNT RATE PROBES STALLED TIMEOUT_MS   join COUNT viewers, RATE of them a second
 *   mark                                            open a window: all figures of `report` count from here
 *   report                                          the figures of the window
 *   quit
 *
 * Joins, marks and reports may be repeated: viewers join the present ones, each mark opens a new window, and `joined`
 * and `pictures` are of the last join.
 *
 * Viewers must cost next to nothing; otherwise the load is measured and not the server. Once a viewer has seen its first
 * keyframe, its bytes are discarded inside the kernel (recv with MSG_TRUNC copies nothing). Only probes continue to
 * parse: they check that no message is missing and read the send time that publishers put into each video frame.
 *
 * The program ends when standard input closes, or after the number of seconds given on the command line.
 *
 * Its parts are headers in this folder, in one translation unit, so that one call of a compiler builds it.
 */
#include "figures.h"

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

static void advance(uint64_t t) {
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
    advance(now_ns());
  }
}
