import { expect, test } from 'vitest';
import type { QuestionSpec, StreamView } from 'livego';
import { LiveStreams, type LiveList } from '../../../plugins/demo/live-streams.ts';

const TRACKS = { video: 'avc', audio: undefined };

function streamOf(name: string, more: object = {}): StreamView {
  const key = `live/${name}`;
  const facts = { app: 'live', name, key, displayKey: key, state: 'live', origin: 'local', viewerCount: 1 };
  return { ...facts, startedAt: new Date(), tracks: TRACKS, ...more } as unknown as StreamView;
}

interface Steered {
  readonly live: LiveStreams;
  now: number;
  asked: number;
  failing: boolean;
}

/** Of a server of two workers, the other of which has the same streams. */
function steer(streams: readonly StreamView[]): Steered {
  const steered = { now: 0, asked: 0, failing: false } as { -readonly [Key in keyof Steered]: Steered[Key] };
  const question = ({ answer }: QuestionSpec<undefined, LiveList>) => ({
    askAll: async () => {
      steered.asked++;
      if (steered.failing) throw new Error('the worker stops');
      const own = await answer(undefined);
      return [
        { worker: 2, answer: own },
        { worker: 1, answer: own },
      ];
    },
  });
  const context = { streams: () => streams, question, now: () => steered.now };
  steered.live = new LiveStreams(context as never);
  return steered;
}

test('pages that ask within a second share one answer of the workers', async () => {
  const steered = steer([streamOf('movie')]);
  const answers = await Promise.all([steered.live.list(), steered.live.list()]);
  steered.now = 999;
  expect(await steered.live.list()).toBe(answers[0]);
  expect(steered.asked).toBe(1);
  steered.now = 1000;
  await steered.live.list();
  expect(steered.asked).toBe(2);
});

test('an answer that has failed is not kept', async () => {
  const steered = steer([streamOf('movie')]);
  steered.failing = true;
  await expect(steered.live.list()).rejects.toThrow('the worker stops');
  steered.failing = false;
  expect((await steered.live.list()).streamCount).toBe(2);
});

test('no more than 200 streams are listed, and all are counted', async () => {
  const many = Array.from({ length: 150 }, (_, index) => streamOf(String(index)));
  const waiting = streamOf('waiting', { state: 'paused' });
  const copy = streamOf('copy', { origin: 'mirror' });
  const { streams, streamCount } = await steer([...many, waiting, copy]).live.list();
  expect(streams).toHaveLength(200);
  expect(streamCount).toBe(300);
  expect(streams[0]).toMatchObject({ title: 'live/0', name: '0', viewers: 1, video: 'avc' });
});
