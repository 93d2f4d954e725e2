// HLS in a server of several workers: one worker makes the segments of a stream, all answer requests for them.
import { randomBytes } from 'node:crypto';
import type { NowOrLater, Question, ServerContext, StreamView, WorkerNumber } from 'livego';
import { MasterPlaylists } from '../playlists/master-playlists.ts';
import type { Presentation } from '../presentation.ts';
import type { PresentationRegistry } from '../presentations.ts';
import type { HlsState } from '../state.ts';
import type { HlsOptions } from '../schema.ts';
import type { HandedWindow } from '../segments/handed-window.ts';
import { LeftBehind } from './left-behind.ts';
import { LeftStreams } from './left-streams.ts';
import { declareMakerQuestions } from './maker-questions.ts';
import type { ServedPresentation } from '../served-presentation.ts';
import { RemotePresentation } from './remote-presentation.ts';
import type { RemoteQuestions } from './remote-questions.ts';

export class OtherWorkers {
  readonly masters: MasterPlaylists;
  readonly #context: ServerContext;
  readonly #registry: PresentationRegistry;
  readonly #questions: RemoteQuestions;
  readonly #handover: Question<string, HandedWindow | undefined>;
  readonly #leftBehind: LeftBehind;
  readonly #leftStreams: LeftStreams;
  readonly #remotes: Map<string, RemotePresentation>;
  /** What is opened from now on would stay. */
  #stopped = false;
  readonly #opening = new Map<string, Promise<RemotePresentation | undefined>>();

  /** Declares the questions. */
  constructor(
    context: ServerContext,
    { presentations: registry, remotes }: Pick<HlsState, 'presentations' | 'remotes'>,
  ) {
    this.#context = context;
    this.#registry = registry;
    this.#remotes = remotes;
    this.masters = new MasterPlaylists(registry, randomBytes(6).toString('base64url'));
    const { watch, file, handover } = declareMakerQuestions(context, registry, this.masters);
    this.#handover = handover;
    this.#leftBehind = new LeftBehind(context, (key) => this.#remotes.get(key)?.followed);
    this.#leftStreams = new LeftStreams(context, (key) => this.#present(key)?.left);
    this.#questions = {
      kept: (worker, key, number) => this.#leftBehind.fetch(worker, key, number),
      keptAnywhere: (key, number) => this.#leftBehind.fetchAnywhere(key, number),
      watch: (worker, question) => watch.ask(worker, question),
      file: (worker, question) => file.ask(worker, question),
      failed: (worker, key, error) => this.#logFailure(worker, key, error),
      hold: (key, change) => context.holdMemory(key, change),
      now: () => context.now(),
    };
  }

  /** Continues with what an instance before has followed. */
  activate(): void {
    this.#registry.askOthersWith((key) => this.segmentsOf(key));
    for (const remote of this.#remotes.values()) remote.askWith(this.#questions);
  }

  /** The presentation that requests for the stream are answered with, if this worker has one already. */
  find(key: string): ServedPresentation | undefined {
    const own = this.#registry.find(key);
    const remote = this.#present(key);
    if (!remote || own?.stream) return own;
    return own && goesOn(own, remote) ? own : remote;
  }

  /** What another worker has of a stream that nobody publishes: its worker has ended. */
  async findLeft(key: string): Promise<ServedPresentation | undefined> {
    if (!this.#leftStreams.mayHave(key)) return undefined;
    const { everywhere } = this.#context;
    const home = await everywhere.locate(key);
    // The supervisor may not have noticed yet.
    const isMade = home === everywhere.worker || (home !== undefined && (await this.#leftStreams.runs(home)));
    return isMade ? undefined : await this.#adopt(key);
  }

  /** Looks for the worker that makes it, if this one does not. @param stream - this worker's copy, if there is one */
  async open(key: string, stream?: StreamView): Promise<ServedPresentation | undefined> {
    const own = this.#registry.find(key);
    if (own && (own.stream || goesOn(own, this.#remotes.get(key)))) return own;
    const opening = this.#opening.get(key) ?? this.#openRemote(key);
    this.#opening.set(key, opening);
    const remote = await opening.finally(() => this.#opening.delete(key));
    if (!remote) return this.#registry.find(key);
    if (stream?.origin === 'mirror') remote.noteStream(stream);
    return remote;
  }

  /** The stream of that key if it is another one in another quality. Both are in one worker. */
  findRendition(key: string, ofKey: string): NowOrLater<ServedPresentation | undefined> {
    const own = this.#registry.findRendition(key, ofKey);
    if (own) return own;
    const of = this.#registry.find(ofKey);
    if (of?.stream || this.#context.everywhere.others.length === 0) return undefined;
    const remote = this.#present(ofKey);
    if (remote) return this.#openRendition(key, remote);
    // A worker that its publisher returns to takes over what this one has.
    return of ? undefined : this.#findRendition(key, ofKey);
  }

  /** The first request of a player that has changed the worker may be for another quality. */
  async #findRendition(key: string, ofKey: string): Promise<ServedPresentation | undefined> {
    await this.open(ofKey);
    const remote = this.#present(ofKey);
    return remote && (await this.#openRendition(key, remote));
  }

  #openRendition(key: string, of: RemotePresentation): NowOrLater<ServedPresentation | undefined> {
    if (!of.hasRendition(key)) return undefined;
    const present = this.#present(key);
    return present && !present.orphaned ? present : this.open(key);
  }

  /** The segments that another worker has made of a stream that now lives here; undefined if there is no other worker. */
  segmentsOf(key: string): Promise<HandedWindow | undefined> | undefined {
    return this.#context.everywhere.others.length === 0 ? undefined : this.#askForSegments(key);
  }

  async #askForSegments(key: string): Promise<HandedWindow | undefined> {
    const { everywhere } = this.#context;
    const asked = everywhere.others.map((worker) => this.#handover.ask(worker, key).catch(() => undefined));
    const given = (await Promise.all(asked)).flatMap((each) => each ?? []);
    const [newest] = given.toSorted((one, other) => other.nextSequence - one.nextSequence);
    if (newest && newest.retained.length + newest.listed.length > 0) return newest;
    // Its worker has been killed, and perhaps replaced.
    const found = await this.#leftBehind.gather(key);
    // What this worker has copied counts as its own from now on.
    this.#remotes.get(key)?.close();
    return found && found.nextSequence >= (newest?.nextSequence ?? 0) ? found : newest;
  }

  /** Forgets what no viewer asks for. Called about once a second. */
  sweep(): void {
    this.#leftStreams.sweep();
    for (const [key, remote] of this.#remotes) {
      const own = this.#registry.find(key);
      if (!remote.gone && remote.wanted && !(own && goesOn(own, remote))) {
        // Its publisher may have returned.
        if (remote.orphaned) this.#openAgain(key);
        continue;
      }
      remote.close();
      this.#remotes.delete(key);
    }
  }

  #openAgain(key: string): void {
    this.open(key).catch((error: unknown) =>
      this.#context.log.debug({ err: error, stream: key }, 'the worker of a stream was not found'),
    );
  }

  /** HLS is switched off, or the server stops. */
  stop(): void {
    this.#stopped = true;
    for (const remote of this.#remotes.values()) remote.close();
    this.#remotes.clear();
  }

  async #openRemote(key: string): Promise<RemotePresentation | undefined> {
    const { everywhere } = this.#context;
    const home = await everywhere.locate(key);
    const present = this.#present(key);
    const isHome = home === undefined || (present?.home === home && !present.orphaned);
    if (present && isHome) return present;
    if (home === undefined) return await this.#adopt(key);
    if (home === everywhere.worker) return undefined;
    const remote = await this.#openAt(key, home);
    if (remote === 'no answer') {
      this.#leftStreams.noteLoss();
      return await this.#adopt(key);
    }
    if (!remote) return undefined;
    if (this.#stopped) {
      remote.close();
      return undefined;
    }
    // Another request may have found what a killed worker has left.
    const before = this.#present(key);
    // Until the other worker has the segments, players get those that are here.
    if (before?.orphaned && before.ready && !remote.ready) {
      remote.close();
      return before;
    }
    return this.#keep(remote);
  }

  async #adopt(key: string): Promise<RemotePresentation | undefined> {
    const known = this.#present(key);
    if (known) return known;
    const found = await this.#leftStreams.find(key);
    const present = this.#present(key);
    // Another request may have opened it meanwhile.
    if (present) return present;
    // Its worker may have to follow a reload yet that this one has followed.
    if (!found || this.#stopped || !this.#isCurrent(key, found.snapshot.options)) return undefined;
    return this.#keep(RemotePresentation.adopt(key, this.#questions, found));
  }

  #keep(remote: RemotePresentation): RemotePresentation {
    this.#remotes.get(remote.key)?.close();
    this.#remotes.set(remote.key, remote);
    return remote;
  }

  /** What there is of another worker's stream, unless it is gone. */
  #present(key: string): RemotePresentation | undefined {
    const remote = this.#remotes.get(key);
    if (remote?.orphaned) this.#followReload(remote);
    return remote?.gone ? undefined : remote;
  }

  /** Nobody writes the playlists of a killed worker again, and what was open to all may not be so any more. */
  #followReload(remote: RemotePresentation): void {
    const { key, options } = remote;
    if (this.#registry.applicationsFor(key).length === 0) remote.end();
    else if (!this.#isCurrent(key, options)) remote.close();
  }

  /** Whether players get the stream as these options of its application say. */
  #isCurrent(key: string, { sessionTokens }: HlsOptions): boolean {
    const all = this.#registry.applicationsFor(key);
    return all.length === 0 || all.some(({ options }) => options.sessionTokens === sessionTokens);
  }

  async #openAt(key: string, home: WorkerNumber): Promise<RemotePresentation | 'no answer' | undefined> {
    try {
      return await RemotePresentation.open(key, home, this.#questions);
    } catch (error) {
      this.#logFailure(home, key, error);
      return 'no answer';
    }
  }

  #logFailure(worker: WorkerNumber, key: string, error: unknown): void {
    this.#context.peerLog.info({ err: error, stream: key, worker }, `${key}: its worker did not answer`);
  }
}

/** Whether this worker has gone on with the segments that another one has left: what is left of them is out of date. */
function goesOn({ ready, segments }: Presentation, left: RemotePresentation | undefined): boolean {
  if (!left?.orphaned || !ready) return false;
  return segments.window!.nextSequence >= (left.followed?.window.nextSequence ?? 0);
}
