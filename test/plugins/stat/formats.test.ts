// The same figures in the forms that people's tools read.
import { spawnSync } from 'node:child_process';
import { samplePackets } from 'livego/testing';
import { expect, test } from 'vitest';
import { startStat, stepSeconds } from './stat-kit.ts';

test('the classic list has its fields, empty lists are null, and one stream can be asked for', async () => {
  const server = await startStat({ publicHost: 'live.example' });
  expect((await server.ask('/stat/livestat')).body).toBe(
    '{"status":200,"data":{"publishers":null,"players":null}}',
  );
  await server.published();
  await server.published('live/other');
  await server.play('live/movie');
  const answer = await server.ask('/stat/livestat?room=live/movie');
  expect(answer.headers['content-type']).toBe('application/json');
  const { status, data } = answer.json<{ status: number; data: Record<string, object[]> }>();
  expect(status).toBe(200);
  expect(data['publishers']).toEqual([
    {
      key: 'live/movie',
      url: 'rtmp://live.example/live/movie',
      stream_id: 1,
      video_total_bytes: 171,
      video_speed: 0,
      audio_total_bytes: 44,
      audio_speed: 0,
    },
  ]);
  expect(data['players']).toEqual([expect.objectContaining({ key: 'live/movie', stream_id: 1 })]);
  const missing = await server.ask('/stat/livestat?room=live/none');
  expect([missing.statusCode, missing.body]).toEqual([
    404,
    '{"status":404,"data":"room not found or inactive"}',
  ]);
});

test('speeds are in kbit/s over the last seconds', async () => {
  const step = stepSeconds();
  const server = await startStat();
  const publisher = await server.published();
  step(10, (second) => publisher.send(...samplePackets({ frames: 25, from: 400 + second * 1000 }).slice(2)));
  const { data } = (await server.ask('/stat/livestat')).json<{
    data: { publishers: Record<string, number>[] };
  }>();
  // 25 frames of 14 bytes, and 25 of 4 bytes, each second.
  expect(data.publishers[0]).toMatchObject({ video_speed: 3, audio_speed: 1 });
  const { streams } = (await server.ask('/stat')).json<{ streams: object[] }>();
  expect(streams[0]).toMatchObject({
    video: { frameRate: 25, kbps: { last5Seconds: 2.8 } },
    audio: { frameRate: 25, kbps: { last5Seconds: 0.8 } },
    kbps: 3.6,
  });
});

test('nginx-rtmp’s page has the applications that nobody publishes to, and addresses without ports', async () => {
  const server = await startStat(
    {},
    { config: { servers: [{ servername: 'live' }, { servername: 'event*' }] } },
  );
  const idle = '<application>\n<name>live</name>\n<live>\n<nclients>0</nclients>\n</live>\n</application>';
  const { body } = await server.ask('/stat?format=xml');
  expect(body.split('<server>\n')[1]).toBe(`${idle}\n</server>\n</rtmp>\n`);
  await server.published('event1/movie');
  await server.play('event1/movie', {
    remote: '[2001:db8::1]:5000',
    pageUrl: 'https://example.org/?token=1',
  });
  const page = (await server.ask('/stat?format=xml')).body;
  expect(page).toContain(`${idle}\n<application>\n<name>event1</name>`);
  expect(page).toMatch(/<address>2001:db8::1<\/address>\n.*\n.*<pageurl>https:\/\/example\.org\/<\/pageurl>/);
});

test('nginx-rtmp’s page is well-formed, with its elements, and nothing that a client says breaks it', async () => {
  const server = await startStat();
  await server.published('live/<movie>&"');
  await server.play('live/<movie>&"', { userAgent: 'evil\u0000</client>' });
  const answer = await server.ask('/stat?format=xml');
  expect(answer.headers['content-type']).toBe('text/xml; charset=utf-8');
  const { body } = answer;
  expect(body).toMatch(/^<\?xml version="1\.0" encoding="utf-8" \?>\n<rtmp>/);
  for (const part of [
    '<application>\n<name>live</name>\n<live>\n<stream>\n<name>&lt;movie&gt;&amp;&quot;</name>',
    '<video>',
    '<codec>H264</codec>',
    '<codec>AAC</codec>',
    '<flashver>evil&lt;/client&gt;</flashver>',
    '<nclients>2</nclients>\n<publishing/>\n<active/>\n</stream>',
    '<bytes_in>',
    '<bw_video>',
  ])
    expect(body).toContain(part);
  const open: string[] = [];
  for (const [, slash, name, empty] of body.matchAll(/<(\/?)(\w+)(\/?)>/g))
    if (slash) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name!);
  expect(open).toEqual([]);
});

test('metrics pass promtool', async () => {
  const server = await startStat();
  await server.published('live/"quoted"');
  await server.play('live/"quoted"');
  const answer = await server.ask('/metrics');
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: answer.body,
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, '', '']);
  expect(answer.body).toContain(
    'livego_stat_stream_viewers{app="live",name="\\"quoted\\"",protocol="test"} 1\n',
  );
  expect(answer.body).toContain('# TYPE livego_stat_event_loop_delay_seconds histogram\n');
  expect(answer.body).toContain('livego_config_last_reload_successful 1\n');
});

test('so many streams have metrics of their own, and the rest is counted', async () => {
  const server = await startStat({ maxStreamMetrics: 2 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) await server.published(`live/${name}`);
  const { body } = await server.ask('/metrics');
  expect(body.match(/^livego_stat_stream_published\{.*$/gm)).toEqual([
    'livego_stat_stream_published{app="live",name="a"} 1',
    'livego_stat_stream_published{app="live",name="b"} 1',
  ]);
  expect(body).toContain('livego_stat_streams_omitted 3\n');
});

test('health is told to everybody, figures are not', async () => {
  const server = await startStat();
  const ask = (url: string) => server.inject('stat.port', { url, remoteAddress: '192.0.2.1' });
  expect((await ask('/healthz')).json()).toEqual({ status: 'ok' });
  expect((await ask('/readyz')).json()).toEqual({ status: 'ready' });
  for (const url of ['/stat', '/stat/livestat', '/metrics']) expect((await ask(url)).statusCode).toBe(403);
});
