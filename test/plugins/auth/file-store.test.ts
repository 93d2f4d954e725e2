// Channel keys in a file that several workers of one server use.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileStore } from '../../../plugins/auth/keys/file-store.ts';

function fileForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-keys-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'keys.json');
}

test('a key that one worker gives is good at the others, and one that it withdraws is good at none', async () => {
  const file = fileForTest();
  const [one, other] = [await FileStore.open(file), await FileStore.open(file)];
  const first = await one.keyOf('movie');
  expect(await other.keyOf('movie')).toBe(first);
  expect(await other.roomOf(first)).toBe('movie');
  const second = await other.reset('movie');
  expect(await one.roomOf(first)).toBeUndefined();
  expect(await one.roomOf(second)).toBe('movie');
  expect(await one.delete('movie')).toBe(true);
  expect(await other.roomOf(second)).toBeUndefined();
});

test('a change keeps what another worker has changed before', async () => {
  const file = fileForTest();
  const [one, other] = [await FileStore.open(file), await FileStore.open(file)];
  const movie = await one.keyOf('movie');
  const song = await other.keyOf('song');
  const both = await FileStore.open(file);
  expect([await both.roomOf(movie), await both.roomOf(song)]).toEqual(['movie', 'song']);
});

test('a file that is damaged while the server runs leaves the keys as they are', async () => {
  const file = fileForTest();
  const store = await FileStore.open(file);
  const key = await store.keyOf('movie');
  writeFileSync(file, 'not JSON');
  expect(await store.roomOf(key)).toBe('movie');
});

test('a look-up beside a change does not let it write keys without those of another worker', async () => {
  const file = fileForTest();
  const [one, other] = [await FileStore.open(file), await FileStore.open(file)];
  const given: Promise<string>[] = [];
  for (let index = 0; index < 20; index++) {
    given.push(other.keyOf(`other${index}`));
    await given.at(-1);
    // Look-ups are not in a worker's turn: they may have begun when it comes.
    const lookUps = [one.roomOf('nobody'), one.roomOf('nobody')];
    given.push(one.keyOf(`one${index}`));
    await Promise.all([...lookUps, given.at(-1), one.roomOf('nobody')]);
  }
  const reader = await FileStore.open(file);
  const rooms = await Promise.all(given.map(async (key) => await reader.roomOf(await key)));
  expect(rooms).toEqual(given.map((_, index) => `${index % 2 === 0 ? 'other' : 'one'}${index >> 1}`));
});

test('a key is good as soon as it is given, also while an earlier look-up is under way', async () => {
  const file = fileForTest();
  const [one, other] = [await FileStore.open(file), await FileStore.open(file)];
  for (let index = 0; index < 20; index++) {
    const earlier = [one.roomOf('nobody'), one.roomOf('nobody')];
    const key = await other.keyOf(`movie${index}`);
    void one.roomOf('nobody');
    expect(await one.roomOf(key)).toBe(`movie${index}`);
    await Promise.all(earlier);
  }
});
