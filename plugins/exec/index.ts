// Commands that run at moments of a stream's life, as classic servers have them: exec_push, exec_push_done, and so on.
import { setTimeout as delay } from 'node:timers/promises';
import { definePlugin, pluginState, type FinishedFile, type SessionView, type StreamView } from 'livego';
import { CommandRunner, type ExecCounters, type Facts, type WaitingCommands } from './command-runner.ts';
import { schema, type ExecOptions } from './schema.ts';

const COUNTERS = pluginState((): ExecCounters => ({ started: 0, failed: 0, dropped: 0 }));
const WAITING = pluginState((): WaitingCommands => new Map());

const SHUTDOWN_MS = 3000;

const METRICS = [
  ['started', 'Commands started.'],
  ['failed', 'Commands that failed, or took too long.'],
  ['dropped', 'Commands that were left out because too many waited.'],
] as const;

export default definePlugin<ExecOptions>({
  name: 'exec',
  schema,
  aliases: {
    exec_push: 'push',
    exec_push_done: 'push_done',
    exec_play: 'play',
    exec_play_done: 'play_done',
    exec_record_done: 'record_done',
  },

  server(context) {
    const counters = context.state(COUNTERS);
    const metrics = METRICS.map(([key, help]) => ({
      key,
      metric: context.metric({ name: `exec_${key}_total`, type: 'counter', help }),
    }));
    context.hooks.stat.tap((write) => {
      for (const { key, metric } of metrics) write.counter(metric, counters[key]);
    });
  },

  app(context, options) {
    const { hooks } = context;
    const runner = new CommandRunner(options, context, context.state(COUNTERS), context.state(WAITING));
    hooks.publishStart.tap((session, stream) => runner.run('push', options.push, factsOf(session, stream)));
    hooks.publishStop.tap((session, stream, { code }) =>
      runner.run('push_done', options.push_done, { ...factsOf(session, stream), CAUSE: code }),
    );
    hooks.playStart.tap((session, stream) => runner.run('play', options.play, factsOf(session, stream)));
    hooks.playStop.tap((session, stream, { code }) =>
      runner.run('play_done', options.play_done, { ...factsOf(session, stream), CAUSE: code }),
    );
    hooks.fileEnd.tap((file) => {
      if (file.kind !== 'segment') runner.run('record_done', options.record_done, factsOfFile(file));
    });
    context.onActivate(() => runner.proceed());
    context.onStop(async (cause) => {
      // Those that run continue without the server. Those that wait get a moment to start.
      if (cause === 'shutdown')
        await Promise.race([runner.settled(), delay(SHUTDOWN_MS, undefined, { ref: false })]);
    });
  },
});

function factsOf({ id, client }: SessionView, { app, name }: StreamView): Facts {
  const { protocol, remote } = client;
  return { APP: app, NAME: name, SESSION: id, PROTOCOL: protocol, REMOTE: remote };
}

function factsOfFile({ app, name, session, path, kind, bytes, durationMs, md5 }: FinishedFile): Facts {
  return {
    APP: app,
    NAME: name,
    SESSION: session,
    FILE: path,
    KIND: kind,
    BYTES: String(bytes),
    DURATION_MS: String(durationMs),
    MD5: md5,
  };
}
