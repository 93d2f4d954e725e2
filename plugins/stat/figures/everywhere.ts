// The figures of all workers together: each measures its own, and the one that is asked adds them up.
import { eachInTurns, mapInTurns, matchesServername, type Question, type ServerContext } from 'livego';
import type { ListedAlert } from '../alerts/alert-board.ts';
import type { StatState } from '../state.ts';
import { addWorkers, workerFigures, type WorkerFigures } from './server-figures.ts';
import {
  delayOf,
  listViewers,
  sessionFigures,
  type ListedSession,
  type ListedViewer,
} from './session-figures.ts';
import {
  addViewers,
  countViewers,
  listStream,
  type ListedStream,
  type StreamFigures,
  type ViewersByStream,
} from './stream-figures.ts';

interface StreamsOfWorker {
  readonly streams: readonly ListedStream[];
  /** Of these streams, and of streams in other workers. */
  readonly viewers: ViewersByStream;
}

export class FiguresEverywhere {
  readonly #context: ServerContext;
  readonly #streams: Question<undefined, StreamsOfWorker>;
  readonly #sessions: Question<undefined, readonly ListedSession[]>;
  readonly #viewers: Question<undefined, readonly ListedViewer[]>;
  readonly #alerts: Question<undefined, readonly ListedAlert[]>;
  readonly #server: Question<undefined, WorkerFigures>;

  constructor(context: ServerContext, state: StatState) {
    this.#context = context;
    this.#streams = context.question({ name: 'streams', answer: () => streamsOf(context, state) });
    this.#sessions = context.question({
      name: 'sessions',
      answer: () => sessionFigures([...context.sessions()], context.streams(), state, context.now()),
    });
    this.#viewers = context.question({ name: 'viewers', answer: () => listViewers(context.sessions()) });
    this.#alerts = context.question({ name: 'alerts', answer: () => state.alerts.list() });
    this.#server = context.question({ name: 'server', answer: () => workerFigures(context, state) });
  }

  async streams(): Promise<readonly ListedStream[]> {
    const answers = await ask(this.#streams);
    const viewers = addViewers(answers.map((answer) => answer.viewers));
    const streams = answers.flatMap((answer) => answer.streams);
    // Answers belong to the one who asks.
    await eachInTurns(streams, ({ key, figures }) => {
      figures.viewersByProtocol = viewers.get(key) ?? {};
    });
    return streams;
  }

  async sessions(): Promise<readonly ListedSession[]> {
    const sessions = (await ask(this.#sessions)).flat();
    if (sessions.every(({ isHere }) => isHere) || this.#context.everywhere.others.length === 0)
      return sessions;
    const streams = new Map((await this.streams()).map(({ key, figures }) => [key, figures]));
    return sessions.map((session) =>
      session.isHere ? session : ofStream(session, streams.get(session.key)),
    );
  }

  async viewers(): Promise<readonly ListedViewer[]> {
    return (await ask(this.#viewers)).flat();
  }

  /** Raised alerts, then those that were cleared, the newest first. */
  async alerts(): Promise<readonly ListedAlert[]> {
    const all = (await ask(this.#alerts)).flat();
    const cleared = all.filter(({ state }) => state === 'cleared');
    const newestFirst = cleared.toSorted((one, other) =>
      String(other.clearedAt).localeCompare(String(one.clearedAt)),
    );
    return [...all.filter(({ state }) => state === 'raised'), ...newestFirst];
  }

  async server() {
    return addWorkers(this.#context, await ask(this.#server));
  }

  /** The entries of servers[] that stand for one application. */
  get namedApplications(): readonly string[] {
    const apps = this.#context.config.current()?.apps ?? [];
    return apps.map(({ servername }) => servername).filter((name) => !name.includes('*'));
  }

  /** One for each entry of servers[]. */
  async applications() {
    const apps = this.#context.config.current()?.apps ?? [];
    const byEntry = groupByEntry(
      await this.streams(),
      apps.map(({ servername }) => servername),
    );
    return await mapInTurns(apps, ({ servername, plugins }) => {
      const ofEntry = byEntry.get(servername) ?? [];
      return {
        servername,
        streams: ofEntry.length,
        publishers: ofEntry.filter(({ figures }) => figures.publisher).length,
        viewers: ofEntry.reduce((sum, { figures }) => sum + figures.viewers, 0),
        plugins: Object.entries(plugins).flatMap(([name, { enabled }]) => (enabled ? [name] : [])),
      };
    });
  }
}

/** Streams by the entry of servers[] that their application has. There may be thousands of both. */
function groupByEntry(
  streams: readonly ListedStream[],
  servernames: readonly string[],
): ReadonlyMap<string, readonly ListedStream[]> {
  const entries = new Map<string, string | undefined>();
  const groups = new Map<string, ListedStream[]>();
  for (const stream of streams) {
    const { app } = stream.figures;
    if (!entries.has(app))
      entries.set(
        app,
        servernames.find((each) => matchesServername(each, app)),
      );
    const entry = entries.get(app);
    if (entry === undefined) continue;
    const group = groups.get(entry);
    if (group) group.push(stream);
    else groups.set(entry, [stream]);
  }
  return groups;
}

/** A viewer of a stream that lives in another worker. */
function ofStream({ key, figures, isHere }: ListedSession, stream: StreamFigures | undefined): ListedSession {
  if (!stream) return { key, figures, isHere };
  const delayMs = figures.role === 'play' ? delayOf(figures.queuedBytes, stream.kbps) : null;
  return { key, isHere, figures: { ...figures, state: stream.state, delayMs } };
}

async function ask<Output>(question: Question<undefined, Output>): Promise<readonly Output[]> {
  const answers = await question.askAll(undefined);
  return answers.map(({ answer }) => answer);
}

async function streamsOf(context: ServerContext, state: StatState): Promise<StreamsOfWorker> {
  const streams = await mapInTurns(context.streams(), (stream) => listStream(stream, state));
  return { streams, viewers: countViewers(context.sessions()) };
}
