// package-lock.json: whether it has every package that `npm ci` asks for.
import { posix } from 'node:path';

/**
 * Optional packages that a package of the lock names and the lock lacks. npm resolves a name as Node does: in the
 * nearest node_modules, outwards.
 *
 * @param {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} lock
 * @returns {{ path: string, name: string }[]} the path of the package that names it, and the name
 */
export function missingOptionalPackages({ packages }) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !placesOf(name, path).some((place) => Object.hasOwn(packages, place)))
      .map((name) => ({ path, name })),
  );
}

/** Where a package at `path` finds the package `name`. */
function placesOf(name, path) {
  const places = [];
  for (let folder = path; ; folder = posix.dirname(folder)) {
    if (folder === '.') folder = '';
    if (posix.basename(folder) !== 'node_modules') places.push(posix.join(folder, 'node_modules', name));
    if (folder === '') return places;
  }
}
