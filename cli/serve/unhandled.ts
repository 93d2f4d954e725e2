// The last line of defence: a rejection that nobody handles, and an exception that nothing has caught. Each is a bug, and is
// logged as one, with the place it comes from.
//
// Rejections end nothing. An exception does if it has passed through livego's core, which may have been left half done: then
// the server stops in order, and a service manager starts it again. What a plugin throws in a timer or an event of its own
// has interrupted nobody but that plugin.
import { basename, dirname, isAbsolute, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BoundedMap } from '../../core/collections/bounded-map.ts';
import { asError, LivegoError } from '../../core/errors.ts';
import type { Logger } from '../../core/log/log.ts';
import { Throttle } from '../../core/time/throttle.ts';

export interface Origin {
  readonly plugin: string;
  /** "/srv/my-plugin.ts:12" */
  readonly source: string;
}

/** `(file:///a/b.ts:1:2)`, `at /a/b.ts:1:2`, `at async f (/a/b.ts:1:2)` */
const FRAME = /(?:\(|\s)((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/;
const BUILT_IN = /[\\/]plugins[\\/]([\w-]+)[\\/][^\\/]/;
const OWN_ROOMS = ['core', 'cli', 'config', 'bin'];
/** The folder with livego's rooms: compiled or not. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** One bug may come back with each packet. */
const LOG_INTERVAL_MS = 1000;
const MAX_BUGS = 100;

export class BugLog {
  readonly #log: Logger;
  readonly #lines = new BoundedMap<string, Throttle>(MAX_BUGS);

  constructor(log: Logger) {
    this.#log = log;
  }

  rejected(reason: unknown): void {
    this.#write(asError(reason), 'a promise was rejected and nobody handled it');
  }

  /** Tells whether the server has to end. */
  thrown(error: unknown): 'goes-on' | 'ends' {
    const verdict = judgeException(error);
    const what =
      verdict === 'ends'
        ? 'an exception that nothing caught; it may have left something half done, so the server ends in order'
        : 'an exception that nothing caught; streaming goes on';
    this.#write(asError(error), what);
    return verdict;
  }

  #write(err: Error, what: string): void {
    const origin = findOrigin(err.stack ?? '');
    const key = origin?.source ?? err.message;
    const lines = this.#lines.get(key) ?? new Throttle(LOG_INTERVAL_MS);
    this.#lines.set(key, lines);
    if (!lines.admits()) return;
    const whose = origin === undefined ? 'livego' : `plugin ${origin.plugin}`;
    this.#log.error({ err, ...origin, ...lines.others }, `a bug in ${whose}: ${what}`);
  }
}

/** What an exception that nothing has caught means for the server. */
export function judgeException(error: unknown, root = ROOT): 'goes-on' | 'ends' {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  // The contract throws these before it does anything.
  if (error instanceof LivegoError && findOrigin(stack, root) !== undefined) return 'goes-on';
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const isWhole = frames.length > 0 && frames.length < Error.stackTraceLimit;
  return isWhole && !filesOf(stack).some(({ file }) => isOwn(file, root)) ? 'goes-on' : 'ends';
}

/** The topmost place in the stack that is a plugin's. */
export function findOrigin(stack: string, root = ROOT): Origin | undefined {
  for (const { file, row } of filesOf(stack)) {
    if (isOwn(file, root) || file.split(sep).includes('node_modules')) continue;
    const builtIn = BUILT_IN.exec(file)?.[1];
    const name = /([^\\/]+?)(?:\.\w+)?$/.exec(file)?.[1] ?? file;
    return { plugin: builtIn ?? name, source: `${file}:${row}` };
  }
  return undefined;
}

function filesOf(stack: string): readonly { readonly file: string; readonly row: string }[] {
  return stack.split('\n').flatMap((line) => {
    const [, place = '', row = ''] = FRAME.exec(line) ?? [];
    const file = pathOf(place);
    return isAbsolute(file) ? [{ file, row }] : [];
  });
}

/** Empty for an address that leads to no file: messages, which stand in stacks too, may hold anything. */
function pathOf(place: string): string {
  if (!place.startsWith('file://')) return place;
  try {
    return fileURLToPath(place);
  } catch {
    return '';
  }
}

function isOwn(file: string, root: string): boolean {
  const folder = root.replace(/[\\/]+$/, '');
  // Stacks show the sources of what is compiled.
  const roots = basename(folder) === 'dist' ? [folder, dirname(folder)] : [folder];
  return roots.some((each) => OWN_ROOMS.some((room) => file.startsWith(`${each}${sep}${room}${sep}`)));
}
