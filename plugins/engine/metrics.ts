// The metrics of engines.
import type { ServerContext } from 'livego';
import type { EngineCounters, EngineState, EngineStatus } from './state.ts';

export function declareMetrics(context: Pick<ServerContext, 'metric' | 'hooks'>, state: EngineState): void {
  const labels = ['app', 'name'];
  const gauge = (name: string, help: string) => context.metric({ name, type: 'gauge', help, labels });
  const running = gauge('engine_running', 'Whether the program of a stream runs.');
  const fps = gauge('engine_frames_per_second', 'Frames that the program writes per second.');
  const speed = gauge('engine_speed', 'Speed of the program; 1 is real time.');
  const bitrate = gauge('engine_bits_per_second', 'Bits that the program writes per second of media.');
  const restarts = gauge('engine_stream_restarts', 'Restarts of the program of a stream.');
  const dropped = gauge('engine_dropped_packets', 'Packets left out because the program is too slow.');
  const counters = COUNTERS.map(([key, help]) => ({
    key,
    metric: context.metric({ name: `engine_${key}_total`, type: 'counter', help }),
  }));
  context.hooks.stat.tap((write) => {
    for (const { key, metric } of counters) write.counter(metric, state.counters[key]);
    // A replaced engine that still writes its file has the labels of its successor, and so may streams whose names are secret.
    const engines = new Map<string, EngineStatus>();
    for (const { status } of state.engines) engines.set(`${status.app}/${status.name}`, status);
    for (const { app, name, ...engine } of engines.values()) {
      const of = { app, name };
      write.gauge(running, engine.pid === undefined ? 0 : 1, of);
      write.gauge(fps, engine.fps, of);
      write.gauge(speed, engine.speed, of);
      write.gauge(bitrate, engine.bitsPerSecond, of);
      write.gauge(restarts, engine.restarts, of);
      write.gauge(dropped, engine.droppedPackets, of);
    }
  });
}

const COUNTERS: readonly (readonly [keyof EngineCounters, string])[] = [
  ['starts', 'Programs started.'],
  ['restarts', 'Programs started again after a failure.'],
  ['failures', 'Programs that ended, or could not be started, although their stream continued.'],
  ['files', 'Replay files finished.'],
];
