// Programs that are not there, crash, hang or do not read: the stream does not notice, and none is left behind.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, type ServerContext } from 'livego';
import { startTestServer, samplePackets, type TestPublisher, type TestServer } from 'livego/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { STOP_LIMIT_MS } from '../../../core/kernel/settings.ts';
import { stopLimits } from '../../../plugins/engine/application.ts';
import engine from '../../../plugins/engine/index.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';

async function start(options: object, rest: object = {}): Promise<TestServer> {
  const server = await startTestServer({ plugins: [engine], config: { ...rest, engine: options } });
  onTestFinished(() => server.stop());
  return server;
}

async function publish(server: TestServer, path = 'live/movie'): Promise<TestPublisher> {
  const publisher = await server.publish(path);
  if ('reason' in publisher) throw new Error(publisher.reason);
  return publisher;
}

const shell = (script: string, ...args: string[]): object => ({
  profile: 'command',
  command: ['sh', '-c', script, 'sh', ...args],
  endTimeoutMs: 200,
  termTimeoutMs: 200,
});

/** LIVEGO_ENGINE_ROUNDS makes it start more of them. */
const ROUNDS = Number(process.env['LIVEGO_ENGINE_ROUNDS'] ?? 20);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The pid that a script has written. */
async function pidIn(file: string): Promise<number> {
  await vi.waitUntil(() => readOrEmpty(file).endsWith('\n'));
  return Number(readOrEmpty(file).trim().split('\n').at(-1));
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

describe('a config is rejected', () => {
  test.each<[string, object, string]>([
    [
      'whose program is not there',
      { ffmpeg: '/opt/segmenter-that-is-not-there' },
      'engine.ffmpeg: /opt/segmenter-that-is-not-there is not there',
    ],
    [
      'whose program is in no directory of PATH',
      { ffmpeg: 'no-such-program' },
      'no-such-program is in no directory of PATH',
    ],
    [
      'whose file of arguments is missing',
      { extra_conf: '/no/such.conf' },
      'engine.extra_conf: /no/such.conf cannot be read',
    ],
    [
      'whose user is unknown',
      { trans_user: 'no-such-user' },
      'engine.trans_user: there is no user no-such-user',
    ],
    ['that transcodes into nothing', { profile: 'transcode' }, 'engine.renditions'],
    ['that has no command', { profile: 'command' }, 'engine.command'],
  ])('%s', async (_, options, message) => {
    const server = await startTestServer({ plugins: [engine] });
    onTestFinished(() => server.stop());
    const report = await server.reload({ engine: options });
    expect(report).toMatchObject({ outcome: 'rejected' });
    expect(report.error).toContain(message);
  });
});

describe('a program', () => {
  test('starts when media flows, not when a name is claimed', async () => {
    const file = join(temporaryFolder(), 'pid');
    const server = await start(shell('echo $$ >> "$1"; cat > /dev/null', file));
    const publisher = await publish(server);
    publisher.send(...samplePackets({ frames: 0 }));
    expect(server.metrics().find(({ metric }) => metric.name === 'engine_starts_total')).toMatchObject({
      value: 0,
    });
    publisher.send(...samplePackets().slice(2));
    expect(await pidIn(file)).toBeGreaterThan(0);
  });

  test('that crashes is started again, and its last words are in the log', async () => {
    const server = await start(shell('echo "cannot open the camera" >&2; exit 3'));
    const publisher = await publish(server);
    publisher.send(...samplePackets());
    await vi.waitUntil(() => server.log.some(({ msg }) => msg.includes('has failed')));
    const line = server.log.find(({ msg }) => msg.includes('has failed'))!;
    expect(line.msg).toMatch(
      /^the engine of live\/movie has failed: it ended with code 3 \(cannot open the camera\); it starts again in [\d.]+ s$/,
    );
    await vi.waitUntil(() =>
      server.metrics().some(({ metric, value }) => metric.name === 'engine_restarts_total' && value === 1),
    );
    expect(server.streams()[0]?.state).toBe('live');
  });

  test('that ignores the end of its input and SIGTERM is killed, with what it has started', async () => {
    const file = join(temporaryFolder(), 'pid');
    const script = 'trap "" TERM; sleep 1000 & echo $! >> "$1"; while :; do sleep 1000; done';
    const server = await start(shell(script, file));
    const publisher = await publish(server);
    publisher.send(...samplePackets());
    const pid = await pidIn(file);
    publisher.leave();
    await server.stop();
    await vi.waitUntil(() => !isAlive(pid) || readOrEmpty(`/proc/${pid}/stat`).includes(') Z '));
  });

  test('that hangs when the server stops gets less time than the server takes', () => {
    const hour = { endTimeoutMs: 3_600_000, termTimeoutMs: 3_600_000 };
    const { endTimeoutMs, termTimeoutMs } = stopLimits('shutdown', hour);
    expect(endTimeoutMs + termTimeoutMs).toBeLessThan(STOP_LIMIT_MS);
    const short = { endTimeoutMs: 10, termTimeoutMs: 20 };
    expect(stopLimits('shutdown', short)).toEqual(short);
    expect(stopLimits('removed', hour)).toEqual(hour);
  });

  test('that reads nothing loses packets, which are counted, and slows nobody', async () => {
    const file = join(temporaryFolder(), 'pid');
    const server = await start(shell('echo $$ >> "$1"; exec sleep 1000', file));
    const publisher = await publish(server);
    publisher.send(...samplePackets());
    await pidIn(file);
    const dropped = (): unknown =>
      server.metrics().find(({ metric }) => metric.name === 'engine_dropped_packets')?.value;
    let from = 400;
    await vi.waitUntil(
      () => {
        publisher.send(...samplePackets({ from, frames: 20_000 }).slice(2));
        from += 800_000;
        return Number(dropped()) > 0;
      },
      { interval: 1 },
    );
    expect(server.streams()[0]?.state).toBe('live');
  });

  test('runs on over a reload of other options, and is replaced when its own change', async () => {
    const file = join(temporaryFolder(), 'pid');
    const options = shell('echo $$ >> "$1"; cat > /dev/null', file);
    const server = await start(options);
    const publisher = await publish(server);
    publisher.send(...samplePackets());
    const pid = await pidIn(file);
    await server.reload({ engine: options, gop_num: 2 });
    expect(isAlive(pid)).toBe(true);
    await server.reload({
      engine: { ...options, command: ['sh', '-c', 'echo $$ >> "$1"; cat', 'sh', file] },
    });
    await vi.waitUntil(() => readOrEmpty(file).trim().split('\n').length === 2);
    await vi.waitUntil(() => !isAlive(pid));
  });

  test('waits for a place when as many run as may', async () => {
    const file = join(temporaryFolder(), 'pid');
    const server = await start({ ...shell('echo $$ >> "$1"; cat > /dev/null', file), maxPrograms: 1 });
    const [first, second] = [await publish(server), await publish(server, 'live/second')];
    first.send(...samplePackets());
    const pid = await pidIn(file);
    second.send(...samplePackets());
    await vi.waitUntil(() =>
      server.log.some(({ msg }) => msg.includes('1 programs run already (engine.maxPrograms)')),
    );
    first.leave();
    await vi.waitUntil(() => readOrEmpty(file).trim().split('\n').length === 2);
    expect(isAlive(pid)).toBe(false);
  });

  test('leaves no zombie behind, however often it is started', async () => {
    const file = join(temporaryFolder(), 'pid');
    writeFileSync(file, '');
    const server = await start(shell('echo $$ >> "$1"; cat > /dev/null', file));
    for (let round = 0; round < ROUNDS; round++) {
      const publisher = await publish(server, `live/movie${round}`);
      publisher.send(...samplePackets());
      await vi.waitUntil(() => readOrEmpty(file).split('\n').length === round + 2);
      publisher.leave();
    }
    await server.stop();
    const pids = readOrEmpty(file).trim().split('\n').map(Number);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('the command engine.list', () => {
  interface Listed {
    readonly engines: readonly Readonly<Record<string, unknown>>[];
  }
  let commands: ServerContext['commands'];
  const withCommands = definePlugin({
    name: 'with-commands',
    schema: { type: 'object' },
    server: (context) => (commands = context.commands),
  });
  const list = async (input: object = {}): Promise<Listed['engines']> =>
    ((await commands.call('engine.list', { ...input })) as Listed).engines;

  test('shows the engine of each stream: whether its program runs, and what it said last', async () => {
    const folder = temporaryFolder();
    const [pidFile, crash] = [join(folder, 'pid'), join(folder, 'crash')];
    const script = 'echo $$ >> "$1"; echo "a word" >&2; while [ ! -e "$2" ]; do sleep 0.05; done; exit 3';
    const server = await startTestServer({
      plugins: [engine, withCommands],
      config: { engine: shell(script, pidFile, crash) },
    });
    onTestFinished(() => server.stop());
    const publisher = await publish(server);
    const engineOf = { app: 'live', name: 'movie', profile: 'command', restarts: 0 };
    expect(await list()).toMatchObject([{ ...engineOf, state: 'waiting', pid: undefined, errorLines: [] }]);
    publisher.send(...samplePackets());
    const pid = await pidIn(pidFile);
    const started = expect.stringMatching(/^2.*Z$/);
    const running = { ...engineOf, state: 'running', pid, startedAt: started, lastError: undefined };
    await vi.waitUntil(async () => (await list())[0]?.['errorLines']?.toString() === 'a word', 10_000);
    expect(await list({ app: 'live' })).toMatchObject([running]);
    expect(await list({ app: 'other' })).toEqual([]);
    writeFileSync(crash, '');
    await vi.waitUntil(async () => (await list())[0]?.['state'] === 'resting', 10_000);
    expect(await list()).toMatchObject([
      {
        ...engineOf,
        pid: undefined,
        startedAt: undefined,
        retryInMs: expect.any(Number),
        lastError: 'it ended with code 3 (a word)',
        errorLines: ['a word'],
      },
    ]);
    publisher.leave();
    await vi.waitUntil(async () => (await list()).length === 0, 10_000);
  });
});
