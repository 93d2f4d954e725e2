// A wire format may be a plugin's. One that throws must cost its own viewers alone.
import { describe, expect, test } from 'vitest';
import type { AnnouncedTracks } from '../../../core/media/flv/announced-tracks.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { MediaPacket } from '../../../core/media/packet.ts';
import { contextOf, publishTo, send } from '../kernel/kernel-kit.ts';
import { FakeTransport, spell, START, streamForTest, video, viewerOn } from '../stream/stream-kit.ts';
import { join, live, type LiveStream } from './fan-out-kit.ts';

type Broken = 'start' | 'accepts' | 'byteLength' | 'write';

/** Works until `broken` is set. */
class BreakingFormat extends FlvPacketFormat {
  override readonly name = 'breaking';
  broken: Broken | undefined;

  override start(tracks: AnnouncedTracks): Buffer {
    this.#check('start');
    return super.start(tracks);
  }

  override accepts(packet: MediaPacket): boolean {
    this.#check('accepts');
    return super.accepts(packet);
  }

  override byteLength(packet: MediaPacket): number {
    this.#check('byteLength');
    return super.byteLength(packet);
  }

  override write(packet: MediaPacket, target: Buffer, offset: number): number {
    this.#check('write');
    return super.write(packet, target, offset);
  }

  #check(what: Broken): void {
    if (this.broken === what) throw new Error(`${what} is broken, token=secret`);
  }
}

const FAILED = { code: 'failed', message: 'the wire format breaking failed' };

function expectOthersPlay(test: LiveStream, transport: FakeTransport): void {
  test.publish(video(120, 4));
  test.flush();
  expect(spell(transport.tags)).toBe('m v1 a1 V1! V2 V3 V4');
  expect(test.stream.viewerCount).toBe(1);
  expect(test.scheduler.viewers).toBe(1);
  expect(test.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { stream: 'live/movie', format: 'breaking' },
  ]);
}

describe('a wire format that throws', () => {
  test.each<Broken>(['accepts', 'byteLength', 'write'])(
    'in %s has its viewers closed, of every kind; those of another format miss nothing',
    (broken) => {
      const test = live();
      const format = new BreakingFormat();
      test.publish(...START, video(0, 1, 'key'));
      const viewers = [join(test, format)];
      const { transport } = join(test);
      test.publish(video(40, 2));
      test.flush();
      viewers.push(join(test, format));
      const waiting = new FakeTransport();
      test.stream.join(viewerOn(waiting), format, 'next-keyframe');
      format.broken = broken;
      expect(() => test.publish(video(80, 3))).not.toThrow();
      expect(() => test.flush()).not.toThrow();
      for (const each of [...viewers.map((viewer) => viewer.transport), waiting])
        expect(each.causes).toEqual([FAILED]);
      expectOthersPlay(test, transport);
    },
  );

  test.each<Broken>(['start', 'accepts', 'byteLength', 'write'])(
    'in %s while a viewer joins has it closed, and the call returns',
    (broken) => {
      const test = live();
      test.publish(...START, video(0, 1, 'key'), video(40, 2), video(80, 3));
      const { transport } = join(test);
      const format = new BreakingFormat();
      format.broken = broken;
      expect(join(test, format).transport.causes).toEqual([FAILED]);
      expectOthersPlay(test, transport);
    },
  );

  test('serves those that join once it works again', () => {
    const test = live();
    const format = new BreakingFormat();
    test.publish(...START, video(0, 1, 'key'));
    join(test, format);
    format.broken = 'write';
    test.publish(video(40, 2));
    test.flush();
    format.broken = undefined;
    const { transport } = join(test, format);
    test.publish(video(80, 3));
    test.flush();
    expect(spell(transport.tags)).toBe('m v1 a1 V1! V2 V3');
  });

  test('in the flush that the scheduler does ends no process, and does not keep later flushes from being done', async () => {
    const { stream, publish } = streamForTest({ mergeWriteMs: 0 });
    const format = new BreakingFormat();
    publish(...START, video(0, 1, 'key'));
    const [broken, other] = [new FakeTransport(), new FakeTransport()];
    stream.join(viewerOn(broken), format);
    stream.join(viewerOn(other), new FlvPacketFormat());
    format.broken = 'write';
    publish(video(40, 2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(broken.causes).toEqual([FAILED]);
    expect(spell(other.tags)).toBe('m v1 a1 V1! V2');
  });

  test('ends a delivery, whose instance may deliver again', async () => {
    const { test, context } = await contextOf();
    const { publication, stream } = await publishTo(test);
    const format = new BreakingFormat();
    const transport = new FakeTransport();
    context.deliver(stream.view, { format, transport, start: 'gop' });
    format.broken = 'write';
    send(publication, video(80, 3, 'inter', 140_000));
    expect(transport.causes).toEqual([FAILED]);
  });
});

test('a viewer whose output cannot say how much it holds is closed, and costs no other its place', () => {
  const test = live();
  test.publish(...START, video(0, 1, 'key'));
  const { transport } = join(test);
  const broken = new FakeTransport();
  Object.defineProperty(broken, 'writableLength', {
    get: () => {
      throw new Error('no such socket');
    },
  });
  join(test, undefined, broken);
  test.publish(video(40, 2));
  test.flush();
  test.publish(video(80, 3));
  test.flush();
  expect(broken.causes).toMatchObject([{ code: 'failed' }]);
  expect(spell(transport.tags)).toBe('m v1 a1 V1! V2 V3');
});
