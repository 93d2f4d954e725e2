// Lines of the log on their way to a reader that stalls, leaves, or is a terminal.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { LivegoError } from '../../../core/errors.ts';
import { createLogger } from '../../../core/log/log.ts';

const ESCAPE = '\u001b';

/** An output whose reader can stall. */
class Reader extends EventEmitter {
  readonly lines: string[] = [];
  writableLength = 0;

  write(line: string): boolean {
    this.lines.push(line);
    return this.writableLength === 0;
  }

  get messages(): unknown[] {
    return this.lines.map((line) => (JSON.parse(line) as { msg: unknown }).msg);
  }
}

test('a reader that stalls costs no memory; when it reads again, it is told how many lines are missing', () => {
  const reader = new Reader();
  const log = createLogger({ destination: reader, pretty: false });
  log.info('one');
  reader.writableLength = 2 * 1024 * 1024;
  for (let index = 0; index < 10_000; index++) log.info('lost');
  expect(reader.messages).toEqual(['one']);
  reader.writableLength = 0;
  reader.emit('drain');
  log.info('two');
  reader.emit('drain');
  expect(reader.messages).toEqual(['one', 'log lines are missing here: nobody read them', 'two']);
  expect(JSON.parse(reader.lines[1]!)).toMatchObject({ level: 40, lines: 10_000 });
});

test('a reader that has gone ends nothing', () => {
  const reader = new Reader();
  const log = createLogger({ destination: reader, pretty: false });
  expect(() => reader.emit('error', new Error('write EPIPE'))).not.toThrow();
  log.info('still here');
  expect(reader.messages).toEqual(['still here']);
});

test.each(['line one\nline two', '\u001b[31mred', 'a\u2028b', 'a\u009bb', 'carriage\rreturn'])(
  'on a terminal %j from outside stays one line, without control characters',
  (text) => {
    const reader = new Reader();
    createLogger({ destination: reader, pretty: true }).warn(text);
    const plain = reader.lines.join('').replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
    expect(plain).toMatch(/^[^\p{Cc}\u2028\u2029]+\n$/u);
    expect(reader.lines.join('')).not.toContain(text);
  },
);

test.each(['line one\nline two', '\u001b[31mred', 'a\u2028b', 'a\u009b31mb', 'carriage\rreturn', '\u007f'])(
  'on a terminal %j in a field or in an error stays where it is, without control characters',
  (text) => {
    const reader = new Reader();
    const log = createLogger({ destination: reader, pretty: true });
    log.warn({ name: text, caller: text, text, err: new Error(text) }, 'from outside');
    const plain = reader.lines.join('').replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '');
    expect(plain.replaceAll(/\n +/g, '')).toMatch(/^[^\p{Cc}\u2028\u2029]+\n$/u);
    expect(plain).not.toContain('line one\n');
  },
);

test('in JSON no line holds a control character, and each is still there when the line is parsed', () => {
  const reader = new Reader();
  const text = 'a\u009bb\u2028c\u007f\n';
  createLogger({ destination: reader, pretty: false }).warn({ text }, text);
  expect(reader.lines[0]).toMatch(/^[^\p{Cc}\u2028\u2029]+\n$/u);
  expect(JSON.parse(reader.lines[0]!)).toMatchObject({ msg: text, text });
});

test('an output that throws ends nothing, and what it has lost is told when it works again', async () => {
  const lines: string[] = [];
  let full = true;
  const write = (line: string): void => {
    if (full) throw new Error('ENOSPC: no space left on device');
    lines.push((JSON.parse(line) as { msg: string }).msg);
  };
  const log = createLogger({ destination: { write }, pretty: false });
  expect(() => log.info('one')).not.toThrow();
  log.info('two');
  full = false;
  log.info('three');
  await Promise.resolve();
  expect(lines).toEqual(['three', 'log lines are missing here: nobody read them']);
});

test.each([null, 5, 'text', { message: 5 }])(
  'on a terminal an error that is none, %j, is logged as it is',
  (err) => {
    const reader = new Reader();
    createLogger({ destination: reader, pretty: true }).warn({ err }, 'odd');
    expect(reader.lines.join('')).toContain('odd');
  },
);

test('on a terminal that hangs up the server lives on, whoever else listened to the output', () => {
  const reader = new Reader();
  createLogger({ destination: reader, pretty: true });
  const listener = (): void => {};
  reader.on('resize', listener).off('resize', listener);
  expect(() => reader.emit('error', new Error('write EIO'))).not.toThrow();
});

test('an error without options of the config has no field for them in the log', () => {
  const reader = new Reader();
  const err = new LivegoError('LVG_SERVER_STATE', 'it has stopped');
  createLogger({ destination: reader, pretty: false }).warn({ err }, 'failed');
  expect(reader.lines[0]).not.toContain('options');
});
