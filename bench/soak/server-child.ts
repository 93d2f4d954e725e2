// The server under test, in its own process: it follows the file, and tells its parent of reloads and of its event loop.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createConfigSource } from '../../config/load.ts';
import { watchFiles } from '../../config/watch/watch.ts';
import { createLogger } from '../../core/log/log.ts';
import { createServer, type LivegoServer } from '../../core/server.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import type { LoopQuestion, Note } from './notes.ts';

const RESOLUTION_MS = 1;
const ERROR_LEVEL = 50;

/** Milliseconds since the epoch with fractions: the same clock for all processes of the machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Runs until its parent has ended. */
export async function serve(file: string): Promise<void> {
  const server: LivegoServer = createServer({
    source: createConfigSource({ file, builtins: BUILTIN_PLUGINS, env: {} }),
    watch: watchFiles,
    log: createLogger({ pretty: false, destination: tellReports(() => server.lastReport) }),
  });
  process.on('disconnect', () => process.exit(0));
  const delay = answerQuestions();
  try {
    await server.start();
    delay.enable();
    tell({ kind: 'ready' });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** A destination for the log. A line about a reload is told with the errors logged before it. */
function tellReports(lastReport: () => LivegoServer['lastReport']): { write(text: string): void } {
  const errors: string[] = [];
  return {
    write(text) {
      const line = JSON.parse(text) as { level: number; msg: string; reason?: string };
      if (line.level >= ERROR_LEVEL && line.reason === undefined) errors.push(line.msg);
      const report = lastReport();
      if (line.reason === undefined || report === undefined) return;
      tell({
        kind: 'report',
        applied: report.outcome === 'applied' || report.outcome === 'unchanged',
        outcome: report.outcome,
        words: line.msg,
        errors: errors.splice(0),
        streams: report.streamsKept,
        viewers: report.viewersKept,
        closed: report.sessionsClosed,
        at: now(),
      });
    },
  };
}

function answerQuestions(): ReturnType<typeof monitorEventLoopDelay> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  process.on('message', ({ collect }: LoopQuestion) => {
    const heldMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
    // The second collection frees what finalizers of the first have let go.
    if (collect) for (let turn = 0; turn < 2; turn++) globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    tell({ kind: 'loop', heldMs, heapBytes: heapUsed, rssBytes: rss, resources: countResources() });
    delay.reset();
  });
  return delay;
}

function countResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function tell(note: Note): void {
  process.send?.(note);
}
