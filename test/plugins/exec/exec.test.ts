// Commands at moments of a stream's life.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplePackets, startTestServer, type TestServer } from 'livego/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import exec from '../../../plugins/exec/index.ts';
import record from '../../../plugins/record-flv/index.ts';
import { filesIn, temporaryFolder } from '../record-flv/record-kit.ts';

function read(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

async function start(config: Record<string, unknown>): Promise<TestServer> {
  const server = await startTestServer({ plugins: [record, exec], config });
  onTestFinished(() => server.stop());
  return server;
}

async function publishFor(server: TestServer, path = 'live/movie'): Promise<() => void> {
  const publisher = await server.publish(path);
  if ('reason' in publisher) throw new Error(publisher.reason);
  publisher.send(...samplePackets());
  return () => publisher.leave();
}

function metric(server: TestServer, name: string): unknown {
  return server.metrics().find((each) => each.metric.name === name)?.value;
}

function hasEnded(pid: number): boolean {
  try {
    // A process whose parent is gone may wait for the init of a container to notice.
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return true;
  }
}

/** What the log says of commands when that many have failed. */
async function linesOfFailures(options: object, count: number): Promise<readonly string[]> {
  const server = await start({ exec: options });
  await publishFor(server);
  await vi.waitUntil(() => metric(server, 'exec_failed_total') === count);
  expect(JSON.stringify(server.log)).not.toContain('secret');
  return server.log
    .filter(({ msg }) => msg.startsWith('exec_'))
    .map(({ msg }) => msg)
    .toSorted();
}

describe('commands', () => {
  test('run at each moment of a stream, with its facts in the environment', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'events');
    const note = [
      [
        'sh',
        '-c',
        'echo "$LIVEGO_EVENT $LIVEGO_APP/$LIVEGO_NAME $LIVEGO_CAUSE$LIVEGO_KIND" >> "$1"',
        'sh',
        file,
      ],
    ];
    const server = await start({
      record: { directory: folder },
      servers: [
        {
          servername: 'live',
          exec_push: note,
          exec_push_done: note,
          exec_play: note,
          exec_play_done: note,
          exec_record_done: note,
        },
        { servername: 'other' },
      ],
    });
    await publishFor(server, 'other/movie');
    const leave = await publishFor(server);
    const viewer = await server.play('live/movie');
    if ('reason' in viewer) throw new Error(viewer.reason);
    viewer.leave();
    leave();
    await vi.waitUntil(() => read(file).length === 5);
    expect(read(file).toSorted()).toEqual([
      'play live/movie ',
      'play_done live/movie left',
      'push live/movie ',
      'push_done live/movie left',
      'record_done live/movie recording',
    ]);
  });

  test('get names as they are: no shell reads them', async () => {
    const folder = temporaryFolder();
    const server = await start({ exec_push: [`touch ${join(folder, 'a;b')} ${join(folder, '$(id)')}`] });
    await publishFor(server, 'live/$(touch x)');
    await vi.waitUntil(() => metric(server, 'exec_started_total') === 1);
    await server.stop();
    expect(server.log.filter(({ msg }) => msg.startsWith('exec_'))).toEqual([]);
    expect(filesIn(folder)).toEqual(['$(id)', 'a;b']);
  });

  test('that fail or are not there are told once, without their arguments', async () => {
    const push = [
      ['sh', '-c', 'exit 4', 'secret'],
      ['/no/such/program', 'secret'],
      ['sh\0', 'secret'],
    ];
    expect(await linesOfFailures({ push }, 3)).toEqual([
      'exec_push: /no/such/program could not run: ENOENT',
      'exec_push: sh\0 could not run: ERR_INVALID_ARG_VALUE',
      'exec_push: sh ended with code 4',
    ]);
  });

  test('that hang are ended, and that is told', async () => {
    const hanging = { timeoutSeconds: 0.2, push: [['sleep', '1000']] };
    expect(await linesOfFailures(hanging, 1)).toEqual(['exec_push: sleep took longer than 0.2 s']);
  });

  test('that hang are ended with what they have started', async () => {
    const file = join(temporaryFolder(), 'pid');
    const script = 'sleep 1000 & echo $! > "$1"; wait';
    const server = await start({ exec: { timeoutSeconds: 2, push: [['sh', '-c', script, 'sh', file]] } });
    await publishFor(server);
    await vi.waitUntil(() => metric(server, 'exec_failed_total') === 1);
    const [pid = '0'] = read(file);
    await vi.waitUntil(() => hasEnded(Number(pid)));
  });

  test('may write as much as they like, and may leave something in the background', async () => {
    const talking = ['sh', '-c', 'head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero; sleep 3 &'];
    const file = join(temporaryFolder(), 'done');
    const next = ['sh', '-c', 'echo done > "$1"', 'sh', file];
    const server = await start({ exec: { maxRunning: 1, push: [talking, next] } });
    await publishFor(server);
    await vi.waitUntil(() => read(file).length === 1);
    expect(metric(server, 'exec_failed_total')).toBe(0);
  });

  test('that wait begin when a reload lets more run', async () => {
    const folder = temporaryFolder();
    const script = 'echo began >> "$1/began"; while [ ! -e "$1/go" ]; do sleep 0.05; done';
    const push = [1, 2, 3].map(() => ['sh', '-c', script, 'sh', folder]);
    const began = (): number => read(join(folder, 'began')).length;
    const server = await start({ exec: { push, maxRunning: 1 } });
    onTestFinished(() => writeFileSync(join(folder, 'go'), ''));
    await publishFor(server);
    await vi.waitUntil(() => began() === 1);
    await server.reload({ exec: { push, maxRunning: 3 } });
    await vi.waitUntil(() => began() === 3);
  });

  test('run so many at a time; those beyond the queue are left out, and counted', async () => {
    const push = Array.from({ length: 6 }, () => ['sleep', '1000']);
    const server = await start({ exec: { maxRunning: 2, maxWaiting: 1, timeoutSeconds: 0.2, push } });
    await publishFor(server);
    expect(metric(server, 'exec_dropped_total')).toBe(3);
    await vi.waitUntil(() => metric(server, 'exec_failed_total') === 3);
  });
});
