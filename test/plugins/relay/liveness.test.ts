import { expect, test } from 'vitest';
import { Liveness } from '../../../plugins/relay/connections/liveness.ts';

/** A clock that the test turns, and a peer whose bytes it counts. */
function watching(mode: 'publish' | 'play') {
  let now = 100;
  let bytes = 0;
  const liveness = new Liveness({ mode, now: () => now, timeouts: { silenceTimeoutMs: 10_000 } });
  liveness.start();
  const second = (received = 0) => {
    now += 1000;
    bytes += received;
    const answer = liveness.check(now, bytes);
    return typeof answer === 'object' ? answer.kind : answer;
  };
  return { liveness, second };
}

test('A target is pinged at once, and then every five seconds', () => {
  const { second } = watching('publish');
  const answers = Array.from({ length: 11 }, () => second(10));
  expect(answers.map((answer) => answer === 'ping')).toEqual([
    true,
    false,
    false,
    false,
    false,
    true,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test('A target that has never answered a ping is never silent', () => {
  const { second } = watching('publish');
  expect(new Set(Array.from({ length: 100 }, () => second()))).toEqual(new Set(['ping', undefined]));
});

test('A target that has answered is silent when it owes an answer for silenceTimeoutMs', () => {
  const { second } = watching('publish');
  second();
  second(10);
  const answers = Array.from({ length: 14 }, () => second());
  expect(answers.indexOf('silent')).toBe(13);
});

test('A source is silent when no packet has come for silenceTimeoutMs, however many bytes have', () => {
  const { liveness, second } = watching('play');
  for (let count = 0; count < 30; count++) {
    liveness.noteMedia();
    expect(second()).toBeUndefined();
  }
  const answers = Array.from({ length: 9 }, () => second(1));
  expect(answers.indexOf('silent')).toBe(8);
});
