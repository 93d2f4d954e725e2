import { expect, test } from 'vitest';
import { UpToDateViewers } from '../../../core/delivery/up-to-date-viewers.ts';
import type { ViewerOutput, ViewerTransport } from '../../../core/delivery/viewer.ts';
import { FakeTransport, viewerOn } from '../stream/stream-kit.ts';

const RUN = Buffer.alloc(1000);

function three(second: 'reads' | 'stalled' = 'reads') {
  const transports = [new FakeTransport(), new FakeTransport(second), new FakeTransport()];
  const viewers = transports.map((transport) => viewerOn(transport));
  const live = new UpToDateViewers();
  live.add(viewers);
  return { live, transports, viewers };
}

test('a run costs each viewer one look at what its connection holds, and one write', () => {
  const looks = { output: 0, length: 0, written: 0 };
  const output: ViewerOutput = {
    write: () => void looks.written++,
    get writableLength() {
      looks.length++;
      return 0;
    },
  };
  const transport: ViewerTransport = {
    get output() {
      looks.output++;
      return output;
    },
    onDrain: () => () => {},
    close: () => {},
  };
  const live = new UpToDateViewers();
  live.add([viewerOn(transport)]);
  for (let run = 0; run < 10; run++) live.write(RUN);
  expect(looks).toEqual({ output: 1, length: 10, written: 10 });
});

test('what each viewer was sent is counted from when it is added to when it is removed, and continues when it is added again', () => {
  const live = new UpToDateViewers();
  const [early, late] = [viewerOn(new FakeTransport()), viewerOn(new FakeTransport())];
  early.send(Buffer.alloc(5), 1);
  live.add([early]);
  live.write(RUN);
  live.add([late]);
  live.write(RUN);
  expect(early.counters.sentBytes).toBe(2005);
  expect(late.counters.sentBytes).toBe(1000);
  live.remove(early);
  live.remove(early);
  live.write(RUN);
  expect(early.counters.sentBytes).toBe(2005);
  expect(late.counters.sentBytes).toBe(2000);
  live.add([early]);
  live.write(RUN);
  expect(early.counters.sentBytes).toBe(3005);
});

test('a viewer whose connection is full is handed back without the run; the others get it', () => {
  const { live, transports, viewers } = three('stalled');
  const long = Buffer.alloc(64 * 1024);
  expect(live.write(long)).toEqual([]);
  expect(live.write(RUN)).toEqual([viewers[1]]);
  expect(live.size).toBe(2);
  expect(transports.map(({ writes }) => writes.length)).toEqual([2, 1, 2]);
  expect(viewers[1]!.counters.sentBytes).toBe(long.length);
});

test('a viewer whose connection throws is handed back as failed; the others get the run', () => {
  const { live, transports, viewers } = three();
  transports[1]!.write = () => {
    throw new Error('broken');
  };
  expect(live.write(RUN)).toEqual([viewers[1]]);
  expect(viewers[1]!.fault?.message).toBe('broken');
  expect(viewers[1]!.state).toBe('lost');
  expect([...live]).toEqual([viewers[0], viewers[2]]);
  expect(transports[2]!.writes).toEqual([RUN]);
});

test('a viewer that leaves because another one is written to has been sent what was counted', () => {
  const { live, transports, viewers } = three();
  const write = transports[1]!.write.bind(transports[1]);
  transports[1]!.write = (bytes) => {
    write(bytes);
    for (const viewer of viewers) live.remove(viewer);
  };
  live.write(RUN);
  for (const [index, viewer] of viewers.entries())
    expect(viewer.counters.sentBytes).toBe(transports[index]!.bytes.length);
});

test('a viewer that leaves while it is written to is not handed back', () => {
  const { live, transports, viewers } = three();
  transports[1]!.write = () => {
    live.remove(viewers[1]!);
    throw new Error('left');
  };
  expect(live.write(RUN)).toEqual([]);
  expect([...live]).toEqual([viewers[0], viewers[2]]);
  expect(transports[2]!.writes).toEqual([RUN]);
});
