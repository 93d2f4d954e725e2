// The last line of defence: a promise of a plugin, or of livego, that is rejected while nobody handles it. Node would end the
// process. That is a bug, and is logged as one, with the place it comes from; streaming goes on.
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';

/** `(file:///a/b.ts:1:2)`, `at /a/b.ts:1:2`, `at async f (/a/b.ts:1:2)` */
const FRAME = /(?:\(|\s)((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/;
const BUILT_IN = /[\\/]plugins[\\/]([\w-]+)[\\/][^\\/]/;
const CORE = /[\\/](?:core|cli|config|node_modules|bin)[\\/]/;

/** Logs a rejection that nobody handled. */
export function logUnhandled(log: Logger, reason: unknown): void {
  const err = asError(reason);
  const origin = findOrigin(err.stack ?? '');
  const whose = origin?.plugin === undefined ? 'livego' : `plugin ${origin.plugin}`;
  log.error({ err, ...origin }, `a bug in ${whose}: a promise was rejected and nobody handled it`);
}

/** The topmost place in the stack that is a plugin's. */
export function findOrigin(stack: string): { readonly plugin: string; readonly source: string } | undefined {
  for (const line of stack.split('\n')) {
    const [, place = '', row = ''] = FRAME.exec(line) ?? [];
    const file = place.startsWith('file://') ? fileURLToPath(place) : place;
    if (!isAbsolute(file)) continue;
    const builtIn = BUILT_IN.exec(file)?.[1];
    if (builtIn === undefined && CORE.test(file)) continue;
    const name = /([^\\/]+?)(?:\.\w+)?$/.exec(file)?.[1] ?? file;
    return { plugin: builtIn ?? name, source: `${file}:${row}` };
  }
  return undefined;
}
