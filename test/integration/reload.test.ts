// The file is edited under load: clients that an edit does not concern notice nothing.
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHttp } from '../helpers/flv-viewer.ts';
import { expectNothingLost } from '../helpers/reload.ts';
import { openPlayer, playFrom } from '../helpers/rtmp-client.ts';
import { underLoad, type Config } from './under-load.ts';

test('viewers lose nothing while options, applications, plugins and limits change, in place and by rename', async () => {
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
    expect(await edit(faulty, how)).toMatchObject({ outcome: 'rejected', generation: index + 2 });
  }
  expect(await edit(base)).toMatchObject({ outcome: 'applied', viewersKept: 3 });
  await expectNothingLost(source, viewers);
});

test('viewers lose nothing while an address becomes every address of its port, and one of them again', async () => {
  const { edit, base, source, viewers, ports } = await underLoad();
  for (const port of [`:${ports.rtmp}`, `127.0.0.1:${ports.rtmp}`, ports.rtmp]) {
    const report = await edit({ ...base, listen: port, gop_num: 2 });
    expect(report).toMatchObject({
      error: undefined,
      outcome: 'applied',
      streamsKept: 1,
      sessionsClosed: 0,
    });
    await (await openPlayer(`rtmp://127.0.0.1:${ports.rtmp}/live/movie`)).ready();
  }
  await expectNothingLost(source, viewers);
});

test('viewers lose nothing while two protocols exchange their ports', async () => {
  const { edit, base, source, viewers, ports } = await underLoad();
  const report = await edit({ ...base, listen: base['flvport'], flvport: base['listen'] });
  expect(report).toMatchObject({ outcome: 'applied', viewersKept: 3 });
  const player = await playFrom(`rtmp://127.0.0.1:${ports.http}/live/movie`);
  await player.received(4);
  expect((await openHttp(`http://127.0.0.1:${ports.rtmp}/live/movie.flv`)).status).toBe(200);
  await expectNothingLost(source, viewers);
});

test('viewers lose nothing while the file is half written, vanishes, returns, and its directory is replaced', async () => {
  const { followed, file, directory, base, source, viewers } = await underLoad();
  const text = JSON.stringify({ ...base, gop_num: 4 });
  const half = await followed.edit(text.slice(0, 40));
  expect(half.outcome).toBe('rejected');
  expect((await followed.edit(text)).outcome).toBe('applied');
  await followed.logged('has vanished; the current config stays', () => unlinkSync(file));
  expect((await followed.server.reload('SIGHUP')).outcome).toBe('rejected');
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

test('the report names options that apply to new sessions only', async () => {
  const { edit, base, source, viewers, followed } = await underLoad();
  const report = await edit({ ...base, rtmp: { chunkSize: 60_000, maxStreamsPerConnection: 3 } });
  expect(report.changes.nextSessionOnly).toEqual(['rtmp.chunkSize', 'rtmp.maxStreamsPerConnection']);
  expect(followed.words).toMatch(
    /^config 2 applied: rtmp replaced, rtmp\.chunkSize and rtmp\.maxStreamsPerConnection for new sessions only, 1 stream and 3 players kept \(\d+ ms\)$/,
  );
  await expectNothingLost(source, viewers);
});

test('a change of gop_num applies to a live stream, and so to its next viewer', async () => {
  const { edit, base, source, viewers, followed } = await underLoad();
  const stream = followed.server.streams[0]!;
  await edit({ ...base, gop_num: 0 });
  expect(stream.gopFigures.packets).toBe(0);
  await edit({ ...base, gop_num: 2 });
  const player = await playFrom(`rtmp://127.0.0.1:${followed.server.port('rtmp.port')}/live/movie`);
  await player.received(50);
  expect(stream.gopFigures.packets).toBeGreaterThan(20);
  await expectNothingLost(source, viewers);
});

/** A plugin that takes some turns of the loop to start, and logs when it begins and ends. */
const SLOW_PLUGIN = `
import { setImmediate } from 'node:timers/promises';
export default {
  name: 'slow',
  schema: { type: 'object', properties: { number: { type: 'integer', default: 0 } } },
  server({ log, onStart }, { number }) {
    onStart(async () => {
      log.info('start ' + number);
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      log.info('end ' + number);
    });
  },
};
`;

test('reloads that overlap are applied one after the other, and only the newest of those that wait', async () => {
  const { followed, base, file, directory, source, viewers } = await underLoad();
  const { server } = followed;
  writeFileSync(join(directory, 'slow.js'), SLOW_PLUGIN);
  const reports = [];
  for (let number = 1; number <= 20; number++) {
    const config = { ...base, gop_num: number, plugins: ['./slow.js'], slow: { number } };
    writeFileSync(file, JSON.stringify(config));
    reports.push(server.reload('SIGHUP'));
  }
  const different = [...new Set(await Promise.all(reports))];
  expect(different.length).toBeLessThan(4);
  const generations = different.map(({ generation }) => generation);
  expect(generations).toEqual(generations.toSorted((one, other) => one - other));
  const starts = followed.log.filter(({ plugin }) => plugin === 'slow').map(({ msg }) => msg);
  const inOrder = starts.flatMap((word) =>
    word.startsWith('start') ? [word, word.replace('start', 'end')] : [],
  );
  expect(starts).toEqual(inOrder);
  expect(starts.at(-1)).toBe('end 20');
  expect(server.streams[0]?.options.gop_num).toBe(20);
  await expectNothingLost(source, viewers);
});
