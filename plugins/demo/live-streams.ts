// The live streams of all workers, as the page lists them. Everybody may ask, and each open page asks every two seconds, so
// what a question costs depends neither on how many ask nor on how many streams there are beyond those listed.
import type { Question, ServerContext, StreamView } from 'livego';

/** More streams than this are not listed; the page says how many there are. */
const MAX_STREAMS = 200;

/** An answer is good for so long. */
const FRESH_MS = 1000;

export interface StreamFacts {
  readonly app: string;
  /** Undefined where it may be a secret: then the stream is listed and cannot be played from here. */
  readonly name: string | undefined;
  readonly title: string;
  readonly seconds: number;
  readonly viewers: number;
  readonly video: string | undefined;
  readonly audio: string | undefined;
}

export interface LiveList {
  readonly streams: readonly StreamFacts[];
  /** Listed or not. */
  readonly streamCount: number;
}

type Context = Pick<ServerContext, 'streams' | 'question' | 'now'>;

export class LiveStreams {
  readonly #context: Context;
  readonly #question: Question<undefined, LiveList>;
  #askedAt = -Infinity;
  #answer: Promise<LiveList> | undefined;

  constructor(context: Context) {
    this.#context = context;
    this.#question = context.question({ name: 'live', answer: () => listLive(context.streams()) });
  }

  /** Of all workers, in their order. */
  list(): Promise<LiveList> {
    const now = this.#context.now();
    if (this.#answer && now - this.#askedAt < FRESH_MS) return this.#answer;
    this.#askedAt = now;
    const answer = this.#ask();
    this.#answer = answer;
    // Who asks next is not to get the same failure.
    answer.catch(() => (this.#answer = undefined));
    return answer;
  }

  async #ask(): Promise<LiveList> {
    const answers = await this.#question.askAll(undefined);
    const lists = answers.map(({ answer }) => answer);
    return {
      streams: lists.flatMap(({ streams }) => streams).slice(0, MAX_STREAMS),
      streamCount: lists.reduce((sum, { streamCount }) => sum + streamCount, 0),
    };
  }
}

function listLive(all: readonly StreamView[]): LiveList {
  const live = all.filter(({ state, origin }) => state === 'live' && origin === 'local');
  return { streams: live.slice(0, MAX_STREAMS).map(describeStream), streamCount: live.length };
}

function describeStream(stream: StreamView): StreamFacts {
  const { app, name, key, displayKey, startedAt, viewerCount, tracks } = stream;
  return {
    app,
    name: key === displayKey ? name : undefined,
    title: displayKey,
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    viewers: viewerCount,
    video: tracks.video,
    audio: tracks.audio,
  };
}
