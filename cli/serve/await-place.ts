// A process that is kept ready: it waits for its place as a worker, and meanwhile loads configs for the supervisor.
import type { Socket } from 'node:net';
import type { LoadResult } from '../../core/config.ts';
import type { ConfigOutline } from '../../core/workers/config-outline.ts';
import type { Message } from '../../core/workers/conversation.ts';
import type { WorkerPlace } from '../../core/workers/worker-process.ts';
import type { FirstMessage } from './worker-messages.ts';

type TakeMessage = (message: Message, socket: Socket | undefined) => void;

/** What a worker knows of itself, and how it hears its supervisor. */
export interface AssignedWorker {
  readonly place: WorkerPlace;
  /** Gets everything that the supervisor says, from the first message behind the place on. */
  readonly listen: (take: TakeMessage) => void;
}

/**
 * Undefined when the supervisor ends before this process has become a worker.
 * @param load - never rejects
 */
export function awaitPlace(
  load: (text: string) => Promise<LoadResult<ConfigOutline>>,
): Promise<AssignedWorker | undefined> {
  // A process whose supervisor has ended while it was started is no server of its own.
  if (!process.connected) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    let place: WorkerPlace | undefined;
    const early: Parameters<TakeMessage>[] = [];
    let take: TakeMessage = (...message) => void early.push(message);
    const listen = (taker: TakeMessage): void => {
      take = taker;
      for (const message of early.splice(0)) take(...message);
    };
    // One listener for all: Node drops messages that come while there is none.
    process.on('message', (message, handle) => {
      if (place) return take(message as Message, handle as Socket | undefined);
      const first = message as FirstMessage;
      if ('is' in first) return void load(first.text).then(first.is === 'load' ? answer : undefined);
      place = first;
      resolve({ place, listen });
    });
    process.once('disconnect', () => resolve(undefined));
  });
}

function answer(loaded: LoadResult<ConfigOutline>): void {
  if (process.connected) process.send?.(loaded, undefined, {}, ignoreFailure);
}

// The supervisor has gone; `disconnect` says so.
function ignoreFailure(): void {}
