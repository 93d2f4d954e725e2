// The web service decides who may come in: it answers, is slow, dead, broken or redirects.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { admitted, metricOf, tryPlay, tryPublish } from '../auth/auth-kit.ts';
import { answering, notifyServer, startWebService } from './notify-kit.ts';

afterEach(() => void vi.useRealTimers());

const GATE = { gate: ['publish', 'play'], timeoutMs: 30_000 };
const AWAY = 'unavailable: the web service that decides does not answer';

test.each([
  [answering(200), 'admitted'],
  [answering(204), 'admitted'],
  [answering(200, 'garbage {'), 'admitted'],
  [answering(200, { allow: true }), 'admitted'],
  [
    answering(200, { allow: false, reason: 'your account has expired' }),
    'forbidden: your account has expired',
  ],
  [answering(200, { allow: false }), 'forbidden: the web service said no'],
  [answering(403, { reason: 'not today' }), 'forbidden: not today'],
  [answering(401), 'forbidden: the web service said no'],
  [answering(404, 'Not Found'), 'forbidden: the web service said no'],
  [answering(500), AWAY],
  [answering(503, { allow: true }), AWAY],
  [answering(302, '', { location: 'http://127.0.0.1:1/' }), AWAY],
  [(_heard: unknown, response: { destroy(): void }) => response.destroy(), AWAY],
])('an answer (case %#) means: %s', async (behave, expected) => {
  const service = await startWebService(behave);
  const server = await notifyServer({ url: service.url, events: [], ...GATE });
  expect(await tryPublish(server, 'live/movie')).toBe(expected);
  expect(await tryPlay(server, 'live/movie')).toBe(expected);
  expect(server.streams()).toEqual([]);
});

test('is asked with everything it needs to know', async () => {
  const service = await startWebService();
  const server = await notifyServer({ url: service.url, events: [], ...GATE });
  await tryPublish(server, 'live/movie?token=abc', { remote: '[2001:db8::7]:5000' });
  expect(service.heard).toHaveLength(1);
  expect(service.heard[0]!.json).toMatchObject({
    type: 'publish_request',
    data: {
      app: 'live',
      name: 'movie',
      role: 'publish',
      parameters: { token: 'abc' },
      client: { address: '2001:db8::7' },
    },
  });
});

test('dead: nobody is admitted, and onError: "allow" admits everybody, said loudly at the start', async () => {
  const service = await startWebService();
  await service.die();
  const strict = await notifyServer({ url: service.url, events: [], ...GATE });
  expect(await tryPublish(strict, 'live/movie')).toBe(AWAY);
  expect(metricOf(strict, 'notify_questions_total')).toEqual({ allowed: 0, denied: 0, failed: 1 });
  const open = await notifyServer({ url: service.url, events: [], ...GATE, onError: 'allow' });
  expect(await tryPublish(open, 'live/movie')).toBe('admitted');
  expect(open.log.find(({ msg }) => msg.includes('notify.onError is "allow"'))).toMatchObject({ level: 40 });
  // What was understood as a no is one all the same.
  await service.revive();
  service.behave = answering(403);
  expect(await tryPublish(open, 'live/movie')).toMatch(/^forbidden/);
});

test('slow: the client waits no longer than timeoutMs', async () => {
  const service = await startWebService(() => {});
  const server = await notifyServer({ url: service.url, events: [], ...GATE, timeoutMs: 300 });
  expect(await tryPublish(server, 'live/movie')).toBe(AWAY);
  expect(await tryPlay(server, 'live/movie')).toBe(AWAY);
});

test('an answer without an end is cut off, and one that is too long is not kept', async () => {
  const service = await startWebService((_heard, response) => {
    response.writeHead(200);
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      if (!response.destroyed) response.once('drain', write);
    };
    write();
  });
  const server = await notifyServer({ url: service.url, events: [], ...GATE });
  expect(await tryPublish(server, 'live/movie')).toBe('admitted');
});

test('redirecting: no request goes where the operator did not point, unless followRedirects says so', async () => {
  const elsewhere = await startWebService();
  const service = await startWebService(answering(307, '', { location: elsewhere.url }));
  const strict = await notifyServer({ url: service.url, events: ['publish'], ...GATE });
  expect(await tryPublish(strict, 'live/movie')).toBe(AWAY);
  expect(elsewhere.heard).toEqual([]);
  const open = await notifyServer({ url: service.url, events: [], ...GATE, followRedirects: true });
  expect(await tryPublish(open, 'live/movie')).toBe('admitted');
  expect(elsewhere.heard).toHaveLength(1);
});

describe('an answer', () => {
  test('may give the stream another name, where rename allows it', async () => {
    const service = await startWebService(answering(200, { name: 'room-7' }));
    const server = await notifyServer({ url: service.url, events: [], ...GATE, rename: true });
    admitted(await server.publish('live/movie'));
    expect(server.streams().map(({ key }) => key)).toEqual(['live/room-7']);
    admitted(await server.play('live/anything'));
    expect(service.heard).toHaveLength(2);
    const strict = await notifyServer({ url: service.url, events: [], ...GATE });
    expect(await tryPublish(strict, 'live/movie')).toMatch(/^forbidden: the stream has another name/);
    expect(await tryPublish(strict, 'live/room-7')).toBe('admitted');
  });

  test('denies as well where rename is on', async () => {
    const service = await startWebService(answering(200, { allow: false, reason: 'no' }));
    const server = await notifyServer({ url: service.url, events: [], ...GATE, rename: true });
    expect(await tryPublish(server, 'live/movie')).toBe('forbidden: no');
    await service.die();
    expect(await tryPublish(server, 'live/movie')).toBe(AWAY);
  });

  test('may limit how long the session lasts', async () => {
    const service = await startWebService(answering(200, { lifetime: 1 }));
    const server = await notifyServer({ url: service.url, events: [], ...GATE });
    const publisher = admitted(await server.publish('live/movie'));
    expect(publisher.ended).toBeUndefined();
    await expect
      .poll(() => publisher.ended)
      .toEqual({
        code: 'expired',
        message: 'the time that was granted is over',
      });
  });
});

test('a gate without a URL rejects the config', async () => {
  await expect(notifyServer({ gate: ['publish'] })).rejects.toThrow(
    'notify.gate: there is no URL to ask for "publish"; give notify.url or notify.urls.publish',
  );
});

test('1,000 tries at a web service that says no admit nobody', async () => {
  const service = await startWebService(answering(403));
  const server = await notifyServer({ url: service.url, events: [], gate: ['connect', 'publish', 'play'] });
  const outcomes = new Set<string>();
  for (let round = 0; round < 100; round++) {
    const tries = Array.from({ length: 10 }, (_, each) =>
      each % 2 === 0 ? tryPublish(server, `live/${each}`) : tryPlay(server, `live/${each}`),
    );
    for (const outcome of await Promise.all(tries)) outcomes.add(outcome);
  }
  expect([...outcomes]).toEqual(['forbidden: the web service said no']);
});

test('a user and a password in the URL go into the Authorization header, and are printed nowhere', async () => {
  const service = await startWebService();
  const withUser = service.url.replace('://', '://studio:p%40ss-word@');
  const server = await notifyServer({ url: withUser, events: [], ...GATE });
  expect(await tryPublish(server, 'live/movie')).toBe('admitted');
  const sent = service.heard[0]!.headers.authorization ?? '';
  expect(sent).toBe(`Basic ${Buffer.from('studio:p@ss-word').toString('base64')}`);
  await service.die();
  expect(await tryPublish(server, 'live/other')).toBe(AWAY);
  expect(JSON.stringify(server.log)).toContain('did not decide about publish');
  expect(JSON.stringify(server.log)).not.toMatch(/p(@|%40)ss-word/);
});

test.each(['http://', 'http://[', 'https://host:port/'])(
  'a URL that is none rejects the config: %s',
  async (url) => {
    await expect(notifyServer({ url })).rejects.toThrow(/notify\.url/);
    await expect(notifyServer({ urls: { publish: url } })).rejects.toThrow(/notify\.urls/);
  },
);
