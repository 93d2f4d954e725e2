// The answer to `report` and to the end of a join: load-figures.ts describes it.

/** @typedef {import('./load-run.mjs').LoadRun} LoadRun */
/** @typedef {import('./viewer.mjs').Viewer} Viewer */

/** @param {LoadRun} run @param {string} event */
export function buildFigures(run, event) {
  const seconds = run.mark.time ? Number(process.hrtime.bigint() - run.mark.time) / 1e9 : 0;
  const cpu = process.cpuUsage(run.mark.cpu);
  const healthy = run.viewers.filter((one) => !one.stalled);
  const latest = healthy.filter((one) => one.batch === run.batch);
  return {
    event,
    seconds,
    loadCpuSeconds: (cpu.user + cpu.system) / 1e6,
    bytes: run.totalBytes - run.mark.bytes,
    published: sum(run.publishers.map((one) => one.sent - one.sentAtMark)),
    publishers: run.publishers.filter((one) => one.playing && !one.closed).length,
    publisherLateMs: Math.max(0, ...run.publishers.map((one) => one.lateMs)),
    playing: healthy.filter((one) => one.playing && !one.closed).length,
    closed: healthy.filter((one) => one.closed).length,
    stalled: run.viewers.length - healthy.length,
    stalledClosed: run.viewers.filter((one) => one.stalled && one.closed).length,
    joined: latest.length,
    pictures: latest.filter((one) => one.picture).length,
    probes: sumProbes(healthy),
    completeness: measureCompleteness(run, healthy, seconds),
    delayMs: spread(run.delays),
    firstMediaMs: spread(latest.filter((one) => one.media).map((one) => one.media - one.began)),
    firstPictureMs: spread(latest.filter((one) => one.picture).map((one) => one.picture - one.began)),
  };
}

/** @param {readonly Viewer[]} healthy */
function sumProbes(healthy) {
  const probes = healthy.flatMap((one) => one.probe ?? []);
  return {
    lost: sum(probes.map((one) => one.lost)),
    backwards: sum(probes.map((one) => one.backwards)),
    video: sum(probes.map((one) => one.video)),
    audio: sum(probes.map((one) => one.audio)),
  };
}

/** @param {LoadRun} run @param {readonly Viewer[]} healthy @param {number} seconds */
function measureCompleteness(run, healthy, seconds) {
  // Data on its way when the window opened or closed: merging over 350 ms and a keyframe. Chunk headers add 1 %.
  const slack = seconds ? 0.02 + 0.6 / seconds : 0;
  const ratios = healthy
    .filter((one) => one.beforeMark && sentInWindow(run, one.stream) > 0)
    .map((one) => (one.bytes - one.bytesAtMark) / sentInWindow(run, one.stream));
  return {
    viewers: ratios.length,
    min: Math.min(...ratios, ratios.length ? Infinity : 0),
    mean: ratios.length ? sum(ratios) / ratios.length : 0,
    max: Math.max(0, ...ratios),
    short: ratios.filter((ratio) => ratio < 1 - slack).length,
    long: ratios.filter((ratio) => ratio > 1.02 + slack).length,
  };
}

/** @param {LoadRun} run @param {number} stream */
function sentInWindow(run, stream) {
  const publisher = run.publishers[stream];
  return publisher ? publisher.sent - publisher.sentAtMark : 0;
}

/** @param {readonly number[]} values */
function spread(values) {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.floor(sorted.length * share)];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) };
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
