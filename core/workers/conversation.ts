// Questions and answers between two processes, over anything that carries messages in order.
import type { Socket } from 'node:net';
import { messageOf } from '../errors.ts';

/** What one side may call at the other: its input and its output by name. */
export type Calls = Readonly<Record<string, { readonly input: unknown; readonly output: unknown }>>;

/** Answers the calls of the other side. */
export type Handlers<Answered> = {
  readonly [Name in keyof Answered]: Answered[Name] extends { input: infer Input; output: infer Output }
    ? (input: Input, socket?: Socket) => Output | Promise<Output>
    : never;
};

export type Message =
  | { readonly is: 'tell'; readonly name: string; readonly input: unknown }
  | { readonly is: 'ask'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly is: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly is: 'fault'; readonly id: number; readonly message: string };

/** Carries messages to the other side, and with one of them perhaps a connection. It drops them once it is closed. */
export type SendMessage = (message: Message, socket?: Socket) => void;

/** Questions that may wait for an answer at once. */
const MAX_PENDING = 50_000;

interface Pending {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

export class Conversation<Asked extends Calls, Answered extends Calls> {
  readonly #send: SendMessage;
  readonly #handlers: Handlers<Answered>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #closed: Error | undefined;

  constructor(send: SendMessage, handlers: Handlers<Answered>) {
    this.#send = send;
    this.#handlers = handlers;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Calls the other side and waits for no answer. @param socket - goes over to the other side */
  tell<Name extends keyof Asked & string>(name: Name, input: Asked[Name]['input'], socket?: Socket): void {
    if (!this.#closed) this.#send({ is: 'tell', name, input }, socket);
  }

  /**
   * Rejects when the other side fails, when the conversation is closed, and after `limitMs`.
   * @param socket - goes over to the other side
   */
  ask<Name extends keyof Asked & string>(
    name: Name,
    input: Asked[Name]['input'],
    limitMs?: number,
    socket?: Socket,
  ): Promise<Asked[Name]['output']> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#pending.size >= MAX_PENDING)
      return Promise.reject(new Error(`${MAX_PENDING} questions wait for an answer already`));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = limitMs === undefined ? undefined : setTimeout(() => this.#expire(id, name), limitMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        resolve: (output) => {
          settle();
          resolve(output);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#send({ is: 'ask', id, name, input }, socket);
    });
  }

  /** Takes a message of the other side. Never throws. */
  receive(message: Message, socket?: Socket): void {
    if (this.#closed) return void socket?.destroy();
    if (message.is === 'answer') return this.#pending.get(message.id)?.resolve(message.output);
    if (message.is === 'fault') return this.#pending.get(message.id)?.reject(new Error(message.message));
    const answer = (output: unknown): void => {
      if (message.is === 'ask' && !this.#closed) this.#send({ is: 'answer', id: message.id, output });
    };
    const fail = (error: unknown): void => {
      if (message.is === 'ask' && !this.#closed)
        this.#send({ is: 'fault', id: message.id, message: messageOf(error) });
    };
    try {
      const output = this.#call(message.name, message.input, socket);
      if (output instanceof Promise) output.then(answer, fail);
      else answer(output);
    } catch (error) {
      fail(error);
    }
  }

  /** Everything that waits for an answer is rejected; nothing is sent any more. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = new Error(reason);
    for (const each of [...this.#pending.values()]) each.reject(this.#closed);
  }

  #call(name: string, input: unknown, socket: Socket | undefined): unknown {
    const handlers = this.#handlers as Readonly<Record<string, (input: unknown, socket?: Socket) => unknown>>;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (!handler) throw new Error(`"${name}" is not answered here`);
    return handler(input, socket);
  }

  #expire(id: number, name: string): void {
    this.#pending.get(id)?.reject(new Error(`"${name}" was not answered in time`));
  }
}
