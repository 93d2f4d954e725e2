// The web service decides: it is asked before a client may connect, publish or play.
import { randomUUID } from 'node:crypto';
import {
  Denial,
  messageOf,
  Throttle,
  type AppContext,
  type ConnectRequest,
  type StreamRequest,
} from 'livego';
import type { Decision, Format, Question, Subject } from './events.ts';
import type { NotifyOptions } from './schema.ts';
import { send } from './send.ts';
import type { NotifyState } from './state.ts';
import { visibleParameters } from './subjects.ts';

const LOG_INTERVAL_MS = 10_000;

export class WebGate {
  readonly #context: AppContext;
  readonly #options: NotifyOptions;
  readonly #format: Format;
  readonly #state: NotifyState;
  readonly #lines = new Throttle(LOG_INTERVAL_MS);

  constructor(context: AppContext, options: NotifyOptions, format: Format, state: NotifyState) {
    this.#context = context;
    this.#options = options;
    this.#format = format;
    this.#state = state;
  }

  /** Answers a denial, or nothing. */
  async ask(question: Question, request: ConnectRequest | StreamRequest): Promise<Denial | undefined> {
    const decision = await this.#decide(question, request);
    if (decision instanceof Denial) return decision;
    if (decision.name === undefined || decision.name === nameOf(request)) return undefined;
    this.#warn('the web service gives a stream another name, and notify.rename is off');
    return new Denial('forbidden', 'the stream has another name, which the config does not allow');
  }

  /** Answers the stream's name. Throws a denial. */
  async resolve(name: string, request: StreamRequest): Promise<string> {
    const decision = await this.#decide(request.role, { ...request, name });
    if (decision instanceof Denial) throw decision;
    return decision.name ?? name;
  }

  async #decide(
    question: Question,
    request: ConnectRequest | StreamRequest,
  ): Promise<Denial | { readonly name: string | undefined }> {
    const decision = await this.#answer(question, this.#subjectOf(question, request));
    const { questions } = this.#state;
    if (decision.allow === 'unclear') {
      questions.failed++;
      this.#warn(`the web service did not decide about ${question}: ${decision.reason}`);
      if (this.#options.onError === 'allow') return { name: undefined };
      return new Denial('unavailable', 'the web service that decides does not answer', {
        retryAfterSeconds: 5,
      });
    }
    if (!decision.allow) {
      questions.denied++;
      return new Denial('forbidden', decision.reason);
    }
    questions.allowed++;
    const { lifetimeSeconds, name } = decision;
    if (lifetimeSeconds !== undefined)
      request.limitUntil(new Date(Date.now() + lifetimeSeconds * 1000), 'the time that was granted is over');
    return { name };
  }

  async #answer(question: Question, subject: Subject): Promise<Decision> {
    const { url, urls, secret, timeoutMs, followRedirects } = this.#options;
    try {
      const outgoing = this.#format.ask(question, subject, urls[question] ?? url);
      const answer = await send(randomUUID(), outgoing, { secret, timeoutMs, followRedirects });
      return this.#format.decide(answer);
    } catch (error) {
      return { allow: 'unclear', reason: causeOf(error) };
    }
  }

  #subjectOf(question: Question, request: ConnectRequest | StreamRequest): Subject {
    return {
      client: request.client,
      session: question === 'connect' ? undefined : request.id,
      role: question,
      app: request.app,
      name: nameOf(request),
      query: visibleParameters(request.query, this.#options.hideParameters),
      startedAt: undefined,
      counters: undefined,
    };
  }

  #warn(message: string): void {
    if (!this.#lines.admits(this.#context.now())) return;
    this.#context.log.warn(this.#lines.others, message);
  }
}

function nameOf(request: ConnectRequest | StreamRequest): string {
  return 'name' in request ? request.name : '';
}

/** The reason that fetch hides in the cause of its error. */
function causeOf(error: unknown): string {
  const { cause } = error as Error;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
