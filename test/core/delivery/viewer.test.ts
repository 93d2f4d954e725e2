import { describe, expect, test } from 'vitest';
import {
  FakeTransport,
  FLV,
  spell,
  START,
  streamForTest,
  video,
  videoHeader,
  viewerOn,
} from '../stream/stream-kit.ts';

const KIB = 1024;
const IN_FLIGHT = 64 * KIB;

describe('a connection that takes nothing', () => {
  test('is handed 64 KiB and no more; the rest waits where it can still be dropped', () => {
    const transport = new FakeTransport('stalled');
    const viewer = viewerOn(transport);
    for (let count = 0; count < 10; count++) viewer.send(Buffer.alloc(16 * KIB), 1);
    expect(viewer.state).toBe('current');
    expect(transport.writableLength).toBe(IN_FLIGHT);
    expect(viewer.queuedBytes).toBe(160 * KIB);
    expect(viewer.counters.sentBytes).toBe(IN_FLIGHT);
  });

  test('gets what waited, in order, as soon as it takes bytes again', () => {
    const transport = new FakeTransport('stalled');
    const viewer = viewerOn(transport);
    const runs = Array.from({ length: 30 }, (_, index) => Buffer.alloc(10 * KIB, index));
    for (const run of runs) viewer.send(run, 1);
    transport.drain();
    expect(transport.writes).toEqual(runs);
    expect(viewer.queuedBytes).toBe(0);
    expect(viewer.counters).toEqual({
      sentBytes: 300 * KIB,
      queuedBytes: 0,
      droppedPackets: 0,
      droppedBytes: 0,
      lags: 0,
    });
  });

  test('loses all that waits when it is more than dropAfterBytes, and every packet of it is counted', () => {
    const viewer = viewerOn(new FakeTransport('stalled'), { dropAfterBytes: 100 * KIB });
    viewer.send(Buffer.alloc(IN_FLIGHT), 4);
    viewer.send(Buffer.alloc(60 * KIB), 3);
    viewer.send(Buffer.alloc(40 * KIB), 2);
    expect(viewer.state).toBe('current');
    viewer.send(Buffer.of(1), 1);
    expect(viewer.state).toBe('lagging');
    expect(viewer.counters).toMatchObject({
      lags: 1,
      droppedPackets: 6,
      droppedBytes: 100 * KIB + 1,
      queuedBytes: IN_FLIGHT,
    });
  });

  test('and then continues is given what waits as any other, and waits for it no longer', () => {
    const transport = new FakeTransport('stalled');
    const viewer = viewerOn(transport, { dropAfterBytes: 100 * KIB });
    while (viewer.state === 'current') viewer.send(Buffer.alloc(50 * KIB), 1);
    transport.drain();
    expect(viewer.canResume()).toBe(true);
    viewer.resume();
    for (let count = 0; count < 4; count++) viewer.send(Buffer.alloc(40 * KIB), 1);
    expect(viewer.state).toBe('current');
    transport.drain();
    expect(viewer.queuedBytes).toBe(0);
    expect(viewer.counters.lags).toBe(1);
  });

  test('is lost after closeAfterBytes, counted from where it fell behind', () => {
    const viewer = viewerOn(new FakeTransport('stalled'), {
      dropAfterBytes: 64 * KIB,
      closeAfterBytes: 200 * KIB,
    });
    viewer.send(Buffer.alloc(IN_FLIGHT), 1);
    viewer.send(Buffer.alloc(65 * KIB), 1);
    expect(viewer.state).toBe('lagging');
    viewer.countDropped(1, 135 * KIB);
    expect(viewer.state).toBe('lagging');
    viewer.countDropped(1, 1);
    expect(viewer.state).toBe('lost');
  });

  test('may take a backlog that is larger than its limits', () => {
    const transport = new FakeTransport('stalled');
    const viewer = viewerOn(transport, { dropAfterBytes: 64 * KIB });
    viewer.sendBacklog(Array.from({ length: 20 }, () => Buffer.alloc(64 * KIB)));
    for (let count = 0; count < 4; count++) viewer.send(Buffer.alloc(16 * KIB), 1);
    expect(viewer.state).toBe('current');
    transport.drain();
    expect(viewer.counters.sentBytes).toBe(21 * 64 * KIB);
  });
});

test('a viewer whose connection has thrown is asked nothing any more', () => {
  const transport = new FakeTransport();
  const viewer = viewerOn(transport);
  transport.write = () => {
    throw new Error('broken');
  };
  viewer.send(Buffer.alloc(10), 1);
  Object.defineProperty(transport, 'writableLength', {
    get: () => {
      throw new Error('gone');
    },
  });
  expect(() => viewer.send(Buffer.alloc(10), 1)).not.toThrow();
  expect(viewer.state).toBe('lost');
  expect(viewer.canResume()).toBe(false);
  expect(viewer.counters.sentBytes).toBe(0);
});

describe('write_timeout', () => {
  test('is over for a viewer that took no byte of what waits, counted from the first look', () => {
    const viewer = viewerOn(new FakeTransport('stalled'));
    viewer.send(Buffer.alloc(100), 1);
    expect(viewer.stalled(1_000_000, 10_000)).toBe(false);
    expect(viewer.stalled(1_009_999, 10_000)).toBe(false);
    expect(viewer.stalled(1_010_000, 10_000)).toBe(true);
  });

  test('restarts with each byte that is taken', () => {
    const transport = new FakeTransport('stalled');
    const viewer = viewerOn(transport);
    viewer.send(Buffer.alloc(100), 1);
    viewer.stalled(0, 10_000);
    transport.take(1);
    expect(viewer.stalled(9000, 10_000)).toBe(false);
    expect(viewer.stalled(18_999, 10_000)).toBe(false);
    expect(viewer.stalled(19_000, 10_000)).toBe(true);
  });

  test('is over as well for one whose protocol goes on writing to the connection, such as pings', () => {
    const transport = new FakeTransport('stalled');
    const viewer = viewerOn(transport);
    transport.write(Buffer.alloc(18));
    viewer.send(Buffer.alloc(10), 1);
    for (let now = 0; now < 10_000; now += 1000) {
      expect(viewer.stalled(now, 10_000)).toBe(false);
      transport.write(Buffer.alloc(18));
    }
    expect(viewer.stalled(10_000, 10_000)).toBe(true);
  });

  test('does not concern a viewer that has nothing to take, nor any when it is 0', () => {
    const idle = viewerOn(new FakeTransport());
    idle.send(Buffer.alloc(100), 1);
    idle.stalled(0, 10_000);
    expect(idle.stalled(1_000_000, 10_000)).toBe(false);
    const stalled = viewerOn(new FakeTransport('stalled'));
    stalled.send(Buffer.alloc(100), 1);
    stalled.stalled(0, 0);
    expect(stalled.stalled(1_000_000, 0)).toBe(false);
  });
});

test('a viewer that has left gets nothing any more, not even what waited for it', () => {
  const transport = new FakeTransport('stalled');
  const viewer = viewerOn(transport);
  for (let count = 0; count < 10; count++) viewer.send(Buffer.alloc(16 * KIB), 1);
  viewer.discard();
  transport.drain();
  expect(transport.writes).toHaveLength(4);
  expect(viewer.queuedBytes).toBe(0);
});

test('the end of a stream cuts nothing off: what waits is written, then the connection is closed', () => {
  const transport = new FakeTransport('stalled');
  const viewer = viewerOn(transport);
  for (let count = 0; count < 10; count++) viewer.send(Buffer.alloc(16 * KIB), 1);
  viewer.finish({ code: 'unpublished', message: 'over' });
  expect(transport.writes).toHaveLength(10);
  expect(viewer.counters.sentBytes).toBe(160 * KIB);
  expect(transport.causes).toEqual([{ code: 'unpublished', message: 'over' }]);
});

describe('a slow viewer of a stream', () => {
  function slowStream(slowViewer: { dropAfterBytes: number; closeAfterBytes: number }) {
    const { stream, publish: send } = streamForTest({ slowViewer });
    let id = 0;
    const publish = (kind: 'key' | 'inter'): void => {
      // Above 128 KiB, so that each packet is a run of its own.
      send(video(id * 40, id, kind, 140 * KIB));
      id++;
    };
    send(...START);
    return { stream, publish, send };
  }

  test('loses whole packets up to the next keyframe it can take, and continues at the live edge', () => {
    const { stream, publish } = slowStream({ dropAfterBytes: 300 * KIB, closeAfterBytes: 1 << 30 });
    publish('key');
    const [slow, healthy] = [new FakeTransport('stalled'), new FakeTransport()];
    const viewer = viewerOn(slow, stream.options.slowViewer);
    stream.join(viewer, FLV);
    stream.join(viewerOn(healthy), FLV);
    for (let count = 1; count < 5; count++) publish('inter');
    expect(viewer.state).toBe('lagging');
    publish('key');
    publish('inter');
    slow.read();
    publish('inter');
    publish('key');
    publish('inter');
    expect(spell(healthy.tags)).toBe('m v1 a1 V0! V1 V2 V3 V4 V5! V6 V7 V8! V9');
    expect(spell(slow.tags)).toBe('m v1 a1 V0! V8! V9');
    expect(viewer.counters).toMatchObject({ lags: 1, droppedPackets: 7, queuedBytes: 0 });
    expect(slow.causes).toEqual([]);
  });

  test('gets the headers that changed while it lagged', () => {
    const { stream, publish, send } = slowStream({ dropAfterBytes: 64 * KIB, closeAfterBytes: 1 << 30 });
    publish('key');
    const slow = new FakeTransport('stalled');
    stream.join(viewerOn(slow, stream.options.slowViewer), FLV);
    publish('inter');
    publish('inter');
    send(videoHeader(100, 9));
    slow.read();
    publish('key');
    expect(spell(slow.tags)).toBe('m v1 a1 V0! m v9 a1 V3!');
  });

  test('gets headers again that it lost with the rest, though they have not changed since', () => {
    const { stream, publish, send } = slowStream({ dropAfterBytes: 200 * KIB, closeAfterBytes: 1 << 30 });
    publish('key');
    send(videoHeader(10, 9));
    publish('inter');
    const slow = new FakeTransport('stalled');
    stream.join(viewerOn(slow, stream.options.slowViewer), FLV);
    for (let count = 0; count < 5; count++) publish('inter');
    slow.read();
    publish('key');
    expect(spell(slow.tags)).toBe('m v1 a1 V0! m v9 a1 V7!');
  });

  test('that lags for more than 20 s still continues with a keyframe, for there are some', () => {
    const { stream, publish } = slowStream({ dropAfterBytes: 64 * KIB, closeAfterBytes: 1 << 30 });
    publish('key');
    const slow = new FakeTransport('stalled');
    stream.join(viewerOn(slow, stream.options.slowViewer), FLV);
    for (let count = 1; count < 600; count++) publish(count % 50 === 0 ? 'key' : 'inter');
    slow.read();
    publish('key');
    expect(spell(slow.tags)).toBe('m v1 a1 V0! V600!');
    const other = new FakeTransport('stalled');
    stream.join(viewerOn(other, stream.options.slowViewer), FLV);
    for (let count = 601; count < 1210; count++) publish(count % 50 === 0 ? 'key' : 'inter');
    other.read();
    publish('inter');
    publish('inter');
    expect(spell(other.tags)).toBe('m v1 a1 V600!');
  });

  test('is closed as slow after closeAfterBytes, once, and no longer counted', () => {
    const { stream, publish } = slowStream({ dropAfterBytes: 64 * KIB, closeAfterBytes: 500 * KIB });
    publish('key');
    const slow = new FakeTransport('stalled');
    stream.join(viewerOn(slow, stream.options.slowViewer), FLV);
    for (let count = 0; count < 10; count++) publish('inter');
    expect(slow.causes.map((cause) => cause.code)).toEqual(['slow']);
    expect(slow.causes[0]?.message).toContain('slowViewer.closeAfterBytes');
    expect(stream.viewerCount).toBe(0);
  });

  test('costs the others nothing: 100 stalled beside 100 healthy ones, and memory stays below the limits', () => {
    const slowViewer = { dropAfterBytes: 512 * KIB, closeAfterBytes: 1 << 30 };
    const { stream, publish } = slowStream(slowViewer);
    publish('key');
    const stalled = Array.from({ length: 100 }, () => new FakeTransport('stalled'));
    const healthy = Array.from({ length: 100 }, () => new FakeTransport());
    const viewers = stalled.map((transport) => viewerOn(transport, slowViewer));
    for (const viewer of viewers) stream.join(viewer, FLV);
    for (const transport of healthy) stream.join(viewerOn(transport, slowViewer), FLV);
    for (let count = 1; count < 100; count++) publish(count % 25 === 0 ? 'key' : 'inter');
    const expected = Array.from({ length: 100 }, (_, id) => `V${id}${id % 25 === 0 ? '!' : ''}`);
    for (const { tags } of healthy) expect(spell(tags)).toBe(['m v1 a1', ...expected].join(' '));
    const held = new Set(stalled.flatMap(({ writes }) => writes));
    const bytes = [...held].reduce((sum, run) => sum + run.length, 0);
    expect(bytes).toBeLessThan(2 * (slowViewer.dropAfterBytes + IN_FLIGHT));
    for (const viewer of viewers) {
      expect(viewer.queuedBytes).toBeLessThanOrEqual(slowViewer.dropAfterBytes + IN_FLIGHT + 140 * KIB + 100);
      expect(viewer.state).toBe('lagging');
    }
  });
});
