// The `exports` of a package.json: which file a package offers under a name to `import`.
import { isPlainObject } from '../text/plain-object.ts';

/** The conditions that hold when Node imports a module. */
const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'node-addons', 'default']);

/**
 * The file, relative to the package, that `exports` has for `subpath` (`.` or `./name`). Undefined if there is none.
 */
export function findExport(exports: unknown, subpath: string): string | undefined {
  if (!isPlainObject(exports) || !Object.keys(exports).some((key) => key.startsWith('.')))
    return subpath === '.' ? findTarget(exports, undefined) : undefined;
  if (Object.hasOwn(exports, subpath) && !subpath.includes('*') && !subpath.endsWith('/'))
    return findTarget(exports[subpath], undefined);
  for (const pattern of Object.keys(exports).filter(isPattern).sort(byPrecision)) {
    const [start = '', end = ''] = pattern.split('*');
    const fits = subpath.length >= pattern.length && subpath.startsWith(start) && subpath.endsWith(end);
    if (fits) return findTarget(exports[pattern], subpath.slice(start.length, subpath.length - end.length));
  }
  return undefined;
}

/** A string, alternatives in a list, or alternatives by condition. `null` excludes all that follow. */
function findTarget(target: unknown, match: string | undefined): string | undefined {
  return walkTarget(target, match) ?? undefined;
}

function walkTarget(target: unknown, match: string | undefined): string | null | undefined {
  if (target === null) return null;
  if (typeof target === 'string') return toFile(target, match);
  if (Array.isArray(target)) {
    for (const each of target as unknown[]) {
      const file = walkTarget(each, match);
      if (typeof file === 'string') return file;
    }
    return undefined;
  }
  if (!isPlainObject(target)) return undefined;
  for (const condition of Object.keys(target)) {
    if (!CONDITIONS.has(condition)) continue;
    const file = walkTarget(target[condition], match);
    if (file !== undefined) return file;
  }
  return undefined;
}

/** A target stays within its package. */
function toFile(target: string, match: string | undefined): string | undefined {
  if (!target.startsWith('./')) return undefined;
  const file = match === undefined ? target : target.replaceAll('*', () => match);
  const steps = file.slice(2).split(/[/\\]/);
  return steps.some((step) => ['.', '..', 'node_modules'].includes(step)) ? undefined : file;
}

function isPattern(key: string): boolean {
  return key.indexOf('*') >= 0 && key.indexOf('*') === key.lastIndexOf('*');
}

/** The pattern with the longest start is asked first, then the longer one. */
function byPrecision(a: string, b: string): number {
  return b.indexOf('*') - a.indexOf('*') || b.length - a.length;
}
