// Channel keys in a real Redis: shared by several servers, killed and back, frozen, failed over.
import { expect, onTestFinished, test } from 'vitest';
import { createLogger } from '../../../core/log/log.ts';
import { RedisStore } from '../../../plugins/auth/keys/redis-store.ts';
import { startRedis, type TestRedis } from '../../helpers/programs/redis.ts';
import { authServer, tryPublish } from './auth-kit.ts';

interface OpenStore {
  readonly store: RedisStore;
  readonly log: string[];
}

async function openStore(redis: Pick<TestRedis, 'address'>, settings = {}): Promise<OpenStore> {
  const log: string[] = [];
  const destination = {
    write: (line: string): void => void log.push((JSON.parse(line) as { msg: string }).msg),
  };
  const options = { address: redis.address, password: '', staleSeconds: 300, ...settings };
  const store = await RedisStore.open(options, createLogger({ pretty: false, destination }));
  onTestFinished(() => store.close());
  return { store, log };
}

test('two servers share keys: one makes, resets and deletes them, the other knows', async () => {
  const redis = await startRedis();
  const [one, two] = [await openStore(redis), await openStore(redis)];
  const key = await one.store.keyOf('movie');
  expect(await two.store.keyOf('movie')).toBe(key);
  expect(await two.store.roomOf(key)).toBe('movie');
  const next = await two.store.reset('movie');
  expect(next).not.toBe(key);
  expect(await one.store.roomOf(key)).toBeUndefined();
  expect(await one.store.roomOf(next)).toBe('movie');
  expect(await one.store.delete('movie')).toBe(true);
  expect(await two.store.roomOf(next)).toBeUndefined();
  expect(await two.store.delete('movie')).toBe(false);
});

test('of servers that make or reset the same key at once, all agree in the end', async () => {
  const redis = await startRedis();
  const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(redis)));
  const made = await Promise.all(stores.map(({ store }) => store.keyOf('movie')));
  expect(new Set(made).size).toBe(1);
  const reset = await Promise.all(stores.map(({ store }) => store.reset('movie')));
  const present = await stores[0]!.store.keyOf('movie');
  const rooms = await Promise.all(reset.map((key) => stores[1]!.store.roomOf(key)));
  expect(reset.filter((_key, index) => rooms[index] === 'movie')).toEqual([present]);
});

test('killed: keys that were seen are good for some time, others are not, and the log says so once', async () => {
  const redis = await startRedis();
  const { store, log } = await openStore(redis);
  const [seen, unseen] = [await store.keyOf('seen'), await store.keyOf('unseen')];
  await store.roomOf(seen);
  await redis.kill();
  for (let each = 0; each < 5; each++) {
    expect(await store.roomOf(seen)).toBe('seen');
    await expect(store.roomOf(unseen)).rejects.toThrow('the channel keys cannot be asked for');
  }
  expect(log.filter((line) => line.includes('does not answer'))).toEqual([
    expect.stringMatching(
      /^Redis at 127\.0\.0\.1:\d+ does not answer \(.*\); keys seen in the last 300 s are good, others are denied$/,
    ),
  ]);
  await redis.start();
  await expect.poll(() => store.roomOf(unseen).catch(() => 'away')).toBe('unseen');
  expect(log.at(-1)).toMatch(/answers again$/);
});

test('frozen: a question is answered by what was seen, without Redis', async () => {
  const redis = await startRedis();
  const { store } = await openStore(redis);
  const key = await store.keyOf('movie');
  await store.roomOf(key);
  redis.freeze();
  expect(await store.roomOf(key)).toBe('movie');
  redis.thaw();
});

test('a key that was seen longer ago than staleSeconds is denied while Redis is away', async () => {
  const redis = await startRedis();
  const { store } = await openStore(redis, { staleSeconds: 0 });
  const key = await store.keyOf('movie');
  await store.roomOf(key);
  await redis.kill();
  await expect(store.roomOf(key)).rejects.toThrow('cannot be asked for');
});

test('a server starts while Redis is away, denies publishers with the reason, and counts no failed try', async () => {
  const redis = await startRedis();
  await redis.kill();
  const keyStore = { redisAddress: redis.address };
  const server = await authServer({ channelKeys: true, keyStore, tries: { maxFailures: 2 } });
  for (let each = 0; each < 4; each++)
    expect(await tryPublish(server, `live/movie?key=${'k'.repeat(48)}`)).toBe(
      'unavailable: the channel keys cannot be checked',
    );
});

test('failed over to a replica: the store connects again', async () => {
  const primary = await startRedis();
  const { store } = await openStore(primary);
  const key = await store.keyOf('movie');
  await primary.command('REPLICAOF', '127.0.0.1', '1');
  await expect(store.keyOf('other')).rejects.toThrow();
  await primary.command('REPLICAOF', 'NO', 'ONE');
  await expect.poll(() => store.roomOf(key).catch(() => 'away')).toBe('movie');
  await expect.poll(() => store.keyOf('other').catch(() => 'away')).toMatch(/^\w{48}$/);
});

test('asks for the password, and the classic keys of the config stand for the options', async () => {
  const redis = await startRedis(['--requirepass', 'hush hush']);
  const wrong = await openStore(redis, { password: 'wrong' });
  await expect(wrong.store.keyOf('movie')).rejects.toThrow();
  expect(JSON.stringify(wrong.log)).not.toContain('hush');
  const { store } = await openStore(redis, { password: 'hush hush' });
  const key = await store.keyOf('movie');
  const config = { redis_addr: redis.address, redis_pwd: 'hush hush' };
  const server = await authServer({ channelKeys: true }, config);
  expect(await tryPublish(server, `live/${key}`)).toBe('admitted');
});
