// Runs hooks: one set for each application and generation, built from the taps of the plugins that are enabled for it.
//
// Hooks are tapable hooks, each made if a plugin taps it, but for gates. Two traps of tapable are avoided here: `null` would end
// a bail hook, and a tap that throws would hide an event from the taps after it. Gates are asked by a loop of their own: nearly
// all answer at once, and are asked for each HLS playlist without a session, where tapable makes two functions for each of them.
import { AsyncSeriesBailHook, AsyncSeriesWaterfallHook, SyncHook } from 'tapable';
import { isPromise } from '../../call-plugin.ts';
import type { EndCause } from '../../end-cause.ts';
import type { Logger } from '../../log/log.ts';
import type { FinishedFile, HooksOfKind, HookTaps, TapRecord } from '../../plugin/hooks.ts';
import type { ApplicationHooks, OfferedProvider, ResolvedName } from '../../session/application.ts';
import type { ConnectionView } from '../../session/clients/connection-view.ts';
import { Denial } from '../../session/denial.ts';
import { hideNames, hideNamesInDenial } from '../../session/hide-names.ts';
import type { StreamProvider } from '../../session/providers/provider.ts';
import type { ConnectRequest, DeniedRequest, StreamRequest } from '../../session/requests.ts';
import type { SessionView } from '../../session/session-view.ts';
import type { StreamView } from '../../stream/stream-view.ts';
import type { NowOrLater } from '../../time/now-or-later.ts';
import { withTimeout } from '../../time/timeout.ts';
import { callTap } from '../instance/call-tap.ts';

type EventName = HooksOfKind<'event' | 'server-event'>;
type GateName = HooksOfKind<'gate'>;
type EventHook = SyncHook<[values: readonly unknown[]]>;
/** `secrets` are names that must not stand in logs. Taps do not get them. */
type QuestionHook<Request, Answer> = AsyncSeriesBailHook<
  [request: Request, secrets: readonly string[]],
  Answer
>;
type NameHook = AsyncSeriesWaterfallHook<[ResolvedName, StreamRequest]>;

export class HookRunner implements ApplicationHooks {
  readonly secretNames: boolean;
  readonly #log: Logger;
  readonly #gateTimeoutMs: number;
  readonly #gates: Readonly<Record<GateName, TapRecord[]>> = { connect: [], publish: [], play: [] };
  readonly #events = new Map<EventName, EventHook>();
  #resolveName: NameHook | undefined;
  #streamMissing: QuestionHook<StreamRequest, OfferedProvider> | undefined;

  constructor(taps: readonly TapRecord[], log: Logger, gateTimeoutMs: number) {
    this.#log = log;
    this.#gateTimeoutMs = gateTimeoutMs;
    this.secretNames = taps.some(({ options }) => options?.secret === true);
    for (const tap of taps) this.#add(tap);
  }

  connect(request: ConnectRequest): NowOrLater<Denial | undefined> {
    return this.#askGates('connect', request, []);
  }

  publish(request: StreamRequest, secrets: readonly string[] = []): NowOrLater<Denial | undefined> {
    return this.#askGates('publish', request, secrets);
  }

  play(request: StreamRequest, secrets: readonly string[] = []): NowOrLater<Denial | undefined> {
    return this.#askGates('play', request, secrets);
  }

  resolveName(request: StreamRequest): NowOrLater<ResolvedName | Denial> {
    const asked = { name: request.name, printable: !this.secretNames };
    return this.#resolveName ? this.#askResolvers(this.#resolveName, asked, request) : asked;
  }

  async #askResolvers(
    hook: NameHook,
    asked: ResolvedName,
    request: StreamRequest,
  ): Promise<ResolvedName | Denial> {
    try {
      return await hook.promise(asked, request);
    } catch (error) {
      // The taps throw nothing else: see #resolver.
      if (error instanceof Denial) return error;
      throw error;
    }
  }

  denied(request: DeniedRequest, denial: Denial): void {
    this.emit('denied', request, denial);
  }

  streamMissing(
    request: StreamRequest,
    secrets: readonly string[] = [],
  ): Promise<OfferedProvider | undefined> {
    return this.#streamMissing?.promise(request, secrets) ?? Promise.resolve(undefined);
  }

  playStart(session: SessionView, stream: StreamView): void {
    this.emit('playStart', session, stream);
  }

  playStop(session: SessionView, stream: StreamView, cause: EndCause): void {
    this.emit('playStop', session, stream, cause);
  }

  disconnect(connection: ConnectionView, cause: EndCause): void {
    this.emit('disconnect', connection, cause);
  }

  fileEnd(file: FinishedFile): void {
    this.emit('fileEnd', file);
  }

  /** Calls every tap of an event. Never throws. */
  emit<Name extends EventName>(name: Name, ...values: Parameters<HookTaps[Name]>): void {
    this.#events.get(name)?.call(values);
  }

  /** Asks one gate after the other, the next one in the same turn of the loop if an answer comes at once. */
  #askGates(
    name: GateName,
    request: ConnectRequest,
    secrets: readonly string[],
    first = 0,
  ): NowOrLater<Denial | undefined> {
    const gates = this.#gates[name];
    for (let at = first; at < gates.length; at++) {
      const answer = this.#askGate(gates[at]!, request, secrets);
      if (answer instanceof Promise)
        return answer.then((denial) => denial ?? this.#askGates(name, request, secrets, at + 1));
      if (answer) return answer;
    }
    return undefined;
  }

  #add(record: TapRecord): void {
    const { plugin, hook } = record;
    if (hook === 'resolveName') {
      this.#resolveName ??= new AsyncSeriesWaterfallHook(['name', 'request']);
      return this.#resolveName.tapPromise(plugin, this.#resolver(record));
    }
    if (hook === 'streamMissing') {
      this.#streamMissing ??= new AsyncSeriesBailHook(['request', 'secrets']);
      return this.#streamMissing.tapPromise(plugin, this.#provider(record));
    }
    if (hook === 'connect' || hook === 'publish' || hook === 'play')
      return void this.#gates[hook].push(record);
    const event = this.#events.get(hook) ?? new SyncHook(['values']);
    this.#events.set(hook, event);
    event.tap(plugin, this.#event(record));
  }

  /** A tap of an event that throws, at once or later, is logged. */
  #event(record: TapRecord): (values: readonly unknown[]) => void {
    const tap = record.tap as (...values: readonly unknown[]) => unknown;
    return (values) => callTap(this.#log, record, () => tap(...values));
  }

  /** A gate denies if it throws, times out or returns anything but a Denial or nothing. A thrown Denial is its answer. */
  #askGate(record: TapRecord, request: unknown, secrets: readonly string[]): NowOrLater<Denial | undefined> {
    try {
      const answer = (record.tap as (request: unknown) => unknown)(request);
      // Nearly every gate has nothing to say.
      if (answer === undefined || answer === null) return undefined;
      if (!isPromise(answer)) return checkAnswer(record, answer, secrets);
      return this.#answerOf(answer)
        .then((later) => checkAnswer(record, later, secrets))
        .catch((error: unknown) => this.#gateFailed(record, error, secrets));
    } catch (error) {
      return this.#gateFailed(record, error, secrets);
    }
  }

  #gateFailed({ plugin, hook }: TapRecord, error: unknown, secrets: readonly string[]): Denial {
    if (error instanceof Denial) return hideNamesInDenial(error, secrets);
    this.#log.error(
      { err: hideNames(error, secrets), plugin, hook },
      `the ${hook} gate of plugin ${plugin} failed; the client is denied`,
    );
    return new Denial('unavailable', `the ${plugin} check failed`);
  }

  /** A tap that fails denies: gates cannot be asked without a name. */
  #resolver(record: TapRecord & { hook: 'resolveName' }) {
    const { plugin, hook, tap, options } = record;
    return async (present: ResolvedName, request: StreamRequest): Promise<ResolvedName> => {
      try {
        const answer = await this.#answerOf(tap(present.name, request));
        if (answer === undefined || answer === null) return present;
        if (typeof answer !== 'string' || answer === '')
          throw new TypeError(`it returned ${typeof answer}; a name is a string that is not empty`);
        return { name: answer, printable: present.printable || options?.secret === true };
      } catch (error) {
        const names = this.#secretsOf(present, request.name);
        if (error instanceof Denial) throw hideNamesInDenial(error, names);
        this.#log.error(
          { err: hideNames(error, names), plugin, hook },
          `plugin ${plugin} failed to resolve a stream name; the client is denied`,
        );
        throw new Denial('unavailable', 'the stream name could not be resolved');
      }
    };
  }

  #secretsOf({ name, printable }: ResolvedName, asked: string): readonly string[] {
    if (!this.secretNames) return [];
    return printable ? [asked].filter((each) => each !== name) : [asked, name];
  }

  /** A tap that throws or times out is skipped; only a provider ends the hook. */
  #provider({ plugin, owner, tap }: TapRecord & { hook: 'streamMissing' }) {
    return async (request: unknown, secrets: unknown): Promise<OfferedProvider> => {
      try {
        const provider: unknown = await this.#answerOf(tap(request as StreamRequest));
        if (provider === undefined || provider === null) return undefined as never;
        if (isProvider(provider)) return { plugin, owner, provider };
        throw new TypeError('it did not return a provider; a provider has description, start and stop');
      } catch (error) {
        this.#log.error(
          { err: hideNames(error, secrets as readonly string[]), plugin, hook: 'streamMissing' },
          `plugin ${plugin} failed to provide a stream`,
        );
        return undefined as never;
      }
    };
  }

  #answerOf(answer: unknown): Promise<unknown> {
    const late = `no answer within ${this.#gateTimeoutMs} ms (gateTimeoutMs)`;
    return withTimeout(this.#gateTimeoutMs, Promise.resolve(answer), late);
  }
}

function checkAnswer({ hook }: TapRecord, answer: unknown, secrets: readonly string[]): Denial | undefined {
  if (answer instanceof Denial) return hideNamesInDenial(answer, secrets);
  if (answer === undefined || answer === null) return undefined;
  throw new TypeError(`its ${hook} gate returned ${typeof answer}; a gate returns a Denial or nothing`);
}

function isProvider(value: unknown): value is StreamProvider {
  if (typeof value !== 'object' || value === null) return false;
  const { description, start, stop } = value as Partial<StreamProvider>;
  return typeof description === 'string' && typeof start === 'function' && typeof stop === 'function';
}
