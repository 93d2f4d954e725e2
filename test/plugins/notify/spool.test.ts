// What survives a restart.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Spool } from '../../../plugins/notify/spool.ts';
import { admitted, metricOf } from '../auth/auth-kit.ts';
import { answering, notifyServer, startWebService } from './notify-kit.ts';
import { bodies, delivery, folder, LOG, outbox } from './outbox-kit.ts';

describe('the spool', () => {
  test('keeps what waits over a crash, in order, and nothing that is done', async () => {
    const directory = folder();
    const service = await startWebService(answering(500));
    const first = outbox({}, new Spool(directory, LOG));
    for (const text of ['one', 'two', 'three']) first.add(delivery(service, 'live/movie', text));
    await expect.poll(() => readdirSync(directory).filter((name) => name.endsWith('.json')).length).toBe(3);
    expect(statSync(join(directory, readdirSync(directory)[0]!)).mode & 0o777).toBe(0o600);
    // No stop: the process was killed.
    service.behave = answering(200);
    service.heard.length = 0;
    const spool = new Spool(directory, LOG);
    outbox({}, spool, await spool.load());
    await service.next(({ body }) => body === 'three');
    expect(bodies(service)).toEqual(['one', 'two', 'three']);
    await expect.poll(() => readdirSync(directory)).toEqual([]);
  });

  test('keeps the order also when the clock is set back, within a run and from run to run', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const directory = folder();
    const service = await startWebService(answering(500));
    for (const texts of [
      ['one', 'two'],
      ['three', 'four'],
    ]) {
      const spool = new Spool(directory, LOG);
      const queue = outbox({}, spool, await spool.load());
      for (const text of texts) {
        queue.add(delivery(service, 'live/movie', text));
        vi.setSystemTime(Date.now() - 3_600_000);
      }
      await spool.flush();
    }
    const left = await new Spool(directory, LOG).load();
    expect(left.map(({ request }) => request.body)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('leaves files alone that it has not written, and garbage', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    writeFileSync(join(directory, '1700000000000-00000001.json'), '{"id": "evt_');
    expect(await new Spool(directory, LOG).load()).toEqual([]);
    expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(directory)).toHaveLength(2);
  });

  test('is used although a file in it cannot be', async () => {
    const directory = folder();
    const service = await startWebService(answering(500));
    const first = outbox({}, new Spool(directory, LOG));
    first.add(delivery(service, 'live/movie', 'one'));
    await expect.poll(() => readdirSync(directory).filter((name) => name.endsWith('.json')).length).toBe(1);
    // Grown by a damaged file system, and none at all.
    writeFileSync(join(directory, '1700000000000-00000001.json'), ' '.repeat(2 * 1024 * 1024));
    mkdirSync(join(directory, '1700000000000-00000002.json'));
    const left = await new Spool(directory, LOG).load();
    expect(left.map(({ request }) => request.body)).toEqual(['one']);
    expect(readdirSync(directory)).toHaveLength(3);
  });

  test('that cannot be written keeps events in memory, and counts it', async () => {
    const directory = folder();
    const spool = new Spool(directory, LOG);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'no directory');
    const service = await startWebService();
    const queue = outbox({}, spool);
    queue.add(delivery(service, 'live/movie', 'one'));
    await service.next(({ body }) => body === 'one');
    await expect.poll(() => spool.failures).toBeGreaterThan(0);
    rmSync(directory);
  });

  test('of a server: a restart tells what the run before could not', async () => {
    const spool = folder();
    const service = await startWebService();
    await service.die();
    const options = { url: service.url, spool, events: ['publish', 'publish_done'] };
    const first = await notifyServer(options);
    admitted(await first.publish('live/movie')).leave();
    await first.stop();
    expect(service.heard).toEqual([]);
    await service.revive();
    const second = await notifyServer(options);
    await service.next(({ json }) => json.type === 'publish_done');
    expect(service.heard.map(({ json }) => json.type)).toEqual(['publish', 'publish_done']);
    await expect.poll(() => metricOf(second, 'notify_events_queued')).toEqual({ '': 0 });
  });

  test('of a server: what is queued survives reloads, and is told once', async () => {
    const spool = folder();
    const service = await startWebService(answering(500));
    const options = { url: service.url, spool, events: ['publish'] };
    const server = await notifyServer(options);
    admitted(await server.publish('live/movie'));
    await service.next(() => true);
    await server.reload({ notify: { ...options, timeoutMs: 1000 } });
    await server.reload({ notify: { ...options, timeoutMs: 1500 } });
    service.heard.length = 0;
    service.behave = answering(200);
    await expect.poll(() => metricOf(server, 'notify_events_delivered_total')).toEqual({ '': 1 });
    expect(service.heard).toHaveLength(1);
  });

  test('that cannot be made rejects the config', async () => {
    const directory = join(folder(), 'file');
    writeFileSync(directory, '');
    await expect(notifyServer({ spool: join(directory, 'spool') })).rejects.toThrow(
      /notify\.spool \(line \d+\): .* cannot be written to/,
    );
  });
});
