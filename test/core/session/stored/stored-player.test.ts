// The clock of a recording that is played: how far ahead of it packets are sent, pause and seek.
import { describe, expect, test, vi } from 'vitest';
import { describeVideo } from '../../../../core/media/flv/packet-info.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import type { StoredReader } from '../../../../core/session/stored/stored-media.ts';
import { StoredPlayer } from '../../../../core/session/stored/stored-player.ts';

const PICTURE = Buffer.from([0x17, 1, 0, 0, 0, 9]);
const HEADER = Buffer.from([0x17, 0, 0, 0, 0, 1]);

/** Ten seconds, a picture each second; four of them are one reading. */
class TenSeconds implements StoredReader {
  readonly headers = [new MediaPacket(describeVideo(HEADER), 0, HEADER)];
  at = 0;
  reads = 0;
  closed = 0;
  failure: Error | undefined;

  seek(timeMs: number): Promise<number> {
    this.at = Math.floor(timeMs / 1000);
    return Promise.resolve(this.at * 1000);
  }

  read(): Promise<readonly MediaPacket[]> {
    this.reads++;
    if (this.failure) return Promise.reject(this.failure);
    const times = [0, 1, 2, 3].map((step) => this.at + step).filter((time) => time < 10);
    this.at += 4;
    return Promise.resolve(
      times.map((time) => new MediaPacket(describeVideo(PICTURE), time * 1000, PICTURE)),
    );
  }

  close(): void {
    this.closed++;
  }
}

function start(bufferMs: number, startMs = 0) {
  const reader = new TenSeconds();
  const seen: string[] = [];
  const moments = { now: 0, step: 0, looks: 0 };
  const now = (): number => {
    moments.looks++;
    return (moments.now += moments.step);
  };
  const output = {
    queuedBytes: 0,
    started: (timeMs: number, how: string) => void seen.push(`${how} ${timeMs}`),
    write: (packets: readonly MediaPacket[]) =>
      void seen.push(...packets.map(({ header, timestamp }) => `${header ? 'header ' : ''}${timestamp}`)),
    complete: () => void seen.push('complete'),
    failed: (error: unknown) => void seen.push(`failed: ${(error as Error).message}`),
  };
  const item = { app: 'live', name: 'movie', durationMs: 10_000, open: () => Promise.resolve(reader) };
  const player = new StoredPlayer({ item, output, now, bufferMs, startMs });
  player.proceed();
  /** What was sent since the last look, once nothing more is. */
  const sent = async (): Promise<string[]> => {
    let before = -1;
    while (before !== seen.length) {
      before = seen.length;
      await new Promise(setImmediate);
    }
    return seen.splice(0);
  };
  const at = (time: number): Promise<string[]> => {
    moments.now = time;
    player.proceed();
    return sent();
  };
  return { player, reader, output, sent, at, moments };
}

describe('a recording', () => {
  test('is sent as far ahead of the clock as the viewer buffers, to its end', async () => {
    const { at, sent, player, reader } = start(3000);
    expect(await sent()).toEqual(['start 0', 'header 0', '0', '1000', '2000', '3000']);
    expect(await at(900)).toEqual([]);
    expect(await at(2000)).toEqual(['4000', '5000']);
    expect(await at(9000)).toEqual(['6000', '7000', '8000', '9000', 'complete']);
    expect(player.complete).toBe(true);
    player.stop();
    expect(reader.closed).toBe(1);
  });

  test('is written in steps, not with each moment that passes', async () => {
    const { at, sent, moments } = start(3000);
    await sent();
    moments.step = 0.01;
    await at(600);
    expect(moments.looks).toBeLessThan(100);
  });

  test('waits while it is paused, and continues where it was', async () => {
    const { at, sent, player } = start(2000);
    expect(await sent()).toEqual(['start 0', 'header 0', '0', '1000', '2000']);
    player.pause();
    expect(await at(60_000)).toEqual([]);
    player.unpause();
    expect(await at(61_000)).toEqual(['3000']);
  });

  test('continues at another place, with the headers, also when it is paused or has ended', async () => {
    const { at, sent, player } = start(2000);
    await sent();
    player.seek(7500);
    expect(await sent()).toEqual(['seek 7000', 'header 7000', '7000', '8000', '9000']);
    expect(await at(500)).toEqual(['complete']);
    player.seek(-5);
    expect(await sent()).toEqual(['seek 0', 'header 0', '0', '1000', '2000']);
    player.pause();
    player.seek(4000);
    expect(await at(5000)).toEqual(['seek 4000', 'header 4000']);
    player.unpause();
    expect(await sent()).toEqual(['4000', '5000', '6000']);
  });

  test('answers the last of many seeks', async () => {
    const { sent, player } = start(2000);
    await sent();
    for (let time = 0; time < 1000; time++) player.seek(time);
    player.seek(5000);
    expect((await sent()).filter((each) => each.startsWith('seek')).length).toBeLessThanOrEqual(2);
    player.seek(6000);
    expect((await sent())[0]).toBe('seek 6000');
  });

  test('is not read on while the connection is full', async () => {
    const { at, sent, output, reader } = start(60_000);
    output.queuedBytes = 1024 * 1024;
    expect(await sent()).toEqual(['start 0', 'header 0']);
    expect(reader.reads).toBe(0);
    output.queuedBytes = 0;
    expect(await at(1)).toHaveLength(11);
  });

  test('tells that it cannot be read, once, and closes', async () => {
    const { sent, player, reader, at } = start(3000);
    await sent();
    reader.failure = new Error('the disk is gone');
    expect(await at(5000)).toEqual(['failed: the disk is gone']);
    expect(reader.closed).toBe(1);
    player.seek(0);
    expect(await at(6000)).toEqual([]);
  });

  test('that is stopped while it is opened is closed and sends nothing', async () => {
    const reader = new TenSeconds();
    let open: (opened: StoredReader) => void = () => {};
    const opened = new Promise<StoredReader>((resolve) => (open = resolve));
    const output = { queuedBytes: 0, started: vi.fn(), write: vi.fn(), complete: vi.fn(), failed: vi.fn() };
    const item = { app: 'live', name: 'movie', durationMs: 0, open: () => opened };
    const player = new StoredPlayer({ item, output, now: () => 0, bufferMs: 1000 });
    player.proceed();
    player.stop();
    open(reader);
    await vi.waitUntil(() => reader.closed === 1);
    expect(output.started).not.toHaveBeenCalled();
  });
});
