// A reload that changes the rules while people publish and watch.
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { definePlugin } from '../../../core/plugin/plugin.ts';
import { Denial } from '../../../core/session/denial.ts';
import auth from '../../../plugins/auth/index.ts';
import type { TestPublisher, TestViewer } from '../../../testing/test-clients.ts';
import { startTestServer, type TestServer } from '../../../testing/test-server.ts';
import { admitted, authServer, metricOf, SECRET, tryPublish } from './auth-kit.ts';

const HOME = { remote: '10.0.0.5:5000' };

test.each(['keep', 'close'] as const)(
  'auth is turned on while 500 watch, with recheck: "%s"',
  async (recheck) => {
    const server = await authServer({});
    const publisher = admitted(await server.publish('live/movie', HOME));
    const viewers: TestViewer[] = [];
    for (let each = 0; each < 500; each++)
      viewers.push(
        admitted(
          await server.play('live/movie', each % 5 === 0 ? HOME : { remote: `192.0.2.${each % 250}:1` }),
        ),
      );
    await server.reload({ auth: { allow: ['10.0.0.0/8'], recheck } });
    const closed = recheck === 'close' ? 400 : 0;
    await expect.poll(() => viewers.filter(({ ended }) => ended).length).toBe(closed);
    expect(publisher.ended).toBeUndefined();
    const home = viewers.filter((_viewer, index) => index % 5 === 0);
    expect(home.filter(({ ended }) => ended)).toEqual([]);
    const messages = new Set(
      viewers.flatMap(({ ended }) =>
        ended ? [`${ended.code}: ${ended.message.replace(/192\S+/, 'IP')}`] : [],
      ),
    );
    expect([...messages]).toEqual(
      closed ? ['denied: its right has ended: IP is not an address that is allowed'] : [],
    );
    expect(server.sessions()).toHaveLength(501 - closed);
  },
);

const USERS = [{ user: 'me', password: 'a long password', publish: ['*'], play: ['*'] }];

/** Publishes as an encoder does that logs in by Adobe’s dialogue. */
async function publishByAdobe(server: TestServer): Promise<TestPublisher> {
  const client = { protocol: 'rtmp' };
  const told = await server.publish('live/movie?authmod=adobe&user=me', client);
  if (!(told instanceof Denial)) throw new Error('nothing was asked for');
  const { salt, opaque } = told.challenges![0]!.parameters;
  const md5 = (text: string): string => createHash('md5').update(text).digest('base64');
  const response = md5(`${md5(`me${salt}a long password`)}${opaque}abc`);
  const query = new URLSearchParams({
    authmod: 'adobe',
    user: 'me',
    challenge: 'abc',
    response,
    opaque: opaque!,
  });
  return admitted(await server.publish(`live/movie?${query.toString()}`, client));
}

test('an encoder that logged in by Adobe’s dialogue long ago stays while its user may publish', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const options = { recheck: 'close', publish: { users: USERS } };
  const server = await authServer(options);
  const publisher = await publishByAdobe(server);
  vi.setSystemTime(Date.now() + 3_600_000);
  const viewer = admitted(await server.play('live/movie'));
  // The viewer is closed by the same check, which has thus asked about everybody.
  await server.reload({ auth: { ...options, play: { allow: ['10.0.0.0/8'] } } });
  await expect.poll(() => viewer.ended?.code).toBe('denied');
  expect(publisher.ended).toBeUndefined();
  await server.reload({
    auth: { ...options, publish: { users: [{ ...USERS[0], password: 'another password' }] } },
  });
  await expect.poll(() => publisher.ended?.code).toBe('denied');
});

test('whoever guesses while present sessions are checked is denied as ever', async () => {
  // The check takes for ever: one of its sessions waits for a store of keys that does not answer.
  const slow = definePlugin({
    ...auth,
    app: (context, options) => auth.app!({ ...context, recheck: () => new Promise(() => {}) }, options),
  });
  const tries = { maxFailures: 3, slowAfter: 100 };
  const options = { sign: { secret: SECRET }, recheck: 'close', tries };
  const server = await startTestServer({ plugins: [slow], config: { auth: options } });
  onTestFinished(() => server.stop());
  const codes: string[] = [];
  for (let each = 0; each < 4; each++)
    codes.push((await tryPublish(server, 'live/movie?expires=4000000000&sign=00')).split(':', 1)[0]!);
  expect(codes).toEqual(['unauthorized', 'unauthorized', 'unauthorized', 'too-many-tries']);
});

test('those that are asked about again are counted once, and their failures are no tries', async () => {
  const options = { users: USERS, recheck: 'close', tries: { maxFailures: 3, slowAfter: 100 } };
  const server = await authServer(options);
  const path = 'live/movie?user=me&password=a%20long%20password';
  admitted(await server.publish(path));
  const viewers: TestViewer[] = [];
  for (let each = 0; each < 5; each++) viewers.push(admitted(await server.play(path)));
  expect(metricOf(server, 'auth_admissions_total')).toEqual({ 'publish users': 1, 'play users': 5 });
  const other = [{ ...USERS[0], password: 'another password' }];
  await server.reload({ auth: { ...options, users: other } });
  await expect.poll(() => viewers.filter(({ ended }) => ended).length).toBe(5);
  expect(metricOf(server, 'auth_admissions_total')).toEqual({ 'publish users': 1, 'play users': 5 });
  expect(metricOf(server, 'auth_denials_total')).toEqual({});
  expect(await tryPublish(server, 'live/movie?user=me&password=another%20password')).toBe('admitted');
});
