// A stream's life as its viewers see it: before the first segment, over republishing, reloads and jumps, to the end.
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  audio,
  aacFrame,
  aacHeader,
  slice,
  video,
  videoFrame,
  videoHeader,
} from '../../core/media/mpegts/flv-packets.ts';
import { numbers, resolve, startHls, tag, uris, type TestPublication } from './hls-kit.ts';

afterEach(() => void vi.useRealTimers());

const CLOCK = ['Date', 'performance', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;

function stopClock(): void {
  vi.useFakeTimers({ toFake: [...CLOCK] });
}

describe('a viewer who comes early', () => {
  test('waits for the publisher and its first segment, then plays', async () => {
    const hls = await startHls();
    const opening = hls.get('/live/movie.m3u8');
    const publisher = await hls.publish();
    publisher.headers().run(1);
    await vi.waitFor(() => expect(hls.figure('hls.requestsHeld')).toBe(1));
    publisher.run(1.04);
    expect((await opening).statusCode).toBe(200);
    expect(hls.figure('hls.requestsHeld')).toBe(0);
  });

  test('is told to come again when there is no segment in time', async () => {
    const hls = await startHls({ holdSeconds: 0.05 });
    (await hls.publish()).headers().run(1);
    const answer = await hls.get('/live/movie.m3u8');
    expect([answer.statusCode, answer.headers['retry-after'], answer.json()]).toEqual([
      503,
      '1',
      { error: 'unavailable', reason: 'the first segment of live/movie is not complete yet' },
    ]);
    expect(hls.figure('hls.viewers')).toBe(0);
  });

  test('begins half a segment behind the first, to have something in hand until the second is found', async () => {
    stopClock();
    const hls = await startHls({ headStartSeconds: 10 });
    (await hls.publish()).headers().run(2.04);
    const opening = hls.get('/live/movie.m3u8');
    await vi.advanceTimersByTimeAsync(499);
    expect(hls.figure('hls.requestsHeld')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    const master = await opening;
    const loading = hls.get(resolve('/live/movie.m3u8', uris(master.body)[0]!));
    await vi.advanceTimersByTimeAsync(499);
    expect(hls.figure('hls.requestsHeld')).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(numbers((await loading).body)).toHaveLength(1);
    expect(hls.figure('hls.requestsHeld')).toBe(0);
  });

  test.each<[string, (publisher: TestPublication) => unknown]>([
    ['the second segment comes', (publisher) => publisher.run(20)],
    ['the stream ends', (publisher) => publisher.leave()],
  ])('begins when %s', async (_, happen) => {
    const hls = await startHls({ headStartSeconds: 10, segmentSeconds: 20 });
    const publisher = await hls.publish();
    publisher.headers().run(20.04);
    const opening = hls.get('/live/movie.m3u8');
    await vi.waitFor(() => expect(hls.figure('hls.requestsHeld')).toBe(1));
    happen(publisher);
    expect((await opening).statusCode).toBe(200);
  });

  test('begins at once when too many wait for more', async () => {
    const hls = await startHls({ headStartSeconds: 10, segmentSeconds: 20, maxHeld: 1 });
    const publisher = await hls.publish();
    publisher.headers().run(20.04);
    const opening = hls.get('/live/movie.m3u8');
    await vi.waitFor(() => expect(hls.figure('hls.requestsHeld')).toBe(1));
    expect((await hls.media()).text).toContain('#EXTINF:20.000,');
    expect(hls.figure('hls.requestsHeld')).toBe(1);
    publisher.run(20);
    expect((await opening).statusCode).toBe(200);
  });

  test('is refused when too many wait', async () => {
    const hls = await startHls({ maxHeld: 2 });
    const waiting = [hls.get('/live/movie.m3u8'), hls.get('/live/movie.m3u8')];
    await vi.waitFor(() => expect(hls.figure('hls.requestsHeld')).toBe(2));
    expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(503);
    (await hls.publish()).headers().run(3);
    expect((await Promise.all(waiting)).map((answer) => answer.statusCode)).toEqual([200, 200]);
  });
});

describe('a publisher', () => {
  test('who returns in time goes on behind a discontinuity, with the next number', async () => {
    const hls = await startHls({}, { config: { keepAfterUnpublishMs: 60_000 } });
    const first = await hls.publish();
    first.headers().run(3);
    const { url, text } = await hls.media();
    first.leave();
    const gap = (await hls.get(url)).body;
    // What there was of the segment is out at once.
    expect(numbers(gap)).toEqual([numbers(text)[0]!, numbers(text)[0]! + 1]);
    expect(gap).not.toContain('ENDLIST');
    (await hls.publish()).headers().run(5);
    const after = (await hls.get(url)).body;
    expect(numbers(after)).toEqual([0, 1, 2, 3].map((step) => numbers(text)[0]! + step));
    expect(after.split('\n').filter((line) => line === '#EXT-X-DISCONTINUITY')).toHaveLength(1);
    expect(after.indexOf('#EXT-X-DISCONTINUITY\n')).toBeGreaterThan(
      after.indexOf(`${numbers(text)[0]! + 1}.ts`),
    );
  });

  test('who leaves for good ends the playlist, whose tail can be fetched for a while', async () => {
    stopClock();
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url, text } = await hls.media();
    publisher.leave();
    const ended = (await hls.get(url)).body;
    expect(ended).toMatch(/#EXT-X-ENDLIST\n$/);
    expect((await hls.get(resolve(url, uris(ended).at(-1)!))).statusCode).toBe(200);
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await hls.get(resolve(url, uris(text)[0]!))).statusCode).toBe(200);
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await hls.get(resolve(url, uris(text)[0]!))).statusCode).toBe(404);
    expect(hls.figure('hls.streams')).toBe(0);
    const again = await hls.publish();
    again.headers().run(3);
    expect(numbers((await hls.media()).text)[0]).toBeGreaterThan(numbers(ended).at(-1)!);
  });

  test('who returns after the end of the stream finds its viewers, behind a discontinuity', async () => {
    const hls = await startHls({ endAfterSeconds: 20 });
    const first = await hls.publish();
    first.headers().run(5);
    const { url, text } = await hls.media();
    first.leave();
    const open = (await hls.get(url)).body;
    expect(open).not.toContain('#EXT-X-ENDLIST');
    expect(hls.figure('hls.viewers')).toBe(1);
    (await hls.publish()).headers().run(3);
    const after = (await hls.get(url)).body;
    expect(numbers(after)).toEqual([0, 1, 2, 3].map((step) => numbers(text)[0]! + step));
    expect(after.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
    // One viewer, and one of the new stream.
    expect([hls.figure('hls.viewers'), hls.test.stream('live/movie').viewerCount]).toEqual([1, 1]);
  });

  test('who says that it stops ends the playlist at once', async () => {
    const hls = await startHls({ endAfterSeconds: 20 });
    const publisher = await hls.publish();
    publisher.headers().run(5);
    const { url } = await hls.media();
    publisher.leave(true);
    expect((await hls.get(url)).body).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  test('who does not return in time ends the playlist, and its tail stays for as long as ever', async () => {
    stopClock();
    const hls = await startHls({ endAfterSeconds: 20 });
    const publisher = await hls.publish();
    publisher.headers().run(5);
    const { url } = await hls.media();
    publisher.leave();
    await vi.advanceTimersByTimeAsync(18_000);
    expect((await hls.get(url)).body).not.toContain('#EXT-X-ENDLIST');
    await vi.advanceTimersByTimeAsync(4000);
    expect((await hls.get(url)).body).toMatch(/#EXT-X-ENDLIST\n$/);
    await vi.advanceTimersByTimeAsync(28_000);
    expect((await hls.get(url)).statusCode).toBe(200);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(hls.figure('hls.streams')).toBe(0);
  });

  test('who leaves a stream that is kept can still be seen, and begins anew behind it', async () => {
    const hls = await startHls({ keepAfterEnd: true });
    const publisher = await hls.publish();
    publisher.headers().run(5);
    publisher.leave();
    const { text } = await hls.media();
    expect(text).toContain('#EXT-X-ENDLIST');
    (await hls.publish()).headers().run(5);
    const next = (await hls.media()).text;
    expect(next).not.toContain('#EXT-X-ENDLIST');
    expect(numbers(next)[0]).toBe(numbers(text).at(-1)! + 1);
    expect(Number(tag(next, 'EXT-X-DISCONTINUITY-SEQUENCE') ?? 0)).toBe(0);
    expect(next).toContain('#EXT-X-DISCONTINUITY\n');
  });

  test('whose clock jumps causes a discontinuity and no gap in the numbers', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(4.04);
    publisher.time = 3_600_000;
    publisher.run(5);
    const { url, text } = await hls.media();
    expect(text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
    for (const [index, number] of numbers(text).entries()) expect(number).toBe(numbers(text)[0]! + index);
    expect((await hls.get(resolve(url, uris(text).at(-1)!))).statusCode).toBe(200);
  });

  test('who sends no keyframes is cut by the limit, and the log says so once', async () => {
    const hls = await startHls({ limits: { maxSegmentSeconds: 4 } });
    const publisher = await hls.publish();
    publisher.headers().run(13, 100_000);
    const { text } = await hls.media();
    expect(numbers(text)).toHaveLength(3);
    expect(text).not.toContain('INDEPENDENT');
    expect(hls.test.log.filter(({ msg }) => msg.includes('sends no keyframe'))).toHaveLength(1);
  });

  test('of sound alone is cut by time', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.send(aacHeader());
    for (let at = 0; at < 7000; at += 20) publisher.send(aacFrame(at, slice(0x21, 90)));
    expect(numbers((await hls.media()).text)).toHaveLength(3);
    expect(tag((await hls.get('/live/movie.m3u8')).body, 'EXT-X-STREAM-INF')).toMatch(
      /CODECS="mp4a\.40\.2"$/,
    );
  });

  test('of video that segments cannot carry is heard, and the log says why it is not seen', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.send(aacHeader());
    for (let at = 0; at < 5000; at += 20)
      publisher.send(video(at, Buffer.from('\u0091av01 frame', 'latin1')), aacFrame(at, slice(0x21, 90)));
    expect(numbers((await hls.media()).text)).toHaveLength(2);
    const lines = hls.test.log.filter(({ msg }) => msg.includes('cannot carry av1 video'));
    expect(lines).toHaveLength(1);
  });

  test('of nothing that segments can carry is answered 404 with the reason', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    const waiting = hls.get('/live/movie.m3u8');
    for (let at = 0; at < 3000; at += 20)
      publisher.send(audio(at, Buffer.from('\u0091Opus frame', 'latin1')));
    for (const answer of [await waiting, await hls.get('/live/movie.m3u8')])
      expect([answer.statusCode, answer.json().reason]).toEqual([
        404,
        'live/movie has nothing that HLS can carry here (opus audio)',
      ]);
  });

  test('of malformed packets is served without them', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers();
    for (let at = 0; at < 10; at++)
      publisher.send(video(at, Buffer.from([0x17, 0, 0, 0, 0, 9])), audio(at, Buffer.from([0xaf])));
    publisher.headers().run(3);
    expect(numbers((await hls.media()).text)).toHaveLength(1);
    expect(hls.test.log.filter(({ msg }) => msg.includes('malformed'))).toHaveLength(1);
  });
});

describe('a reload', () => {
  test('that changes options keeps numbers, segments, viewers and the half-built segment', async () => {
    const hls = await startHls();
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url, text } = await hls.media();
    await hls.reload({ segmentSeconds: 4, allowOrigin: 'https://tv.example' });
    publisher.run(4);
    const after = await hls.get(url, { origin: 'https://tv.example' });
    expect(after.headers['access-control-allow-origin']).toBe('https://tv.example');
    expect(numbers(after.body)).toEqual([numbers(text)[0]!, numbers(text)[0]! + 1]);
    expect(after.body).not.toContain('DISCONTINUITY');
    // The segment that was under construction has gone on, and ended by the new rule.
    expect(after.body.match(/#EXTINF:(.*),/g)).toEqual(['#EXTINF:2.000,', '#EXTINF:4.000,']);
    expect(hls.figure('hls.viewers')).toBe(1);
  });

  test('that switches HLS on meets streams that are live, from the cached group of pictures on', async () => {
    const hls = await startHls();
    await hls.reload(false);
    const publisher = await hls.publish();
    publisher.headers().run(2.5);
    await hls.reload({});
    // Streams that are live already start one in each turn of the loop.
    await new Promise((resolved) => setImmediate(resolved));
    publisher.run(2);
    const { text } = await hls.media();
    expect(numbers(text)).toHaveLength(1);
    expect(text).not.toContain('DISCONTINUITY');
    expect(text).toContain('#EXTINF:2.000,');
  });

  test('that switches HLS off does not wait for publishers to return', async () => {
    const apps = [{ servername: 'live' }, { servername: 'other' }];
    const hls = await startHls({ endAfterSeconds: 20 }, { config: { servers: apps } });
    const publisher = await hls.publish();
    publisher.headers().run(3);
    const { url } = await hls.media();
    publisher.leave();
    const { kernel } = hls.test.server;
    const config = kernel.generation.config!;
    const [live, other] = config.apps as [(typeof config.apps)[0], (typeof config.apps)[0]];
    const plugins = new Map(live.plugins).set('hls', { ...live.plugins.get('hls')!, enabled: false });
    await kernel.reload({ ...config, apps: [{ ...live, plugins }, other] });
    expect((await hls.get(url)).body).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  test('that switches HLS off for an application ends its playlists, or takes them away', async () => {
    for (const onRemove of ['drain', 'close'] as const) {
      const apps = [{ servername: 'live' }, { servername: 'other' }];
      const hls = await startHls({}, { config: { servers: apps } });
      (await hls.publish()).headers().run(3);
      const { url } = await hls.media();
      const { kernel } = hls.test.server;
      const config = kernel.generation.config!;
      const [live, other] = config.apps as [(typeof config.apps)[0], (typeof config.apps)[0]];
      const plugins = new Map(live.plugins).set('hls', { ...live.plugins.get('hls')!, enabled: false });
      const options = { ...live.options, onRemove };
      await kernel.reload({ ...config, apps: [{ ...live, options: { ...live.options, onRemove } }, other] });
      await kernel.reload({ ...config, apps: [{ ...live, options, plugins }, other] });
      const answer = await hls.get(url);
      if (onRemove === 'drain') expect(answer.body).toMatch(/#EXT-X-ENDLIST\n$/);
      else expect(answer.statusCode).toBe(403);
      expect((await hls.get('/live/movie.m3u8')).statusCode).toBe(404);
    }
  });
});

describe('on demand', () => {
  test('nothing is made until somebody asks, who gets the cached group of pictures first', async () => {
    stopClock();
    const quiet = await startHls({ onDemand: true, sessionTimeoutSeconds: 5 });
    const publisher = await quiet.publish();
    publisher.headers().run(10);
    expect([quiet.figure('hls.streamsActive'), quiet.figure('hls.segments')]).toEqual([0, 0]);
    const opening = quiet.get('/live/movie.m3u8');
    await vi.advanceTimersByTimeAsync(10);
    expect(quiet.figure('hls.streamsActive')).toBe(1);
    publisher.run(1.04);
    expect((await opening).statusCode).toBe(200);
    expect(quiet.figure('hls.segments')).toBe(1);
    await vi.advanceTimersByTimeAsync(7000);
    expect(quiet.figure('hls.streamsActive')).toBe(0);
  });
});

test('video that joins later, with another size, is a discontinuity', async () => {
  const hls = await startHls();
  const publisher = await hls.publish();
  publisher.headers().run(4);
  publisher.send(
    videoHeader(
      videoHeader()
        .payload.subarray(5)
        .map((byte, at) => (at === 3 ? 30 : byte)) as Buffer,
    ),
  );
  publisher.send(videoFrame(publisher.time, Buffer.from([0, 0, 0, 2, 0x65, 1]), { keyframe: true }));
  publisher.time += 1000;
  publisher.run(3);
  expect((await hls.media()).text.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
});
