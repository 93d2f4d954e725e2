// The engine of one stream: its program is started when media flows, fed, restarted when it fails, and stopped gently.
//
//   waiting ──first packet──▶ running ──ends by itself──▶ resting ──backoff──▶ running
//      │                         │                           │ ▲
//      └──no place, or unfit─────┼───────────────────────────┼─┘
//                                └────────── stop ───────────┴──▶ stopping ──▶ ended
//
import { asError, messageOf, type AppContext, type LimitedLog, type StreamView } from 'livego';
import { Child, describeExit, type ChildExit, type StopLimits } from './run/child.ts';
import { ErrorLines } from './run/error-lines.ts';
import { Feed } from './run/feed.ts';
import type { Job, JobServices } from './jobs/job.ts';
import { onLines } from './run/lines.ts';
import { makeJob } from './jobs/profiles.ts';
import { misfitsOf } from './program-limits.ts';
import { NO_PROGRESS, readProgress, type Progress } from './run/progress.ts';
import { RunClock } from './run/run-clock.ts';
import type { EnginePhase, EngineStatus, ListedEngine } from './state.ts';

const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;
/** A run that lasted this long was no failure at the start: the patience begins at the first step again. */
const STEADY_MS = 30_000;

export interface EngineServices extends JobServices {
  readonly failures: LimitedLog;
  readonly context: Pick<
    AppContext,
    | 'announce'
    | 'provide'
    | 'fileEnd'
    | 'peerLog'
    | 'attach'
    | 'holdMemory'
    | 'deliver'
    | 'format'
    | 'now'
    | 'everywhere'
  >;
}

export class Engine implements ListedEngine {
  readonly stream: StreamView;
  readonly #services: EngineServices;
  readonly #job: Job;
  readonly #errors: ErrorLines;
  #detach: (() => void) | undefined;
  #child: Child | undefined;
  #startedAt: Date | undefined;
  #began = 0;
  #retryAt = 0;
  #lastError: string | undefined;
  #feed: Feed | undefined;
  #unfeed = (): void => {};
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #progress: Progress = NO_PROGRESS;
  #restarts = 0;
  /** Since the last steady run: failures, and places that were asked for in vain. */
  #vainTries = 0;
  /** Its next start is a restart. */
  #failed = false;
  #dropped = 0;
  #renewing = false;
  #stopped = false;

  constructor(stream: StreamView, services: EngineServices) {
    this.stream = stream;
    this.#services = services;
    this.#job = makeJob(stream, services);
    const { peerLog } = services.context;
    this.#errors = new ErrorLines(peerLog, stream.displayKey, () => services.context.now());
    services.state.engines.add(this);
    this.#waitForMedia();
  }

  get status(): EngineStatus {
    const { context, options } = this.#services;
    const { app } = this.stream;
    const [state, now] = [this.#phase, context.now()];
    const isSteady = this.#child !== undefined && now - this.#began >= STEADY_MS;
    return {
      app,
      name: this.#shownName,
      profile: options.profile,
      state,
      pid: this.#child?.pid,
      startedAt: this.#startedAt?.toISOString(),
      retryInMs: state === 'resting' ? Math.max(0, Math.round(this.#retryAt - now)) : undefined,
      restarts: this.#restarts,
      ...this.#progress,
      droppedPackets: this.#dropped + (this.#feed?.droppedPackets ?? 0),
      lastError: isSteady ? undefined : this.#lastError,
      errorLines: this.#errors.last,
    };
  }

  /** Lets the program finish. Resolves when it has ended and its results are complete. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#detach?.();
    clearTimeout(this.#timer);
    this.#unfeed();
    try {
      await this.#child?.stop(this.#services.options);
      await this.#running;
      this.#job.end();
    } finally {
      this.#services.state.engines.delete(this);
    }
  }

  /** Gives a program that is being stopped so long to end. */
  hasten(limits: StopLimits): void {
    void this.#child?.stop(limits);
  }

  kill(): void {
    this.#child?.kill();
  }

  get #phase(): EnginePhase {
    if (this.#stopped) return 'stopping';
    if (this.#child) return 'running';
    return this.#vainTries > 0 && !this.#running ? 'resting' : 'waiting';
  }

  get #shownName(): string {
    const { app, displayKey } = this.stream;
    return displayKey.slice(app.length + 1);
  }

  // Media flows when the first frame or sample comes; a name that was only claimed starts nothing.
  #waitForMedia(): void {
    const { context } = this.#services;
    if (this.stream.gopFigures.packets > 0) return this.#start();
    this.#detach = context.attach(
      this.stream,
      {
        write: ({ kind, header }) => {
          if (kind === 'data' || header || this.#running) return;
          this.#start();
          queueMicrotask(() => this.#detach?.());
        },
      },
      { from: 'live' },
    );
  }

  #start(): void {
    this.#running = this.#run().finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    const { context, options } = this.#services;
    const began = context.now();
    const unfit = this.#unfitReason();
    if (unfit !== undefined) return this.#fail(unfit, 0);
    const { maxPrograms } = options;
    const free = await context.everywhere.takePlace('engine.programs', maxPrograms).catch(asError);
    if (free instanceof Error) return this.#awaitPlace(`no place for a program: ${free.message}`);
    if (this.#stopped) return free?.();
    if (!free) return this.#awaitPlace(`${maxPrograms} programs run already (engine.maxPrograms)`);
    this.#countStart();
    const reason = await this.#runOnce().catch(messageOf).finally(free);
    const renewed = this.#renewing;
    this.#renewing = false;
    if (this.#stopped || reason === undefined) return;
    if (renewed) return this.#run();
    this.#fail(reason, context.now() - began);
  }

  #countStart(): void {
    const { counters } = this.#services.state;
    counters.starts++;
    if (!this.#failed) return;
    this.#failed = false;
    this.#restarts++;
    counters.restarts++;
  }

  /** Why the program has ended; undefined if it was not started. */
  async #runOnce(): Promise<string | undefined> {
    try {
      const args = await this.#job.prepare();
      const exit = this.#stopped ? undefined : await this.#runChild(args);
      return exit && describeExit(exit, this.#errors.last.at(-1));
    } finally {
      // Also of a program that the system does not start: what was made ready for it must not stay.
      await this.#job.exited(this.#progress.writtenMs);
    }
  }

  /** Why the program would write nothing that can be played. What it merely leaves out is logged. */
  #unfitReason(): string | undefined {
    const { program, options, failures } = this.#services;
    const [worst, ...others] = misfitsOf(this.stream, program, options);
    if (worst?.fatal) return worst.reason;
    for (const { reason } of worst ? [worst, ...others] : [])
      failures.warn({ stream: this.stream.displayKey }, `the engine of ${this.stream.displayKey}: ${reason}`);
    return undefined;
  }

  async #runChild(args: readonly string[]): Promise<ChildExit> {
    const { program } = this.#services;
    const { app, name, publisher } = this.stream;
    const child = new Child({
      program: program.path,
      args,
      user: program.user,
      env: { LIVEGO_APP: app, LIVEGO_NAME: name, LIVEGO_SESSION: publisher?.id ?? '' },
      outputs: this.#job.outputs,
    });
    this.#child = child;
    this.#began = this.#services.context.now();
    this.#startedAt = new Date();
    this.#progress = NO_PROGRESS;
    if (child.pid !== undefined) {
      onLines(child.errors, (line) => this.#errors.add(line));
      const clock = new RunClock(this.#services.options.keyframeSeconds * 1000);
      this.#job.started({ child, clock }, (line) => (this.#progress = readProgress(this.#progress, line)));
      this.#announce('engine_up', child.pid);
      this.#feedOrStop(child, clock);
    }
    const exit = await child.exited;
    this.#child = undefined;
    this.#startedAt = undefined;
    this.#unfeed();
    const reason = this.#stopped ? 'it was stopped' : describeExit(exit, this.#errors.last.at(-1));
    if (child.pid !== undefined) this.#announce('engine_down', child.pid, reason);
    return exit;
  }

  #announce(kind: 'engine_up' | 'engine_down', pid: number, reason?: string): void {
    const { app } = this.stream;
    this.#services.context.announce({ kind, app, name: this.#shownName, details: { pid, reason } });
  }

  #feedOrStop(child: Child, clock: RunClock): void {
    try {
      const { engines } = this.#services.state;
      const { context } = this.#services;
      const feed = new Feed(this.stream, child.input, {
        clock,
        programs: () => engines.size,
        spent: () => this.#renew(child),
        hold: (bytes) => context.holdMemory(this.stream.key, bytes),
      });
      const detach = context.attach(this.stream, feed, { from: 'gop' });
      this.#unfeed = () => {
        detach();
        feed.close();
        this.#dropped += feed.droppedPackets;
        this.#feed = undefined;
        this.#unfeed = () => {};
      };
      this.#feed = feed;
    } catch (error) {
      // The stream has ended meanwhile.
      this.#services.context.peerLog.debug({ err: error }, 'an engine cannot be fed');
      void child.stop(this.#services.options);
    }
  }

  /** The program has run as long as it may: another run continues. */
  #renew(child: Child): void {
    if (this.#renewing) return;
    this.#renewing = true;
    void child.stop(this.#services.options);
  }

  #fail(reason: string, ranMs: number): void {
    if (this.#stopped) return;
    if (ranMs >= STEADY_MS) this.#vainTries = 0;
    this.#failed = true;
    this.#services.state.counters.failures++;
    this.#tryLater((seconds) => `has failed: ${reason}; it starts again in ${seconds} s`, reason);
  }

  #awaitPlace(reason: string): void {
    if (this.#stopped) return;
    this.#tryLater((seconds) => `waits: ${reason}; it asks again in ${seconds} s`, reason);
  }

  #tryLater(words: (seconds: string) => string, reason: string): void {
    const { context, failures } = this.#services;
    const { displayKey: stream } = this.stream;
    this.#lastError = reason;
    const patience = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#vainTries++);
    // Hundreds of engines that fail together do not start together.
    const waitMs = Math.round(patience * (0.75 + Math.random() / 2));
    this.#retryAt = context.now() + waitMs;
    const line = `the engine of ${stream} ${words((waitMs / 1000).toFixed(1))}`;
    failures.warn({ stream, lines: this.#errors.last }, line);
    this.#timer = setTimeout(() => this.#start(), waitMs);
  }
}
