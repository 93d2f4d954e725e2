import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { findOrigin, logUnhandled } from '../../cli/unhandled.ts';
import { createLogger } from '../../core/log.ts';

test.each([
  ['file:///srv/plugins/my-gate.ts', 'my-gate', '/srv/plugins/my-gate.ts:12'],
  ['/srv/my-gate.js', 'my-gate', '/srv/my-gate.js:12'],
  [
    '/opt/livego/dist/plugins/relay/connections/redial.js',
    'relay',
    '/opt/livego/dist/plugins/relay/connections/redial.js:12',
  ],
])(
  'a rejection that nobody handled is a bug of the plugin in whose file %s it began',
  (file, plugin, source) => {
    const stack = [
      'Error: boo',
      '    at node:internal/process/task_queues:95:5',
      '    at async Promise.all (index 0)',
      '    at Stream.end (file:///opt/livego/dist/core/stream/stream.js:5:1)',
      `    at async tell (${file}:12:3)`,
    ].join('\n');
    expect(findOrigin(stack)).toEqual({ plugin, source });
  },
);

test('one without a plugin in its stack is a bug of livego; also a thrown text is logged', () => {
  const lines: string[] = [];
  const destination = Object.assign(new EventEmitter(), { write: (line: string) => void lines.push(line) });
  const log = createLogger({ destination, pretty: false });
  logUnhandled(log, 'text');
  const line = JSON.parse(lines[0]!) as { level: number; msg: string };
  expect(line.level).toBe(50);
  expect(line.msg).toContain('a promise was rejected and nobody handled it');
});
