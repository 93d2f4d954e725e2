// Applications and protocols that an edit removes under load.
import { expect, test } from 'vitest';
import { fetchText, openHttp } from '../helpers/flv-viewer.ts';
import { within } from '../helpers/net.ts';
import { expectNothingLost } from '../helpers/reload.ts';
import { openPublisher, playFrom, publishTo } from '../helpers/rtmp-client.ts';
import { underLoad } from './under-load.ts';

test('an application that is removed lets its sessions finish, and denies new ones (onRemove: "drain")', async () => {
  const { edit, base, source, viewers, ports, words } = await underLoad();
  expect(words).toBe('');
  const report = await edit({ ...base, servers: [{ servername: 'event' }] });
  expect(report).toMatchObject({ viewersKept: 3, sessionsClosed: 0, changes: { appsRemoved: ['live'] } });
  const late = await openPublisher(`rtmp://127.0.0.1:${ports.rtmp}/live/other`);
  await late.refused().catch(() => late.gone());
  expect((await fetchText(`http://127.0.0.1:${ports.http}/live/movie.flv`)).status).toBe(404);
  await expectNothingLost(source, viewers);
});

test('an application that is removed ends its own sessions and no others (onRemove: "close")', async () => {
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

test('an application whose entry becomes a pattern that matches its name is kept', async () => {
  const { edit, base, source, viewers, ports } = await underLoad({ onRemove: 'close' });
  expect(await edit({ ...base, servers: [{ servername: 'l*' }] })).toMatchObject({
    sessionsClosed: 0,
    changes: { appsAdded: ['l*'], appsRemoved: ['live', 'event'], closing: expect.any(Array) },
  });
  await publishTo(`rtmp://127.0.0.1:${ports.rtmp}/lobby/x`);
  await expectNothingLost(source, viewers);
});

test('a protocol that is switched off for an application closes its own viewers only (onRemove: "close")', async () => {
  const { edit, base, source, viewers } = await underLoad();
  const entry = { servername: 'live', onRemove: 'close', httpflv: 'disable' };
  const report = await edit({ ...base, servers: [entry, { servername: 'event' }] });
  expect(report).toMatchObject({ sessionsClosed: 2, changes: { closing: ['httpflv of live'] } });
  const [rtmp, ...flv] = viewers;
  await Promise.all(flv.map((viewer) => within(viewer.all(), `the end of ${viewer.name}`)));
  await expectNothingLost(source, [rtmp!]);
});
