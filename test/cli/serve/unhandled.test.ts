import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { BugLog, findOrigin, judgeException } from '../../../cli/serve/unhandled.ts';
import { LivegoError } from '../../../core/errors.ts';
import { createLogger } from '../../../core/log/log.ts';

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
    expect(findOrigin(stack, '/opt/livego/dist/')).toEqual({ plugin, source });
  },
);

test('one without a plugin in its stack is a bug of livego; also a thrown text is logged', () => {
  const lines: string[] = [];
  const destination = Object.assign(new EventEmitter(), { write: (line: string) => void lines.push(line) });
  const log = createLogger({ destination, pretty: false });
  new BugLog(log).rejected('text');
  const line = JSON.parse(lines[0]!) as { level: number; msg: string };
  expect(line.level).toBe(50);
  expect(line.msg).toContain('a promise was rejected and nobody handled it');
});

const TIMER = '    at listOnTimeout (node:internal/timers:573:17)';
const OWN = '    at Formats.acquire (/opt/livego/core/delivery/format-table.ts:5:1)';
const CUSTOM = '    at Timeout._onTimeout (/srv/config/my-gate.ts:12:3)';

test.each([
  ['in a timer of a plugin', [CUSTOM, TIMER], 'goes-on'],
  ['in a package of a plugin', ['    at f (/srv/node_modules/x/index.js:1:1)', CUSTOM, TIMER], 'goes-on'],
  ['by an emitter that nobody listens to', ['    at TCPConnectWrap.afterConnect (node:net:1:2)'], 'goes-on'],
  ['in what a plugin gave to core', [CUSTOM, OWN, TIMER], 'ends'],
  ['in core', [OWN, TIMER], 'ends'],
  ['nobody knows where', [], 'ends'],
  ['deeper than a stack tells', new Array<string>(Error.stackTraceLimit).fill(CUSTOM), 'ends'],
] as const)('after an exception that was thrown %s, the server: %s %s', (_where, frames, verdict) => {
  const error = new Error('boom');
  error.stack = ['Error: boom', ...frames].join('\n');
  expect(judgeException(error, '/opt/livego/dist/')).toBe(verdict);
});

test('the contract’s own errors have changed nothing', () => {
  const error = new LivegoError('LVG_SERVER_STATE', 'my-gate has stopped');
  error.stack = ['LivegoError: my-gate has stopped', OWN, CUSTOM, TIMER].join('\n');
  expect(judgeException(error, '/opt/livego/dist/')).toBe('goes-on');
});

test('a message that looks like a broken address of a file confuses nobody', () => {
  const error = new Error('cannot read (file:///%:1:2)');
  error.stack = [`Error: ${error.message}`, CUSTOM, TIMER].join('\n');
  expect(judgeException(error, '/opt/livego/dist/')).toBe('goes-on');
  expect(findOrigin(error.stack, '/opt/livego/dist/')?.plugin).toBe('my-gate');
});
