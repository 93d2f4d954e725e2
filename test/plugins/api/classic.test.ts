// The requests of the classic server's front ends, word for word.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApi, temporaryFolder } from './api-kit.ts';

const KEYS = { auth: { channelKeys: 'enable' } };

async function withKeys(file = join(temporaryFolder(), 'keys.json')) {
  return await startApi({ config: { auth: { ...KEYS.auth, keyStore: { file } } } });
}

test('a room’s key is made when it is first asked for, and stays', async () => {
  const { ask } = await withKeys();
  const first = await ask('/control/get?room=movie');
  expect(first.statusCode).toBe(200);
  expect(first.headers['content-type']).toBe('application/json');
  expect(first.json()).toEqual({ status: 200, data: expect.stringMatching(/^[0-9a-zA-Z]{48}$/) as string });
  expect((await ask('/control/get?room=movie')).body).toBe(first.body);
  const reset = await ask('/control/reset?room=movie');
  expect(reset.json()).toEqual({ status: 200, data: expect.stringMatching(/^[0-9a-zA-Z]{48}$/) as string });
  expect(reset.body).not.toBe(first.body);
});

test('where the store of the keys fails, the log says why', async () => {
  const file = join(temporaryFolder(), 'keys.json');
  const { ask, log } = await withKeys(file);
  // A file cannot be put in its place.
  mkdirSync(join(file, 'inside'), { recursive: true });
  const data = 'the store of channel keys failed; the log says why';
  expect((await ask('/control/get?room=movie')).json()).toEqual({ status: 400, data });
  expect(log).toContainEqual(
    expect.objectContaining({
      level: 50,
      msg: '/control/get: the store of channel keys failed',
      err: expect.objectContaining({ message: expect.stringContaining(file) as string }) as object,
    }),
  );
});

test('a key is deleted once', async () => {
  const { ask } = await withKeys();
  await ask('/control/get?room=movie');
  expect((await ask('/control/delete?room=movie')).json()).toEqual({ status: 200, data: 'Ok' });
  const again = await ask('/control/delete?room=movie');
  expect([again.statusCode, again.json()]).toEqual([404, { status: 404, data: 'room not found' }]);
});

test.each(['get', 'reset', 'delete'])(
  '/control/%s without a room shows its form, with < and > escaped',
  async (what) => {
    const { ask } = await withKeys();
    const answer = await ask(`/control/${what}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toBe(`{"status":400,"data":"url: /control/${what}?room=\\u003cROOM_NAME\\u003e"}`);
  },
);

test('parameters may come as a form in the body', async () => {
  const { ask } = await withKeys();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask('/control/get', { method: 'POST', payload: 'room=movie', headers: form });
  expect(answer.statusCode).toBe(200);
});

test('without the plugin auth the answer says so', async () => {
  const { ask } = await startApi();
  const answer = await ask('/control/get?room=movie');
  expect(answer.statusCode).toBe(501);
  expect(answer.json()).toMatchObject({
    status: 501,
    data: expect.stringContaining('"auth" is off') as string,
  });
});

const TARGET = 'rtmp://127.0.0.1:9/app/key';

test('a push starts and stops, always with status 200', async () => {
  const { ask } = await startApi();
  const start = await ask(`/control/push?&oper=start&app=live&name=movie&url=${TARGET}`);
  expect([start.statusCode, start.body]).toEqual([
    200,
    `{"status":200,"data":"\\u003ch1\\u003epush url start ${TARGET} ok\\u003c/h1\\u003e\\u003c/br\\u003e"}`,
  ]);
  expect((await ask('/api/v1/relays')).json()).toMatchObject({
    total: 1,
    items: [{ kind: 'push', name: 'movie' }],
  });
  const stop = await ask(`/control/push?oper=stop&app=live&name=movie&url=${TARGET}`);
  expect(stop.json()).toEqual({ status: 200, data: `<h1>push url stop ${TARGET} ok</h1></br>` });
  expect((await ask('/api/v1/relays')).json()).toMatchObject({ total: 0 });
  const again = await ask(`/control/push?oper=stop&app=live&name=movie&url=${TARGET}`);
  expect([again.statusCode, again.json()]).toEqual([
    200,
    { status: 200, data: '<h1>session key[push:live/movie] not exist, please check it again.</h1>' },
  ]);
  const faulty = await ask('/control/push?oper=start&app=live');
  expect([faulty.statusCode, faulty.json()]).toEqual([
    200,
    { status: 200, data: 'control push parameter error, please check them.' },
  ]);
});

test('a second start of the same push replaces the first', async () => {
  const { ask } = await startApi();
  await ask(`/control/push?oper=start&app=live&name=movie&url=${TARGET}`);
  await ask('/control/push?oper=start&app=live&name=movie&url=rtmp://127.0.0.1:9/other/key');
  const { items } = (await ask('/api/v1/relays')).json<{ items: { peer: string }[] }>();
  expect(items).toHaveLength(1);
  expect(items[0]?.peer).toContain('other');
});

test('a push that makes no sense says why', async () => {
  const { ask } = await startApi();
  const answer = await ask('/control/push?oper=start&app=live&name=movie&url=ftp://example.org/');
  expect(answer.statusCode).toBe(200);
  expect(answer.json<{ data: string }>().data).toMatch(/^push error=/);
});

test('the end of a pull is a success, and 400 only for programs that look for it', async () => {
  const start = '/control/pull?oper=start&app=live&name=door&url=rtmp://127.0.0.1:9/live/door';
  const stop = start.replace('start', 'stop');
  const plain = await startApi();
  expect((await plain.ask(start)).json()).toEqual({
    status: 200,
    data: '<h1>pull url start rtmp://127.0.0.1:9/live/door ok</h1></br>',
  });
  const stopped = await plain.ask(stop);
  expect(stopped.json()).toEqual({
    status: 200,
    data: '<h1>push url stop rtmp://127.0.0.1:9/live/door ok</h1></br>',
  });
  const missing = await plain.ask(stop);
  expect([missing.statusCode, missing.json()]).toEqual([
    400,
    { status: 400, data: 'session key[pull:live/door] not exist, please check it again.' },
  ]);
  const strict = await startApi({ api: { strictClassic: true } });
  await strict.ask(start);
  expect((await strict.ask(stop)).statusCode).toBe(400);
});

test('the classic tokens and answers: 403 with the classic words', async () => {
  const { SignJWT } = await import('jose');
  const jwt = { secret: 'a classic secret' };
  const { ask } = await startApi({ config: { jwt } });
  const sign = (secret: string, alg = 'HS256', seconds = 60) =>
    new SignJWT({})
      .setProtectedHeader({ alg })
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(Buffer.from(secret.padEnd(64, '\0').slice(0, secret.length)));
  const told = async (authorization: string | undefined, query = ''): Promise<unknown> => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await ask(`/control/push${query}`, { headers });
    return answer.statusCode === 200 ? 'admitted' : answer.json();
  };
  const denied = (data: string) => ({ status: 403, data });
  const good = await sign(jwt.secret);
  expect(await told(undefined)).toEqual(denied('Required authorization token not found'));
  expect(await told(`Token ${good}`)).toEqual(denied('Authorization header format must be Bearer {token}'));
  expect(await told(`Bearer ${await sign('another secret!!')}`)).toEqual(denied('signature is invalid'));
  expect(await told(`Bearer ${await sign(jwt.secret, 'HS256', -60)}`)).toEqual(denied('Token is expired'));
  expect(await told(`Bearer ${await sign(jwt.secret, 'HS512')}`)).toEqual(
    denied('Expected HS256 signing method but token specified HS512'),
  );
  expect(await told(`Bearer ${good}`)).toBe('admitted');
  expect(await told(undefined, `?jwt=${good}`)).toBe('admitted');
});
