// What programs say: their standard error in the log, their progress.
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test, vi, type Mock } from 'vitest';
import { ErrorLines, maskSecrets } from '../../../plugins/engine/run/error-lines.ts';
import { MAX_BYTES_PER_SECOND, onLines } from '../../../plugins/engine/run/lines.ts';
import { NO_PROGRESS, readProgress } from '../../../plugins/engine/run/progress.ts';
import { PeerLog } from '../../../core/log/peer-log.ts';
import { memoryLog } from '../../helpers/memory-log.ts';

describe('the standard error of a program', () => {
  test('is limited to so many lines a second', () => {
    const { log, messages } = memoryLog();
    const clock = { now: 0 };
    const lines = new ErrorLines(log, 'live/movie', () => clock.now);
    for (let count = 0; count < 1000; count++) lines.add(`[error] line ${count}`);
    clock.now = 1000;
    lines.add('[error] later');
    expect(messages('warn')).toHaveLength(11);
    expect(messages('debug')).toEqual(['engine of live/movie: 990 more lines']);
    expect(lines.last).toHaveLength(20);
    expect(lines.last.at(-1)).toBe('[error] later');
  });

  test('counts as what the publisher causes: sixty lines a minute', () => {
    const { log, messages } = memoryLog();
    const clock = { now: 0 };
    const lines = new ErrorLines(new PeerLog(log).limit(log), 'live/movie', () => clock.now);
    for (; clock.now < 60_000; clock.now += 1000)
      for (let count = 0; count < 10; count++) lines.add('[error] no frame');
    expect(messages('warn')).toHaveLength(60);
  });

  test('is read at most so fast: a program that floods it waits, and takes no time from streams', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const output = new EventEmitter() as EventEmitter & Record<'setEncoding' | 'pause' | 'resume', Mock>;
    for (const name of ['setEncoding', 'pause', 'resume'] as const) output[name] = vi.fn();
    let lines = 0;
    onLines(output as unknown as Readable, () => void lines++);
    const text = `${'x'.repeat(1023)}\n`;
    for (let at = 0; at < MAX_BYTES_PER_SECOND - 1024; at += 1024) output.emit('data', text);
    expect(output.pause).not.toHaveBeenCalled();
    output.emit('data', text);
    expect([output.pause.mock.calls.length, output.resume.mock.calls.length]).toEqual([1, 0]);
    vi.advanceTimersByTime(1000);
    expect(output.resume).toHaveBeenCalledOnce();
    expect(lines).toBe(MAX_BYTES_PER_SECOND / 1024);
  });

  test('shows no secrets', () => {
    expect(maskSecrets('rtmp://me:secret@host/app/key?token=x: failed')).toBe(
      'rtmp://***@host/app/***?*** failed',
    );
    expect(maskSecrets("Cannot open 'rtmp://host/app/key'")).toBe("Cannot open 'rtmp://host/app/***'");
    expect(maskSecrets('https://host/a.ts?sig=abc gone')).toBe('https://host/a.ts?*** gone');
  });
});

test('the progress of ffmpeg is read line by line', () => {
  const lines = [
    'fps=25.00',
    'bitrate= 512.5kbits/s',
    'out_time_us=2500000',
    'speed=1.01x',
    'bitrate=N/A',
    'x',
  ];
  expect(lines.reduce(readProgress, NO_PROGRESS)).toEqual({
    fps: 25,
    bitsPerSecond: 512_500,
    writtenMs: 2500,
    speed: 1.01,
  });
});
