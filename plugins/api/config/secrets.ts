// Hides the secrets of a config that is shown, and finds them again when it comes back.
import { isDeepStrictEqual } from 'node:util';

const HIDDEN = '***';

type Document = Readonly<Record<string, unknown>>;

/** Names of options that hold secrets. `sign.previousSecret`, `redis_pwd`, `users[].adobe` … */
const SECRET_NAME = /secret|password|passwd|pwd|token$|tokens$|^adobe$|^key$|apikey|credential/i;
/** Options of TLS that name a file. */
const FILE_LIKE = /[./\\]/;
/** A variable is no secret, only its value is. */
const VARIABLE = /^\$\{\w+(:[^}]*)?\}$/;

/**
 * A copy with every secret hidden, also those inside addresses.
 * @param show - hides what variables hold, where the config is one that has them filled in
 */
export function hideSecrets(value: unknown, name = '', show = (text: string): string => text): unknown {
  if (Array.isArray(value)) return value.map((each) => hideSecrets(each, name, show));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, hideSecrets(each, key, show)]),
    );
  return typeof value === 'string' ? hideText(show(value), name) : value;
}

function hideText(text: string, name: string): string {
  if (text === '') return text;
  const variable = VARIABLE.exec(text);
  // What stands behind the colon is used when the variable is not set.
  if (variable) return SECRET_NAME.test(name) && variable[1] ? text.replace(variable[1], `:${HIDDEN}`) : text;
  if (SECRET_NAME.test(name) && !(name === 'key' && FILE_LIKE.test(text))) return HIDDEN;
  return /^\w+:\/\//.test(text) ? hideInUrl(text) : text;
}

/** User and password, the query, and the last part of an RTMP address, which is a stream key at many services. */
function hideInUrl(url: string): string {
  return url
    .replace(/^(\w+:\/\/)[^@/?#]+@/, `$1${HIDDEN}@`)
    .replace(/\?.*$/, `?${HIDDEN}`)
    .replace(/^(rtmps?:\/\/[^/]+\/.+\/)([^/?{}$]{12,})(?=\?|$)/, `$1${HIDDEN}`);
}

/**
 * The document with hidden secrets put back: what is still as it was shown is as it was in the file.
 * @param old - the file's
 */
export function restoreSecrets(next: unknown, old: unknown, name = ''): unknown {
  if (isDeepStrictEqual(next, hideSecrets(old, name))) return old;
  if (Array.isArray(next)) {
    const known = Array.isArray(old) ? (old as unknown[]) : [];
    // In a list of another length, what is at the same place need not be the same.
    const places = known.length === next.length ? known : [];
    return next.map((each, index) =>
      restoreSecrets(each, counterpart(each, known, name) ?? places[index], name),
    );
  }
  if (typeof next !== 'object' || next === null) return next;
  const known: Document = typeof old === 'object' && old !== null ? (old as Document) : {};
  return Object.fromEntries(
    Object.entries(next).map(([key, each]) => [key, restoreSecrets(each, known[key], key)]),
  );
}

/** Elements may have moved: the one that was shown like this, else an application, a user or a token of the same name. */
function counterpart(next: unknown, known: readonly unknown[], name: string): unknown {
  const same = known.find((each) => isDeepStrictEqual(hideSecrets(each, name), next));
  if (same !== undefined) return same;
  const label = labelOf(next);
  return label === undefined ? undefined : known.find((each) => labelOf(each) === label);
}

function labelOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const { servername, user, name, url } = value as Document;
  return servername ?? user ?? name ?? url;
}

/** The texts in which something is hidden: one that the file has not would overwrite a secret. */
export function hiddenIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.includes(HIDDEN) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(hiddenIn) : [];
}
