import { describe, expect, test } from 'vitest';
import type { MediaPacket } from '../../../../core/media/packet.ts';
import type { StartPosition } from '../../../../core/stream/sink.ts';
import { contextOf, publishTo, send, type TestPublication } from '../kernel-kit.ts';
import { seen, spell, video } from '../../stream/stream-kit.ts';

/** The publisher's next message: its header once more. */
function publishHeader({ publication, stream }: TestPublication, timestamp: number): void {
  const [header] = stream.headers;
  publication.receive(header!.info, timestamp, header!.payload);
}

describe('a sink', () => {
  test('is detached when its instance stops, and an instance that stopped cannot attach another', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const { view } = published.stream;
    const heard: number[] = [];
    context.attach(view, { write: (packet) => void heard.push(packet.timestamp) }, { from: 'live' });
    publishHeader(published, 50);
    await test.kernel.stop('over');
    expect(heard).toEqual([50]);
    expect(() => context.attach(view, { write: () => {} })).toThrow(
      'one has stopped and cannot attach a sink',
    );
  });

  test('is detached when its instance is replaced, while the stream continues', async () => {
    const { test, context, replace } = await contextOf();
    const published = await publishTo(test);
    const heard: string[] = [];
    const sink = { write: () => void heard.push('packet'), end: () => void heard.push('end') };
    context.attach(published.stream.view, sink, { from: 'live' });
    await replace();
    publishHeader(published, 50);
    expect(heard).toEqual([]);
  });

  test('can be detached by hand, twice, beside another of the same plugin', async () => {
    const { test, context } = await contextOf();
    const published = await publishTo(test);
    const { view } = published.stream;
    const heard: string[] = [];
    const detach = context.attach(view, { write: () => void heard.push('one') }, { from: 'live' });
    context.attach(view, { write: () => void heard.push('two') }, { from: 'live' });
    detach();
    detach();
    publishHeader(published, 50);
    expect(heard).toEqual(['two']);
  });

  test('cannot be attached to a stream that has ended', async () => {
    const { test, context } = await contextOf();
    const { stream } = await publishTo(test);
    test.kernel.hub.close({ code: 'shutdown', message: 'over' });
    expect(() => context.attach(stream.view, { write: () => {} })).toThrow(
      'one cannot attach a sink: live/movie has ended',
    );
  });

  test.each<readonly [StartPosition | undefined, string]>([
    [undefined, 'v1 V1! V2 V3 V4! V5'],
    ['gop', 'v1 V1! V2 V3 V4! V5'],
    ['headers', 'v1 V3 V4! V5'],
    ['next-keyframe', 'v1 V4! V5'],
    ['live', 'V3 V4! V5'],
  ])('that is attached from %s to a stream at V2 gets %s', async (from, expected) => {
    const { test, context } = await contextOf();
    const { publication, stream } = await publishTo(test);
    const packets: MediaPacket[] = [];
    const sink = { write: (packet: MediaPacket) => void packets.push(packet) };
    context.attach(stream.view, sink, from === undefined ? undefined : { from });
    send(publication, video(80, 3), video(120, 4, 'key'), video(160, 5));
    expect(spell(packets.map(({ payload }) => seen('video', payload)))).toBe(expected);
    const times = packets.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });
});
