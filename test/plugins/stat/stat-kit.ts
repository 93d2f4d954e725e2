// A server with the statistics, asked without a socket, and a clock that tests step.
import { Denial, type PluginDefinition } from 'livego';
import { samplePackets, startTestServer, type TestPublisher, type TestServer } from 'livego/testing';
import type { Response } from 'light-my-request';
import { onTestFinished, vi } from 'vitest';
import stat from '../../../plugins/stat/index.ts';

export interface StatServer extends TestServer {
  ask(url: string): Promise<Response>;
  published(path?: string): Promise<TestPublisher>;
}

export async function startStat(
  options: Readonly<Record<string, unknown>> = {},
  {
    plugins = [],
    config = {},
  }: { plugins?: readonly PluginDefinition[]; config?: Record<string, unknown> } = {},
): Promise<StatServer> {
  const server = await startTestServer({
    plugins: [stat, ...plugins],
    config: { ...config, stat: { port: '127.0.0.1:0', ...options } },
  });
  onTestFinished(() => server.stop());
  return {
    ...server,
    ask: (url) => server.inject('stat.port', { url }),
    published: async (path = 'live/movie') => {
      const publisher = await server.publish(path);
      if (publisher instanceof Denial) throw new Error(publisher.reason);
      publisher.send(...samplePackets({ frames: 10 }));
      return publisher;
    },
  };
}

/** Call it before the server starts. Returns what lets seconds pass. */
export function stepSeconds(): (seconds: number, each?: (second: number) => void) => void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return (seconds, each = () => {}) => {
    for (let second = 0; second < seconds; second++) {
      each(second);
      vi.advanceTimersByTime(1000);
    }
  };
}
