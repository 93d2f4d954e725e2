// The config over HTTP: the file is the truth.
import {
  chmodSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  readlinkSync,
  writeFileSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nameAs } from '../../../plugins/api/config/names.ts';
import { startWithFile } from './config-kit.ts';

const INSIDE = `  gop_num: 1, // pictures
  servers: [
    { servername: "live" }, // the main one
  ],
`;

test('a change stands in the file, with everything else as it was, and is applied', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const answer = await server.send('PATCH', { gop_num: 3 });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({
    outcome: 'applied',
    generation: 2,
    words: ['gop_num of live changed'],
  });
  expect(server.text()).toBe(before.replace('gop_num: 1', 'gop_num: 3'));
  expect(answer.headers['etag']).toBe(await server.tag());
  expect((await server.ask('/api/v1/config')).json()).toMatchObject({ gop_num: 3 });
});

test('a key is found in any letter case, and null removes it', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  await server.send('PATCH', { GOP_NUM: 2 });
  expect(server.text()).toBe(before.replace('gop_num: 1', 'gop_num: 2'));
  await server.send('PATCH', { gop_num: null });
  expect(server.text()).toBe(before.replace('  gop_num: 1, // pictures\n', ''));
});

test('an option is changed under the name that the file has for it, whichever of its names is given', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const patch = async (body: object): Promise<void> =>
    expect((await server.send('PATCH', body)).statusCode, JSON.stringify(body)).toBe(200);
  await patch({ LISTEN: '127.0.0.1:00' });
  let expected = before.replace('rtmp: { port: "127.0.0.1:0" }', 'rtmp: { port: "127.0.0.1:00" }');
  expect(server.text()).toBe(expected);
  await patch({ operport: '127.0.0.1:00' });
  expected = expected
    .replace('api: { port: "127.0.0.1:0"', 'api: { port: "127.0.0.1:00"')
    .replace('stat: { port: "127.0.0.1:0"', 'stat: { port: "127.0.0.1:00"');
  expect(server.text()).toBe(expected);
  await patch({ staticAddr: true });
  await patch({ api: { staticAddr: false } });
  expect(server.text()).toContain('\n  staticAddr: false');
});

test('a short form of two options is divided when one of them is changed', () => {
  const document = { operport: 8070, api: { publicHost: 'a.example' } };
  const shortForms = [
    { key: 'operport', options: ['api.port', 'stat.port'] },
    { key: 'redis_addr', options: ['auth.redis.address'] },
  ];
  expect(nameAs(document, { api: { port: 8071 } }, shortForms)).toEqual({
    operport: null,
    api: { port: 8071 },
    stat: { port: 8070 },
  });
  expect(nameAs(document, { operPort: 8071 }, shortForms)).toEqual({ operPort: 8071 });
  expect(nameAs(document, { redis_addr: 'x', gop_num: 1 }, shortForms)).toEqual({
    redis_addr: 'x',
    gop_num: 1,
  });
});

test('a body without a type, or with curl’s, is a merge patch', async () => {
  const server = await startWithFile(INSIDE);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await server.send('PATCH', '{"gop_num":2}', { headers })).statusCode).toBe(200);
  expect(server.text()).toContain('gop_num: 2');
});

test('a JSON Patch changes one element of a list', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const headers = { 'content-type': 'application/json-patch+json' };
  const steps = [
    { op: 'test', path: '/servers/0/servername', value: 'live' },
    { op: 'add', path: '/servers/0/gop_num', value: 4 },
    { op: 'add', path: '/servers/-', value: { servername: 'event' } },
  ];
  expect((await server.send('PATCH', steps, { headers })).statusCode).toBe(200);
  expect(server.text()).toBe(
    before.replace(
      '{ servername: "live" }, // the main one',
      '{ servername: "live", gop_num: 4 }, // the main one\n    { servername: "event" },',
    ),
  );
  const failing = await server.send('PATCH', [{ op: 'test', path: '/gop_num', value: 9 }], { headers });
  expect([failing.statusCode, failing.json()]).toEqual([
    409,
    expect.objectContaining({ code: 'test-failed' }),
  ]);
  const nowhere = await server.send('PATCH', [{ op: 'remove', path: '/nope/1' }], { headers });
  expect(nowhere.statusCode).toBe(422);
});

test('a fault changes nothing, and is told with its place', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const answer = await server.send('PATCH', { gop_num: 'two', nonsense: 1 });
  expect(answer.statusCode).toBe(422);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.json()).toMatchObject({
    status: 422,
    code: 'LVG_CONFIG_INVALID',
    faults: [{ path: 'gop_num', line: 6 }, { path: 'nonsense' }],
  });
  expect(server.text()).toBe(before);
  expect(server.server.lastReport?.generation).toBe(1);
});

test('a config that cannot be started is put back', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const taken = server.server.port('rtmp.port');
  const answer = await server.send('PATCH', { stat: { port: `127.0.0.1:${taken}` } });
  expect(answer.statusCode).toBe(422);
  expect(server.text()).toBe(before);
});

test('If-Match notices who was quicker, and PUT asks for it', async () => {
  const server = await startWithFile(INSIDE);
  const tag = await server.tag();
  await server.send('PATCH', { gop_num: 2 });
  const late = await server.send('PATCH', { gop_num: 3 }, { headers: { 'if-match': tag } });
  expect([late.statusCode, late.json()]).toEqual([
    412,
    expect.objectContaining({ code: 'changed', etag: await server.tag() }),
  ]);
  const blind = await server.send('PUT', { gop_num: 3 });
  expect(blind.statusCode).toBe(428);
  expect(server.text()).toContain('gop_num: 2');
});

test('a whole document keeps the comments of what stays', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const shown = (await server.ask('/api/v1/config')).json<Record<string, unknown>>();
  const headers = { 'if-match': await server.tag(), 'content-type': 'application/json' };
  expect((await server.send('PUT', { ...shown, level: 'warn' }, { headers })).statusCode).toBe(200);
  expect(server.text()).toBe(before.replace(/\}\n$/, '  level: "warn",\n}\n'));
});

test('a whole text is written as it is', async () => {
  const server = await startWithFile(INSIDE);
  const text = server.text().replace('// pictures', '// groups of pictures');
  const headers = { 'if-match': await server.tag(), 'content-type': 'application/json5' };
  expect((await server.send('PUT', text, { headers })).json()).toMatchObject({ outcome: 'unchanged' });
  expect(server.text()).toBe(text);
});

test('secrets are hidden, and stay when what was shown is sent back', async () => {
  const secret = 'a secret of many letters';
  const server = await startWithFile(
    `${INSIDE}  auth: { sign: { secret: "${secret}" }, users: [{ user: "ann", password: "$scrypt$x" }] },
  relay: { push: ["rtmp://me:pass@cdn.example/app/0123456789abcdef?key=1"] },
  jwt: { secret: "\${NO_SUCH:${secret}}" },
  enabled: 1,
`
      .replace('  enabled: 1,\n', '')
      .replace(', users: [{ user: "ann", password: "$scrypt$x" }]', ''),
  );
  const before = server.text();
  const token = { headers: { authorization: `Bearer ${await sign(secret)}` } };
  const shown = await server.ask('/api/v1/config', token);
  expect(shown.body).not.toContain(secret);
  expect(shown.json()).toMatchObject({
    auth: { sign: { secret: '***' } },
    relay: { push: ['rtmp://***@cdn.example/app/***?***'] },
    jwt: { secret: '${NO_SUCH:***}' },
  });
  expect((await server.ask('/api/v1/config/applied', token)).body).not.toContain(secret);
  const headers = {
    ...token.headers,
    'if-match': String(shown.headers['etag']),
    'content-type': 'application/json',
  };
  const document = { ...shown.json<Record<string, unknown>>(), gop_num: 2 };
  expect((await server.send('PUT', document, { headers })).statusCode).toBe(200);
  expect(server.text()).toBe(before.replace('gop_num: 1', 'gop_num: 2'));
  const lost = await server.send('PATCH', { notify: { secret: '***' } }, { headers: token.headers });
  expect(lost.statusCode).toBe(422);
});

async function sign(secret: string): Promise<string> {
  const { SignJWT } = await import('jose');
  return await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
}

test('a file behind a link stays behind it, with its mode', async () => {
  const server = await startWithFile(INSIDE);
  const real = join(dirname(server.file), 'real', 'config');
  mkdirSync(dirname(real));
  writeFileSync(real, server.text(), { mode: 0o640 });
  chmodSync(real, 0o640);
  await server.reportOf(() => {
    symlinkSync(real, `${server.file}.link`);
    renameSync(`${server.file}.link`, server.file);
    writeFileSync(real, server.text().replace('gop_num: 1', 'gop_num: 5'));
  });
  expect((await server.send('PATCH', { gop_num: 2 })).statusCode).toBe(200);
  expect(readlinkSync(server.file)).toBe(real);
  expect(statSync(real).mode & 0o777).toBe(0o640);
  expect(server.text()).toContain('gop_num: 2');
});

test('a file that cannot be written says so, and nothing changes', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  // A folder in the place of the draft's name cannot be made; root may write everywhere, so the target's folder must go.
  const gone = `${dirname(server.file)}.gone`;
  const target = join(gone, 'livego.json5');
  mkdirSync(gone);
  onTestFinished(() => renameSync(`${gone}.later`, gone));
  writeFileSync(target, before);
  await server.reportOf(() => {
    symlinkSync(target, `${server.file}.link`);
    renameSync(`${server.file}.link`, server.file);
    writeFileSync(target, before.replace('gop_num: 1', 'gop_num: 5'));
  });
  renameSync(gone, `${gone}.later`);
  const answer = await server.send('PATCH', { gop_num: 2 });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([422, 'LVG_CONFIG_FILE']);
});

test('check and plan start nothing, and say what would become of whom', async () => {
  const server = await startWithFile(INSIDE);
  const before = server.text();
  const plan = await server.send(
    'POST',
    { gop_num: 2, servers: [{ servername: 'other' }] },
    {
      at: ':plan',
      headers: { 'content-type': 'application/merge-patch+json' },
    },
  );
  expect(plan.json()).toMatchObject({
    outcome: 'applied',
    words: expect.arrayContaining(['application other added']) as string[],
    disconnects: 0,
  });
  const check = await server.send('POST', '{ gop_num: two }', {
    at: ':check',
    headers: { 'content-type': 'text/plain' },
  });
  expect(check.json()).toMatchObject({ ok: false, faults: [{ line: 1 }] });
  expect(server.text()).toBe(before);
  expect(server.server.lastReport?.generation).toBe(1);
});

test('a reload is asked for, and answered with its report', async () => {
  const server = await startWithFile(INSIDE);
  expect((await server.send('POST', '', { at: ':reload' })).json()).toMatchObject({
    outcome: 'unchanged',
    generation: 1,
  });
});

test('another type of body is turned away', async () => {
  const server = await startWithFile(INSIDE);
  const answer = await server.send('PATCH', 'a: 1', { headers: { 'content-type': 'application/yaml' } });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([415, 'unsupported-type']);
});
