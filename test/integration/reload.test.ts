// The file is edited under load: whoever is not concerned notices nothing.
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectNothingLost, followServer, LiveSource, watchAll } from '../helpers/reload.ts';
import { connectTo, freePorts, within } from '../helpers/net.ts';
import { fetchText, openHttp } from '../helpers/flv-viewer.ts';
import { openPlayer, openPublisher, playFrom, publishTo } from '../helpers/rtmp-client.ts';

type Config = Record<string, unknown>;

/** A server with the applications live and event, one stream of live, and a viewer of each protocol. */
async function underLoad(extra: Config = {}) {
  const [rtmp, http, spare, spare2] = await freePorts(4);
  const ports = { rtmp: rtmp!, http: http!, spare: spare!, spare2: spare2! };
  const base: Config = {
    listen: `127.0.0.1:${ports.rtmp}`,
    flvport: `127.0.0.1:${ports.http}`,
    keepAfterUnpublishMs: 0,
    servers: [{ servername: 'live' }, { servername: 'event' }],
    ...extra,
  };
  const followed = await followServer(base);
  const url = `rtmp://127.0.0.1:${ports.rtmp}/live/movie`;
  const source = await LiveSource.start(url);
  const viewers = await watchAll(ports, 'live/movie');
  return { ...followed, followed, ports, base, url, source, viewers };
}

describe('viewers of every protocol lose nothing', () => {
  test('while options, applications, plugins and limits change, in place and by rename', async () => {
    const { edit, base, source, viewers, ports } = await underLoad();
    const edits: Config[] = [
      { gop_num: 3 },
      { gop_num: 0 },
      { mergeWriteMs: 50 },
      { mergeWriteMs: 0, slowViewer: { dropAfterBytes: 100_000 } },
      { rtmp: { chunkSize: 1024 }, listen: base['listen'] },
      { level: 'debug' },
      { level: 'trace', write_timeout: 20 },
      { level: 'info', maxConnections: 100, maxStreams: 5 },
      { servers: [{ servername: 'live', gop_num: 5 }] },
      { servers: [{ servername: 'li*' }] },
      { servers: [{ servername: 'event-*' }, { servername: '*', onRemove: 'close' }] },
      { servers: [{ servername: 'other' }, { servername: 'live' }] },
      { httpflv: { allowOrigin: 'https://example.org' } },
      { flvport: `127.0.0.1:${ports.spare}` },
      { listen: `127.0.0.1:${ports.spare2}` },
      { httpflv: 'disable' },
      { servers: [{ servername: 'live', httpflv: 'disable' }] },
    ];
    for (const [index, change] of edits.entries()) {
      const how = index % 2 === 0 ? 'in place' : 'rename';
      expect(await edit({ ...base, ...change }, how), JSON.stringify(change)).toMatchObject({
        outcome: 'applied',
        generation: index + 2,
        streamsKept: 1,
        viewersKept: 3,
        sessionsClosed: 0,
      });
      const faulty = index % 2 === 0 ? '{ listen: ' : { ...base, ...change, gop_nun: 1 };
      expect(await edit(faulty, how)).toMatchObject({ outcome: 'refused', generation: index + 2 });
    }
    expect(await edit(base)).toMatchObject({ outcome: 'applied', viewersKept: 3 });
    await expectNothingLost(source, viewers);
  });

  test('while an address becomes every address of its port and one of them again', async () => {
    const { edit, base, source, viewers, ports } = await underLoad();
    for (const port of [`:${ports.rtmp}`, `127.0.0.1:${ports.rtmp}`, ports.rtmp]) {
      const report = await edit({ ...base, listen: port, gop_num: 2 });
      expect(report).toMatchObject({ outcome: 'applied', streamsKept: 1, sessionsClosed: 0 });
      await (await openPlayer(`rtmp://127.0.0.1:${ports.rtmp}/live/movie`)).ready();
    }
    await expectNothingLost(source, viewers);
  });

  test('while two protocols change places', async () => {
    const { edit, base, source, viewers, ports } = await underLoad();
    const report = await edit({ ...base, listen: base['flvport'], flvport: base['listen'] });
    expect(report).toMatchObject({ outcome: 'applied', viewersKept: 3 });
    const player = await playFrom(`rtmp://127.0.0.1:${ports.http}/live/movie`);
    await player.received(4);
    expect((await openHttp(`http://127.0.0.1:${ports.rtmp}/live/movie.flv`)).status).toBe(200);
    await expectNothingLost(source, viewers);
  });

  test('while the file is half written, goes, comes back, and its directory is replaced', async () => {
    const { followed, file, directory, base, source, viewers } = await underLoad();
    const text = JSON.stringify({ ...base, gop_num: 4 });
    const half = await followed.edit(text.slice(0, 40));
    expect(half.outcome).toBe('refused');
    expect((await followed.edit(text)).outcome).toBe('applied');
    await followed.logged('has vanished; the config that is in force stays', () => unlinkSync(file));
    expect((await followed.server.reload('SIGHUP')).outcome).toBe('refused');
    expect((await followed.edit({ ...base, gop_num: 5 })).outcome).toBe('applied');
    mkdirSync(`${directory}.new`);
    writeFileSync(join(`${directory}.new`, 'livego.json5'), JSON.stringify({ ...base, gop_num: 6 }));
    const replaced = await followed.reportOf(() => {
      renameSync(directory, `${directory}.old`);
      renameSync(`${directory}.new`, directory);
    });
    rmSync(`${directory}.old`, { recursive: true });
    expect(replaced).toMatchObject({
      outcome: 'applied',
      changes: { options: ['servers[live].gop_num', 'servers[event].gop_num'] },
    });
    await expectNothingLost(source, viewers);
  });
});

describe('a refused edit', () => {
  test('names every fault by line and column, and changes nothing', async () => {
    const { followed, base, source, viewers } = await underLoad();
    const report = await followed.edit('{\n  lisen: 1935,\n  gop_num: "two",\n}');
    expect(report).toMatchObject({ outcome: 'refused', generation: 1 });
    expect(report.faults.map(({ line, column, path }) => [line, column, path])).toEqual([
      [2, 3, 'lisen'],
      [3, 12, 'gop_num'],
    ]);
    const errors = followed.log.filter(({ level }) => level === 50).map(({ msg }) => msg);
    expect(errors).toEqual([
      `${followed.file}:2:3: lisen: unknown key; did you mean "listen"?`,
      `${followed.file}:3:12: gop_num: "two" is a string; it must be a whole number from 0 to 100`,
      'config refused, config 1 stays in force: 2 faults',
    ]);
    expect((await followed.edit({ ...base, gop_num: 2 })).generation).toBe(2);
    await expectNothingLost(source, viewers);
  });

  test('because a port is taken leaves every port as it was, and says which option', async () => {
    const { edit, base, source, viewers, ports } = await underLoad();
    const other = await followServer({ listen: `127.0.0.1:${ports.spare}`, httpflv: 'disable' });
    const report = await edit({
      ...base,
      flvport: `127.0.0.1:${ports.spare2}`,
      listen: `127.0.0.1:${ports.spare}`,
    });
    expect(report.outcome).toBe('refused');
    expect(report.error).toBe(
      `rtmp.port: 127.0.0.1:${ports.spare} is in use by another program; stop that program or choose another port`,
    );
    await expect(connectTo(ports.spare2)).rejects.toThrow();
    expect((await openHttp(`http://127.0.0.1:${ports.http}/live/movie.flv`)).status).toBe(200);
    await other.server.stop('over');
    expect((await edit({ ...base, listen: `127.0.0.1:${ports.spare}` })).outcome).toBe('applied');
    await expectNothingLost(source, viewers);
  });

  test('because every address of a port is asked for beside a taken one has the old one back at once', async () => {
    const { edit, base, source, viewers, ports } = await underLoad();
    await followServer({ listen: `127.0.0.1:${ports.spare}`, httpflv: 'disable' });
    const report = await edit({ ...base, listen: `:${ports.rtmp}`, flvport: `127.0.0.1:${ports.spare}` });
    expect(report.outcome).toBe('refused');
    await (await openPlayer(`rtmp://127.0.0.1:${ports.rtmp}/live/movie`)).ready();
    await expectNothingLost(source, viewers);
  });
});

describe('an application that is removed', () => {
  test('lets its sessions finish, and refuses new ones (onRemove: "drain")', async () => {
    const { edit, base, source, viewers, ports, words } = await underLoad();
    expect(words).toBe('');
    const report = await edit({ ...base, servers: [{ servername: 'event' }] });
    expect(report).toMatchObject({ viewersKept: 3, sessionsClosed: 0, changes: { appsRemoved: ['live'] } });
    const refused = await openPublisher(`rtmp://127.0.0.1:${ports.rtmp}/live/other`);
    await refused.refused().catch(() => refused.gone());
    expect((await fetchText(`http://127.0.0.1:${ports.http}/live/movie.flv`)).status).toBe(404);
    await expectNothingLost(source, viewers);
  });

  test('ends its sessions and nobody else’s (onRemove: "close")', async () => {
    const { edit, base, source, viewers, ports } = await underLoad({
      servers: [{ servername: 'live' }, { servername: 'event', onRemove: 'close' }],
    });
    const publisher = await publishTo(`rtmp://127.0.0.1:${ports.rtmp}/event/movie`);
    const player = await playFrom(`rtmp://127.0.0.1:${ports.rtmp}/event/movie`);
    const http = openHttp(`http://127.0.0.1:${ports.http}/event/movie.flv`);
    await http;
    const report = await edit({ ...base, servers: [{ servername: 'live' }] });
    expect(report).toMatchObject({ sessionsClosed: 3, changes: { appsRemoved: ['event'] } });
    await Promise.all([publisher.gone(), player.gone(), http.then((viewer) => viewer.all())]);
    await expectNothingLost(source, viewers);
  });

  test('under a new name ends, while a pattern that covers the old name keeps it', async () => {
    const { edit, base, source, viewers, ports } = await underLoad({ onRemove: 'close' });
    expect(await edit({ ...base, servers: [{ servername: 'l*' }] })).toMatchObject({
      sessionsClosed: 0,
      changes: { appsAdded: ['l*'], appsRemoved: ['live', 'event'], closing: expect.any(Array) },
    });
    await publishTo(`rtmp://127.0.0.1:${ports.rtmp}/lobby/x`);
    await expectNothingLost(source, viewers);
  });

  test('a protocol that is switched off for it closes its own viewers only, if the entry says so', async () => {
    const { edit, base, source, viewers } = await underLoad();
    const entry = { servername: 'live', onRemove: 'close', httpflv: 'disable' };
    const report = await edit({ ...base, servers: [entry, { servername: 'event' }] });
    expect(report).toMatchObject({ sessionsClosed: 2, changes: { closing: ['httpflv of live'] } });
    const [rtmp, ...flv] = viewers;
    await Promise.all(flv.map((viewer) => within(viewer.all(), `the end of ${viewer.name}`)));
    await expectNothingLost(source, [rtmp!]);
  });
});

describe('what by nature holds for new sessions only', () => {
  test('is named by the report, and holds for the next session', async () => {
    const { edit, base, source, viewers, followed } = await underLoad();
    const report = await edit({ ...base, rtmp: { chunkSize: 60_000, maxStreamsPerConnection: 3 } });
    expect(report.changes.nextSessionOnly).toEqual(['rtmp.chunkSize', 'rtmp.maxStreamsPerConnection']);
    expect(followed.words).toMatch(
      /^config 2 in force: rtmp replaced, rtmp\.chunkSize and rtmp\.maxStreamsPerConnection for new sessions only, 1 stream and 3 players kept \(\d+ ms\)$/,
    );
    await expectNothingLost(source, viewers);
  });

  test('gop_num is not: a smaller or larger cache of a live stream is there for the next viewer', async () => {
    const { edit, base, source, viewers, followed } = await underLoad();
    const { gop } = followed.server.streams[0]!;
    await edit({ ...base, gop_num: 0 });
    expect(gop).toHaveLength(0);
    await edit({ ...base, gop_num: 2 });
    const player = await playFrom(`rtmp://127.0.0.1:${followed.server.port('rtmp.port')}/live/movie`);
    await player.received(50);
    expect(gop.length).toBeGreaterThan(20);
    await expectNothingLost(source, viewers);
  });
});

describe('reloads that overlap', () => {
  test('are applied one after the other, and only the newest of those that wait', async () => {
    const { followed, base, file, source, viewers } = await underLoad();
    const { server } = followed;
    const reports = [];
    for (let gop = 1; gop <= 20; gop++) {
      writeFileSync(file, JSON.stringify({ ...base, gop_num: gop }));
      reports.push(server.reload('SIGHUP'));
    }
    const outcomes = await Promise.all(reports);
    expect(new Set(outcomes).size).toBeLessThan(4);
    expect(server.kernel.generation.config?.apps[0]?.options.gop_num).toBe(20);
    await expectNothingLost(source, viewers);
  });
});
