// A worker's process, as the supervisor sees it. Tests run workers in the process of the test.
import type { Socket } from 'node:net';
import type { WorkerNumber } from '../plugin/worker-calls.ts';
import type { Message, SendMessage } from './conversation.ts';

export interface WorkerPlace {
  readonly worker: WorkerNumber;
  /** Counts the processes of all workers: no two have the same. */
  readonly run: number;
  /** Where the other workers link to it. */
  readonly socketPath: string;
  /** Hexadecimal, the same for all workers of a supervisor. */
  readonly secret: string;
  /** The number that its first config has. */
  readonly generation: number;
}

export interface WorkerEvents {
  message(message: Message, socket: Socket | undefined): void;
  /** It has ended, or could not be started. Called once. @param how - "signal SIGKILL", "exit code 1" */
  ended(how: string): void;
}

export interface WorkerProcess {
  /** A connection is the supervisor's as well, which closes it when the worker has taken it. */
  readonly send: SendMessage;
  /** Connections that may be on their way to it at once. */
  readonly mostUnderWay: number;
  /** Ends it at once, also when it hangs. */
  kill(): void;
}

/** Starts a worker. It says nothing before it is spoken to. */
export type SpawnWorker = (place: WorkerPlace, events: WorkerEvents) => WorkerProcess;
