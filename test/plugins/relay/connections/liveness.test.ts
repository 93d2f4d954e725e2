import { describe, expect, test } from 'vitest';
import { Liveness } from '../../../../plugins/relay/connections/liveness.ts';

/** A clock that the test turns, and a peer whose bytes it counts. */
function watching(mode: 'publish' | 'play') {
  let now = 100;
  let received = 0;
  let sent = 0;
  const liveness = new Liveness({ mode, now: () => now, timeouts: { silenceTimeoutMs: 10_000 } });
  liveness.start();
  /** What the peer sends in this second, and what it is sent. */
  const second = (bytes = 0, toPeer = 0) => {
    now += 1000;
    received += bytes;
    sent += toPeer;
    const answer = liveness.check(now, { received, sent });
    return typeof answer === 'object' ? answer.kind : answer;
  };
  const acknowledge = (): void => liveness.noteAcknowledgement(sent);
  return { liveness, second, acknowledge };
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
  const { liveness, second } = watching('publish');
  second();
  liveness.notePong();
  second(10);
  const answers = Array.from({ length: 14 }, () => second());
  expect(answers.indexOf('silent')).toBe(13);
});

test('A target that answers no pings, and sends something now and then, is never silent', () => {
  const { second } = watching('publish');
  const answers = Array.from({ length: 300 }, (_, index) => second(index % 60 === 1 ? 16 : 0, 20_000));
  expect(new Set(answers)).toEqual(new Set(['ping', undefined]));
});

describe('A target that answers no pings and acknowledges', () => {
  test('is silent when it stops, once it has been sent twice as much as before, in twice the time', () => {
    const { second, acknowledge } = watching('publish');
    for (let count = 0; count < 40; count++) {
      second(count % 4 === 3 ? 16 : 0, 250_000);
      if (count % 4 === 3) acknowledge();
    }
    const answers = Array.from({ length: 30 }, () => second(0, 250_000));
    // Eight seconds are twice the time between two acknowledgements; ten are silenceTimeoutMs.
    expect(answers.indexOf('silent')).toBe(17);
  });

  test('is not silent while it is sent too little to be acknowledged', () => {
    const { second, acknowledge } = watching('publish');
    for (let count = 0; count < 4; count++) second(16, 250_000);
    acknowledge();
    const answers = Array.from({ length: 200 }, () => second(0, 10_000));
    expect(answers).not.toContain('silent');
  });

  test('is not silent when a slow link makes its acknowledgements rare', () => {
    const { second, acknowledge } = watching('publish');
    const answers: unknown[] = [];
    for (let count = 1; count <= 200; count++) {
      answers.push(second(count % 30 === 0 ? 16 : 0, count < 10 ? 1_000_000 : 100_000));
      if (count % 30 === 0) acknowledge();
    }
    expect(answers).not.toContain('silent');
  });
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
