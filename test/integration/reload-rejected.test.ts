// Edits that are rejected under load: the server continues as it was.
import { expect, test } from 'vitest';
import { openHttp } from '../helpers/flv-viewer.ts';
import { untilClosed } from '../helpers/net.ts';
import { expectNothingLost, followServer } from '../helpers/reload.ts';
import { openPlayer } from '../helpers/rtmp-client.ts';
import { underLoad } from './under-load.ts';

test('a rejected edit names every fault by line and column, and changes nothing', async () => {
  const { followed, base, source, viewers } = await underLoad();
  const report = await followed.edit('{\n  lisen: 1935,\n  gop_num: "two",\n}');
  expect(report).toMatchObject({ outcome: 'rejected', generation: 1 });
  expect(report.faults.map(({ line, column, path }) => [line, column, path])).toEqual([
    [2, 3, 'lisen'],
    [3, 12, 'gop_num'],
  ]);
  const errors = followed.log.filter(({ level }) => level === 50).map(({ msg }) => msg);
  expect(errors).toEqual([
    `${followed.file}:2:3: lisen: unknown key; did you mean "listen"?`,
    `${followed.file}:3:12: gop_num: "two" is a string; it must be a whole number from 0 to 100`,
    'config rejected, config 1 stays current: 2 faults',
  ]);
  expect((await followed.edit({ ...base, gop_num: 2 })).generation).toBe(2);
  await expectNothingLost(source, viewers);
});

test('an edit that is rejected for a taken port leaves every port as it was, and names the option', async () => {
  const { edit, base, source, viewers, ports } = await underLoad();
  const other = await followServer({ listen: `127.0.0.1:${ports.spare}`, httpflv: 'disable' });
  const report = await edit({
    ...base,
    flvport: `127.0.0.1:${ports.spare2}`,
    listen: `127.0.0.1:${ports.spare}`,
  });
  expect(report.outcome).toBe('rejected');
  expect(report.error).toBe(
    `rtmp.port (listen in line 2): 127.0.0.1:${ports.spare} is in use by another program; stop that program or choose another port`,
  );
  await untilClosed(ports.spare2);
  expect((await openHttp(`http://127.0.0.1:${ports.http}/live/movie.flv`)).status).toBe(200);
  await other.server.stop('over');
  expect((await edit({ ...base, listen: `127.0.0.1:${ports.spare}` })).outcome).toBe('applied');
  await expectNothingLost(source, viewers);
});

test('an edit that takes every address of a port and is rejected gives the old address back at once', async () => {
  const { edit, base, source, viewers, ports } = await underLoad();
  await followServer({ listen: `127.0.0.1:${ports.spare}`, httpflv: 'disable' });
  const report = await edit({ ...base, listen: `:${ports.rtmp}`, flvport: `127.0.0.1:${ports.spare}` });
  expect(report.outcome).toBe('rejected');
  await (await openPlayer(`rtmp://127.0.0.1:${ports.rtmp}/live/movie`)).ready();
  await expectNothingLost(source, viewers);
});
