// Routes that show and change the server are for the operator's programs alone.
import inject, { type InjectOptions } from 'light-my-request';
import { describe, expect, test } from 'vitest';
import type { ControlOptions } from '../../../../core/options/control-options.ts';
import { callerOf, ControlAccess } from '../../../../core/http/access/control-access.ts';
import { ControlRates } from '../../../../core/http/access/control-rates.ts';
import { replyJson } from '../../../../core/http/replies/reply.ts';
import { Router, type OwnedRoute } from '../../../../core/http/router.ts';
import { AddressSet } from '../../../../core/net/address-set.ts';
import { memoryLog } from '../../../helpers/memory-log.ts';

const DEFAULTS: ControlOptions = { tokens: [], hosts: [], requestsPerMinute: 6000, failuresPerMinute: 20 };
const TOKENS = [
  { token: 'the-operators-token', name: 'ops' },
  { token: 'the-readers-own-token', role: 'reader' },
] as const;

function start(
  options: Partial<ControlOptions> = {},
  more: { allowOrigin?: string; proxies?: string[]; handler?: OwnedRoute['handler'] } = {},
) {
  const log = memoryLog();
  const route = (path: string, right: 'read' | 'change'): OwnedRoute => ({
    plugin: 'api',
    allowOrigin: more.allowOrigin ?? '',
    methods: ['GET', 'POST'],
    path,
    access: { right },
    handler:
      more.handler ?? ((request, response) => replyJson(request, response, { body: callerOf(request) })),
  });
  const control = { ...DEFAULTS, ...options };
  const rates = new ControlRates();
  rates.configure(control);
  const access = new ControlAccess(control, { secret: '', algorithm: 'HS256' }, rates);
  const proxies = new AddressSet(more.proxies ?? []);
  const router = new Router([route('/look', 'read'), route('/change', 'change')], log.log, {
    access,
    proxies,
  });
  const ask = async (request: InjectOptions = {}) => {
    const answer = await inject((req, res) => router.answer(req, res), { url: '/look', ...request });
    return answer.statusCode === 200 ? answer.json<object>() : answer.statusCode;
  };
  return { ask, log, rates };
}

const LOCAL = { name: 'this machine', role: 'operator' };
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('without tokens', () => {
  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'a program of this machine is answered: %s',
    async (remoteAddress) => {
      expect(await start().ask({ remoteAddress })).toEqual(LOCAL);
    },
  );

  test('no other machine is', async () => {
    expect(await start().ask({ remoteAddress: '192.0.2.1' })).toBe(403);
  });

  test.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])(
    'nor one behind a proxy here: %s',
    async (name) => {
      expect(await start().ask({ headers: { [name]: '192.0.2.1' } })).toBe(403);
      expect(await start().ask({ headers: { [name]: '127.0.0.1' } })).toBe(403);
    },
  );

  test('a trusted proxy tells who asks', async () => {
    const { ask } = start({}, { proxies: ['127.0.0.1'] });
    expect(await ask({ headers: { 'x-forwarded-for': '192.0.2.1' } })).toBe(403);
  });

  test('a name that leads here is none of this machine’s, unless the config says so', async () => {
    const headers = { host: 'rebound.example:8070' };
    expect(await start().ask({ headers })).toBe(403);
    expect(await start({ hosts: ['Rebound.example'] }).ask({ headers })).toEqual(LOCAL);
    for (const host of ['localhost:8070', '127.0.0.1', '[::1]:8070'])
      expect(await start().ask({ headers: { host } })).toEqual(LOCAL);
  });

  test('no page of another site may ask, unless allowOrigin names it', async () => {
    const headers = { host: 'localhost:8070', origin: 'https://evil.example' };
    expect(await start().ask({ headers })).toBe(403);
    expect(await start({}, { allowOrigin: 'https://evil.example' }).ask({ headers })).toEqual(LOCAL);
    expect(await start().ask({ headers: { ...headers, origin: 'http://localhost:8070' } })).toEqual(LOCAL);
    expect(await start().ask({ headers: { ...headers, origin: 'null' } })).toBe(403);
  });
});

describe('a picture, a link or a form on a page, for which browsers send no Origin', () => {
  test.each([
    ['cross-site', 403],
    ['same-site', 403],
    ['same-origin', LOCAL],
    ['none', LOCAL],
  ] as const)('of the site "%s"', async (site, outcome) => {
    expect(await start().ask({ url: '/change', headers: { 'sec-fetch-site': site } })).toEqual(outcome);
  });
});

describe('with tokens', () => {
  test('every machine that has one is answered, and nobody else, not even this one', async () => {
    const { ask } = start({ tokens: TOKENS });
    const request = { ...bearer(TOKENS[0].token), remoteAddress: '192.0.2.1' };
    expect(await ask(request)).toEqual({ name: 'ops', role: 'operator' });
    expect(await ask()).toBe(401);
    expect(await ask(bearer('another-token'))).toBe(401);
  });

  test('a reader may look and change nothing', async () => {
    const { ask } = start({ tokens: TOKENS });
    expect(await ask(bearer(TOKENS[1].token))).toEqual({ name: 'token 2', role: 'reader' });
    expect(await ask({ ...bearer(TOKENS[1].token), url: '/change' })).toBe(403);
    expect(await ask({ ...bearer(TOKENS[0].token), url: '/change' })).toMatchObject({ name: 'ops' });
  });

  test('a token may stand in the query, and never in the log', async () => {
    const { ask, log } = start({ tokens: TOKENS });
    const url = `/change?jwt=${encodeURIComponent(TOKENS[0].token)}`;
    expect(await ask({ url })).toMatchObject({ name: 'ops' });
    expect(JSON.stringify(log.lines)).not.toContain('the-operators');
  });

  test('after so many wrong tokens an address has to wait, and others need not', async () => {
    const { ask } = start({ tokens: TOKENS, failuresPerMinute: 3 });
    const remoteAddress = '192.0.2.1';
    for (let tries = 0; tries < 3; tries++)
      expect(await ask({ ...bearer('wrong'), remoteAddress })).toBe(401);
    expect(await ask({ ...bearer(TOKENS[0].token), remoteAddress })).toBe(429);
    expect(await ask({ ...bearer(TOKENS[0].token), remoteAddress: '192.0.2.2' })).toMatchObject({
      name: 'ops',
    });
  });

  test('all addresses of an IPv6 /64 are one: a household has all of them', async () => {
    const { ask } = start({ tokens: TOKENS, failuresPerMinute: 3 });
    const from = (remoteAddress: string, token: string) => ask({ ...bearer(token), remoteAddress });
    for (let tries = 0; tries < 3; tries++) expect(await from(`2001:db8::${tries}`, 'wrong')).toBe(401);
    expect(await from('2001:db8::ffff', TOKENS[0].token)).toBe(429);
    expect(await from('2001:db8:0:1::1', TOKENS[0].token)).toMatchObject({ name: 'ops' });
  });
});

test('an empty token is none', async () => {
  const { ask } = start({ tokens: [{ token: '' }] });
  expect(await ask()).toEqual(LOCAL);
  expect(await ask({ ...bearer(''), remoteAddress: '192.0.2.1' })).toBe(403);
});

test('an address may ask only so often', async () => {
  const { ask } = start({ requestsPerMinute: 2 });
  expect([await ask(), await ask(), await ask()]).toEqual([LOCAL, LOCAL, 429]);
});

test('what an address has asked elsewhere counts here, and is told once', async () => {
  const [here, there] = [start({ requestsPerMinute: 3 }), start({ requestsPerMinute: 3 })];
  expect([await there.ask(), await there.ask()]).toEqual([LOCAL, LOCAL]);
  here.rates.noteElsewhere(there.rates.takeNews()!, performance.now());
  expect(there.rates.takeNews()).toBeUndefined();
  expect([await here.ask(), await here.ask()]).toEqual([LOCAL, 429]);
  // Only what was asked here is told on.
  expect(here.rates.takeNews()).toEqual({ requests: [['127.0.0.1', 1]], failures: [] });
});

test('the log has a line for each change, with who, where and what came of it', async () => {
  const { ask, log } = start();
  await ask();
  await ask({ url: '/change?secret=1', method: 'POST' });
  const audit = log.lines.filter(({ audit: is }) => is === true);
  expect(audit).toEqual([
    expect.objectContaining({
      plugin: 'api',
      caller: 'this machine',
      method: 'POST',
      path: '/change',
      status: 200,
    }),
  ]);
});

test('also for one whose handler has thrown', async () => {
  const { ask, log } = start(
    {},
    {
      handler: () => {
        throw new Error('half done');
      },
    },
  );
  expect(await ask({ url: '/change', method: 'POST' })).toBe(500);
  const audit = log.lines.filter(({ audit: is }) => is === true);
  expect(audit).toEqual([expect.objectContaining({ path: '/change', status: 500 })]);
});
