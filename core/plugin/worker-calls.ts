// What instances of a plugin in the workers of one server ask each other. In one process there is nobody else to ask.
import type { EndCause } from '../end-cause.ts';
import type { Client } from '../client.ts';
import type { GiveBack, SharedPlaces } from '../collections/places.ts';
import type { SessionCounters } from '../session/session-view.ts';
import type { StreamCounters, StreamState } from '../stream/stream-view.ts';
import type { MetricSample } from './metrics.ts';

/** The number of a worker: 1 for the first. It stays the same when the worker is replaced. */
export type WorkerNumber = number;

/** A worker's answer to a question. */
export interface WorkerAnswer<Output> {
  readonly worker: WorkerNumber;
  readonly answer: Output;
}

/**
 * A question that the plugin's server-wide instance in every worker answers. Inputs and answers are copied: they hold data
 * that `structuredClone` takes, buffers included, and no functions.
 */
export interface Question<Input, Output> {
  /**
   * Asks all workers, this one included. The answers are in the order of the workers, so that lists are the same whichever is
   * asked. Workers that fail or take too long are left out, with a line in the log.
   */
  askAll(input: Input): Promise<readonly WorkerAnswer<Output>[]>;
  /** Asks the other workers, and waits for none. */
  tellOthers(input: Input): void;
  /** Asks one worker. Rejects when it gives no answer. */
  ask(worker: WorkerNumber, input: Input): Promise<Output>;
}

export interface QuestionSpec<Input, Output> {
  readonly name: string;
  answer(input: Input): Output | Promise<Output>;
}

/** A stream as data, from the worker that it lives in. */
export interface StreamRecord {
  readonly worker: WorkerNumber;
  readonly app: string;
  readonly name: string;
  readonly key: string;
  readonly displayKey: string;
  readonly state: StreamState;
  readonly startedAt: Date;
  /** In all workers. */
  readonly viewerCount: number;
  readonly counters: StreamCounters;
  readonly tracks: { readonly video: string | undefined; readonly audio: string | undefined };
  readonly gop: { readonly packets: number; readonly bytes: number };
  readonly publisher: { readonly id: string; readonly client: Client; readonly startedAt: Date } | undefined;
}

/** A publisher or viewer as data. */
export interface SessionRecord {
  readonly worker: WorkerNumber;
  readonly id: string;
  readonly role: 'publish' | 'play';
  readonly app: string;
  readonly name: string;
  readonly displayKey: string;
  readonly client: Client;
  readonly startedAt: Date;
  readonly counters: SessionCounters;
}

/** A client that the connect gates have admitted, as data. */
export interface ConnectionRecord {
  readonly worker: WorkerNumber;
  readonly client: Client;
  readonly app: string;
  readonly startedAt: Date;
}

/** The whole server, whatever the number of its workers. */
export interface ServerWide {
  /** The number of this worker; 1 in a server that runs in one process. */
  readonly worker: WorkerNumber;
  /** Whether this is the worker that does what one must do for all, such as looking after files of an earlier run. */
  readonly isFirst: boolean;
  /** The other workers that run. */
  readonly others: readonly WorkerNumber[];
  /** The worker that the stream lives in; undefined if nobody publishes it. */
  locate(key: string): Promise<WorkerNumber | undefined>;
  /** 32 bytes that all workers of this run have in common, others for each name: to sign what clients bring back. */
  secret(name: string): Buffer;
  /** Metrics of all workers, added up (see `MetricSpec.across`). */
  metrics(): Promise<readonly MetricSample[]>;
  streams(): Promise<readonly StreamRecord[]>;
  sessions(): Promise<readonly SessionRecord[]>;
  connections(): Promise<readonly ConnectionRecord[]>;
  /** Ends the session or connection with that id. False if no worker has it. */
  close(id: string, cause?: EndCause): Promise<boolean>;
  /**
   * Runs `work` while no worker runs other work of that name: for what all of them may change. A worker that ends meanwhile
   * is not waited for.
   */
  exclusively<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /**
   * Takes one of the places that all workers together may have under that name, which begins with the plugin's. Resolves
   * with what gives it back; with undefined when all are taken. Those of a worker that ends are free again.
   * @param most - by the config of this worker; Infinity for no limit. The newest holds, also for those who wait
   */
  takePlace(name: string, most: number): Promise<GiveBack | undefined>;
  /** As `takePlace`, and waits for one. Those who wait get theirs in the order in which they came. */
  awaitPlace(name: string, most: number): Promise<GiveBack>;
  /** This worker's equal part of something that the whole server may have, such as memory: at least 1, and 0 of 0. */
  partOf(amount: number): number;
}

/** How calls reach the other workers. */
export interface WorkerCalls {
  readonly own: WorkerNumber;
  /** Hexadecimal, the same in all workers. Undefined: there is one worker. */
  readonly secret?: string;
  /** The other workers that run. */
  readonly others: readonly WorkerNumber[];
  /** The other worker that has the stream. */
  locate(key: string): Promise<WorkerNumber | undefined>;
  call(worker: WorkerNumber, name: string, input: unknown): Promise<unknown>;
  /** Resolves when it is this worker's turn, with a function that passes it on. It is asked for one turn at a time. */
  takeTurn(name: string): Promise<() => void>;
  /** Of all workers. Undefined: there is one worker, which counts them itself. */
  readonly places?: SharedPlaces;
  /** Sets what answers the calls of others. */
  answerWith(answer: (name: string, input: unknown) => unknown): void;
}

/** Of a server that runs in one process. */
export const ALONE: WorkerCalls = {
  own: 1,
  others: [],
  locate: () => Promise.resolve(undefined),
  call: (worker) => Promise.reject(new Error(`there is no worker ${worker}`)),
  takeTurn: () => Promise.resolve(() => {}),
  answerWith: () => {},
};
