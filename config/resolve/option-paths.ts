// Paths in options. All of them are relative to the folder of the config, so that it does not matter from where the command is
// started. What the server writes goes to the directory that a service manager names for it, if one does.
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { JsonSchema } from '../../core/options/json-schema.ts';
import { propertiesOf } from '../options/schema.ts';
import type { ConfigPath } from '../text/path.ts';
import { isPlainObject, mapValues } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';

/**
 * The annotation `path` of a schema. A list holds several paths, or a program and its arguments.
 *
 * - `read`, `write`: a file or folder that the server reads, or writes.
 * - `program`: looked up in PATH, unless its name has a slash.
 * - `command`: the same, with its arguments behind it if it is a string.
 */
type PathKind = 'read' | 'write' | 'program' | 'command';

/** Where relative paths begin. */
export interface PathFolders {
  /** The config's own. */
  readonly config: string;
  /** The server's directory for what it writes; systemd and our image name it in STATE_DIRECTORY. */
  readonly state: string | undefined;
  /** Where earlier versions looked. */
  readonly working: string;
}

export interface ResolvedPaths {
  readonly options: PlainObject;
  /** Paths that are found from the working directory only. */
  readonly misplaced: readonly { readonly path: ConfigPath; readonly message: string }[];
}

/** Makes the paths of options absolute. @param fromFlag - whether the value was given by a flag of the command */
export function resolvePaths(
  options: PlainObject,
  schema: JsonSchema,
  folders: PathFolders,
  fromFlag: (path: ConfigPath) => boolean,
): ResolvedPaths {
  const resolver = new PathResolver(folders, fromFlag);
  return { options: resolver.within(options, schema, []) as PlainObject, misplaced: resolver.misplaced };
}

class PathResolver {
  readonly misplaced: { path: ConfigPath; message: string }[] = [];
  readonly #folders: PathFolders;
  readonly #fromFlag: (path: ConfigPath) => boolean;

  constructor(folders: PathFolders, fromFlag: (path: ConfigPath) => boolean) {
    this.#folders = folders;
    this.#fromFlag = fromFlag;
  }

  within(value: unknown, schema: unknown, path: ConfigPath): unknown {
    if (!isPlainObject(schema)) return value;
    const kind = schema['path'] as PathKind | undefined;
    if (kind !== undefined) return this.#resolveAll(value, kind, path);
    if (Array.isArray(value))
      return value.map((each, index) => this.within(each, schema['items'], [...path, index]));
    if (!isPlainObject(value)) return value;
    const properties = propertiesOf(schema);
    return mapValues(value, (inner, key) => this.within(inner, properties[key], [...path, key]));
  }

  #resolveAll(value: unknown, kind: PathKind, path: ConfigPath): unknown {
    if (kind === 'command' && typeof value === 'string')
      return value.trim().startsWith('.') ? this.#resolveAll(value.trim().split(/\s+/), kind, path) : value;
    if (typeof value === 'string') return this.#resolve(value, kind, path);
    if (!Array.isArray(value)) return value;
    const [first, ...rest] = value as unknown[];
    if (kind === 'read' || kind === 'write') return value.map((each) => this.#resolveAll(each, kind, path));
    return typeof first === 'string' ? [this.#resolve(first, kind, path), ...rest] : value;
  }

  #resolve(text: string, kind: PathKind, path: ConfigPath): string {
    const isPath = text !== '' && !isAbsolute(text) && !text.includes('://');
    const isInPath = (kind === 'program' || kind === 'command') && !text.includes('/');
    if (!isPath || isInPath) return text;
    const { config, state, working } = this.#folders;
    const elsewhere = resolve(working, text);
    if (this.#fromFlag(path)) return elsewhere;
    const place = resolve(kind === 'write' ? (state ?? config) : config, text);
    if (place === elsewhere || existsSync(place) || !existsSync(elsewhere)) return place;
    this.misplaced.push({
      path,
      message: `${elsewhere} is used, which earlier versions looked up in the current directory; write this path in full, or move it to ${place}`,
    });
    return elsewhere;
  }
}
