// Writes at the end of a file: in order, whole, off the caller's path, until the disk fails.
import { describe, expect, test } from 'vitest';
import { GrowingFile, type GrowingHandle } from '../../../core/files/growing-file.ts';
import { Turns } from '../../../core/files/turns.ts';

/** A file in memory that takes at most `atOnce` bytes in one write, and no more than `space` in all. */
class MemoryFile {
  bytes = Buffer.alloc(0);
  syncs = 0;
  closed = false;
  space = Infinity;
  readonly #atOnce: number;

  constructor(atOnce = Infinity) {
    this.#atOnce = atOnce;
  }

  readonly handle = {
    write: async (bytes: Buffer, offset: number, length: number, position: number) => {
      const end = Math.min(position + Math.min(length, this.#atOnce), this.space);
      if (end <= position)
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      if (this.bytes.length < end)
        this.bytes = Buffer.concat([this.bytes, Buffer.alloc(end - this.bytes.length)]);
      bytes.copy(this.bytes, position, offset, offset + end - position);
      return { bytesWritten: end - position, buffer: bytes };
    },
    datasync: async () => void this.syncs++,
    close: async () => void (this.closed = true),
  } as unknown as GrowingHandle;
}

function growing(file: MemoryFile): { readonly queue: GrowingFile; readonly failures: unknown[] } {
  const failures: unknown[] = [];
  const queue = new GrowingFile({
    open: () => Promise.resolve(file.handle),
    onFailure: (error) => failures.push(error),
  });
  return { queue, failures };
}

describe('GrowingFile', () => {
  test('does nothing before its caller has returned, then writes everything in order', async () => {
    const file = new MemoryFile(3);
    const { queue } = growing(file);
    queue.append(Buffer.from('hello, '));
    queue.append(Buffer.from('world'));
    queue.overwrite(Buffer.from('H'), 0);
    expect(file.bytes).toHaveLength(0);
    expect(queue.pendingBytes).toBe(12);
    await queue.settled();
    expect(file.bytes.toString()).toBe('Hello, world');
    expect([queue.pendingBytes, queue.writtenBytes]).toEqual([0, 12]);
  });

  test('makes the same bytes safe once', async () => {
    const file = new MemoryFile();
    const { queue } = growing(file);
    queue.append(Buffer.from('a'));
    queue.sync(new Turns(1));
    queue.sync(new Turns(1));
    await queue.settled();
    expect(file.syncs).toBe(1);
  });

  test('tells the first failure once, takes nothing after it, and counts only whole appends', async () => {
    const file = new MemoryFile(2);
    file.space = 7;
    const { queue, failures } = growing(file);
    queue.append(Buffer.from('first'));
    queue.append(Buffer.from('second'));
    queue.append(Buffer.from('third'));
    await queue.settled();
    queue.append(Buffer.from('fourth'));
    await queue.close();
    expect(failures.map(String)).toEqual(['Error: ENOSPC: no space left on device']);
    expect([queue.failed, queue.writtenBytes, queue.pendingBytes, file.closed]).toEqual([true, 5, 0, true]);
  });

  test('fails when the file cannot be opened', async () => {
    const failures: unknown[] = [];
    const queue = new GrowingFile({
      open: () => Promise.reject(new Error('EROFS')),
      onFailure: (error) => failures.push(error),
    });
    queue.append(Buffer.from('a'));
    await queue.close();
    expect(failures.map(String)).toEqual(['Error: EROFS']);
  });
});

describe('Turns', () => {
  test('run so many pieces of work at a time, in order, also when one fails', async () => {
    const turns = new Turns(2);
    const running: string[] = [];
    const ends = new Map<string, (error?: Error) => void>();
    const start = (name: string): Promise<void> =>
      turns.run(() => {
        running.push(name);
        return new Promise((resolve, reject) =>
          ends.set(name, (error) => (error ? reject(error) : resolve())),
        );
      });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(start);
    expect([running, turns.waiting]).toEqual([['a', 'b'], 2]);
    ends.get('a')!(new Error('failed'));
    await expect(a).rejects.toThrow('failed');
    expect(running).toEqual(['a', 'b', 'c']);
    for (const name of ['b', 'c']) ends.get(name)!();
    await Promise.all([b, c]);
    ends.get('d')!();
    await d;
    expect(running).toEqual(['a', 'b', 'c', 'd']);
  });
});
