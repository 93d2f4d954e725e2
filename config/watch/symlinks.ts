// Follows a path to its file. Each symbolic link on the way may be replaced by another one.
import { readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, parse, sep } from 'node:path';

/** The limit of Linux for links on one path. */
const MAX_LINKS = 40;

/**
 * The paths whose replacement changes what `file` (absolute) means: each link that is followed, and the file at last.
 * For a Kubernetes ConfigMap these are `livego.json5`, `..data` and the file in `..2026_11_21_…`.
 */
export function resolutionSteps(file: string): string[] {
  const steps: string[] = [];
  let links = 0;
  let rest = split(file);
  let place = parse(file).root;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      place = dirname(place);
      continue;
    }
    const path = join(place, name);
    const target = readLink(path);
    if (target === undefined || ++links > MAX_LINKS) {
      place = path;
      continue;
    }
    steps.push(path);
    rest = [...split(target), ...rest];
    if (isAbsolute(target)) place = parse(target).root;
  }
  return [...steps, place];
}

function split(path: string): string[] {
  return path.slice(parse(path).root.length).split(sep);
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
