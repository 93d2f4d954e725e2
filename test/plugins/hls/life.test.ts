// A stream's life as its viewers see it: over republishing and jumps, to the end.
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
import { numbers, resolve, startHls, tag, uris } from './hls-kit.ts';

afterEach(() => void vi.useRealTimers());

const CLOCK = ['Date', 'performance', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;

function stopClock(): void {
  vi.useFakeTimers({ toFake: [...CLOCK] });
}

describe('a publisher', () => {
  test('that returns in time continues behind a discontinuity, with the next number', async () => {
    const hls = await startHls({}, { config: { keepAfterUnpublishMs: 60_000 } });
    const first = await hls.publish();
    first.headers().run(3);
    const { url, text } = await hls.media();
    first.leave();
    const gap = (await hls.get(url)).body;
    // The part of the segment that was there is available at once.
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

  test('that stops for good ends the playlist, whose tail can be fetched for a while', async () => {
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
    expect(hls.metric('hls_streams')).toBe(0);
    const again = await hls.publish();
    again.headers().run(3);
    expect(numbers((await hls.media()).text)[0]).toBeGreaterThan(numbers(ended).at(-1)!);
  });

  test('that returns after the end of the stream finds its viewers, behind a discontinuity', async () => {
    const hls = await startHls({ publisherGraceSeconds: 20 });
    const first = await hls.publish();
    first.headers().run(5);
    const { url, text } = await hls.media();
    first.leave();
    const open = (await hls.get(url)).body;
    expect(open).not.toContain('#EXT-X-ENDLIST');
    expect(hls.metric('hls_viewers')).toBe(1);
    (await hls.publish()).headers().run(3);
    const after = (await hls.get(url)).body;
    expect(numbers(after)).toEqual([0, 1, 2, 3].map((step) => numbers(text)[0]! + step));
    expect(after.match(/#EXT-X-DISCONTINUITY\n/g)).toHaveLength(1);
    // One viewer, and one of the new stream.
    expect([hls.metric('hls_viewers'), hls.test.stream('live/movie').viewerCount]).toEqual([1, 1]);
  });

  test('that announces its end ends the playlist at once', async () => {
    const hls = await startHls({ publisherGraceSeconds: 20 });
    const publisher = await hls.publish();
    publisher.headers().run(5);
    const { url } = await hls.media();
    publisher.leave(true);
    expect((await hls.get(url)).body).toMatch(/#EXT-X-ENDLIST\n$/);
  });

  test('that does not return in time ends the playlist, and its tail stays as long as any', async () => {
    stopClock();
    const hls = await startHls({ publisherGraceSeconds: 20 });
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
    expect(hls.metric('hls_streams')).toBe(0);
  });

  test('that stops a stream which is kept can still be seen, and starts behind it when it returns', async () => {
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

  test('that sends no keyframes is cut by the limit, and the log says so once', async () => {
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

describe('on demand', () => {
  test('no segment is made until a viewer connects, which gets the cached group of pictures first', async () => {
    stopClock();
    const quiet = await startHls({ onDemand: true, sessionTimeoutSeconds: 5 });
    const publisher = await quiet.publish();
    publisher.headers().run(10);
    expect([quiet.metric('hls_active_streams'), quiet.metric('hls_segments_total')]).toEqual([0, 0]);
    const opening = quiet.get('/live/movie.m3u8');
    await vi.advanceTimersByTimeAsync(10);
    expect(quiet.metric('hls_active_streams')).toBe(1);
    publisher.run(1.04);
    expect((await opening).statusCode).toBe(200);
    expect(quiet.metric('hls_segments_total')).toBe(1);
    await vi.advanceTimersByTimeAsync(7000);
    expect(quiet.metric('hls_active_streams')).toBe(0);
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
