// What variables of a config hold is never printed: one place for every way out.
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../../core/log/log.ts';
import { maskLog } from '../../../core/log/masked-log.ts';
import { definePlugin, type ServerContext } from '../../../core/plugin/plugin.ts';
import { VariableMask } from '../../../core/log/variable-mask.ts';
import { startServer } from '../../helpers/server.ts';

function maskOf(variables: Readonly<Record<string, string>>): VariableMask {
  const mask = new VariableMask();
  mask.learn(new Map(Object.entries(variables)));
  return mask;
}

test.each([
  ['hunter2', 'password hunter2 is wrong', 'password ${NAME} is wrong'],
  ['a b/c?d', 'GET /a%20b%2Fc%3Fd', 'GET /${NAME}'],
  ['Key.Example', 'getaddrinfo ENOTFOUND key.example', 'getaddrinfo ENOTFOUND ${NAME}'],
  ['/srv/x/../keys/', 'open /srv/keys/a.pem', 'open ${NAME}/a.pem'],
  [
    'rtmp://me:pass1@far.example/live/key-12345',
    'to far.example: key-12345 of me',
    'to ${NAME}: ${NAME} of me',
  ],
  ['http://notify:9000/on', 'plugin notify: notify:9000', 'plugin notify: ${NAME}'],
  ['http://live/on', 'live/movie is delivered', 'live/movie is delivered'],
  ['./records', 'old records are removed', 'old records are removed'],
  ['live', 'live/movie is delivered', '${NAME}/movie is delivered'],
  ['1935', 'listening on :1935', 'listening on :1935'],
  ['127.0.0.1', 'connected from 127.0.0.1', 'connected from 127.0.0.1'],
  ['true', 'it is true', 'it is true'],
])('a variable that holds %j: %j is printed as %j', (content, text, shown) => {
  expect(maskOf({ NAME: content }).show(text)).toBe(shown);
});

test('a line of the log is masked in its words, fields, bindings and errors, and keeps their classes', () => {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const { show } = maskOf({ NAME: 'hunter2!' });
  const log = maskLog(createLogger({ pretty: false, destination: { write } }), show);
  const cause = new Error('hunter2! refused');
  const err = Object.assign(new TypeError('open hunter2!', { cause }), { path: '/x/hunter2!' });
  log.child({ peer: 'hunter2!' }).warn({ err, deep: [{ url: 'http://hunter2!/' }] }, 'to %s', 'hunter2!');
  expect(JSON.stringify(lines)).not.toContain('hunter2!');
  expect(lines[0]).toMatchObject({
    peer: '${NAME}',
    msg: 'to ${NAME}',
    deep: [{ url: 'http://${NAME}/' }],
    err: { type: 'TypeError', path: '/x/${NAME}' },
  });
});

const SECRET = 's3cret-k3y';
const REFUSING = 'rtmp://127.0.0.1:1/live/${SECRET}';

test('nothing that a server prints, lists or measures has a variable’s content', async () => {
  let context: ServerContext | undefined;
  const looking = definePlugin({
    name: 'looking',
    schema: { type: 'object', properties: {} },
    server: (given) => void (context = given),
  });
  const relay = { pull: [{ url: REFUSING, name: 'movie' }], push: [{ url: `${REFUSING}/`, name: 'other' }] };
  const { server, log, reload } = await startServer({
    config: { relay },
    env: { SECRET },
    plugins: [looking],
  });
  const { relays } = (await context!.commands.call('relay.list', {})) as { relays: unknown[] };
  expect(relays).toHaveLength(2);
  await expect.poll(() => log.some(({ msg }) => msg.includes('pull'))).toBe(true);
  const reports = [
    await reload({ relay, rtmp: { port: '${SECRET}' } }),
    await reload({ relay, rtmp: { port: '${SECRET}:80' } }),
    await reload({ relay, rtmp: { tls: { port: '127.0.0.1:0', cert: '/${SECRET}/a', key: '/b' } } }),
    await reload({ plugins: ['./${SECRET}.js'] }),
    await reload({ record: { enabled: true, path: '/dev/null/${SECRET}' } }),
    await reload({ hls: { path: '/dev/null/${SECRET}' } }),
    await reload({ relay: { pull: [{ url: '${SECRET}://x', name: 'movie' }] } }),
  ];
  expect(reports.map(({ outcome }) => outcome)).toEqual(reports.map(() => 'rejected'));
  const printed = JSON.stringify({ log, reports, relays, metrics: server.metrics(), all: server.lastReport });
  expect(printed).toContain('${SECRET}');
  expect(printed).not.toContain(SECRET);
  onTestFinished(() => expect(JSON.stringify(log)).not.toContain(SECRET));
});
