/* The sockets of publishers and viewers. */
#pragma once

#include "rtmp.h"
#include "http_flv.h"

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
  /* No TIME_WAIT: thousands of viewers in one run would use up the machine's ports. */
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
  /* Probes are spread evenly over the order of joining, so that the first and the last of a fan-out both count. */
  c->probe = job.probes && (uint64_t)index * job.probes / job.total != (uint64_t)(index + 1) * job.probes / job.total;
  c->stalled = !c->probe && job.stalled && (uint64_t)index * job.stalled / job.total != (uint64_t)(index + 1) * job.stalled / job.total;
  if (c->stalled) {
    /* The size is fixed, so that the buffer fills within two seconds. With a far smaller one the kernel, which serves
     * both ends here, spends its time on collapsing the receive queue, and that would be charged to the server. */
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
