// Collects everything there is to say about one config while it is loaded: faults and warnings, each with its place.
import { formatFault } from '../../core/config-fault.ts';
import type { Template } from '../text/environment.ts';
import { formatPath, pathKey } from '../text/path.ts';
import type { ConfigPath } from '../text/path.ts';
import type { ConfigPositions } from '../text/positions.ts';
import type { ConfigFault } from '../../core/config.ts';

/** Where a value came from: a path of the file, or a flag of the command. */
export type Origin = { readonly path: ConfigPath } | { readonly flag: string };

/** Which end of a path a message is about: the name that was written, or what it was given. */
export type PathEnd = 'key' | 'value';

/** Faults and warnings of one load. The same words at the same place count once. */
export class FaultList {
  readonly #file: string;
  readonly #positions: ConfigPositions;
  readonly #templates: ReadonlyMap<string, Template>;
  readonly #faults = new Map<string, ConfigFault>();
  readonly #warnings = new Set<string>();

  constructor(file: string, positions: ConfigPositions, templates: ReadonlyMap<string, Template>) {
    this.#file = file;
    this.#positions = positions;
    this.#templates = templates;
  }

  /** In the order of the text; those without a place come first. */
  get faults(): readonly ConfigFault[] {
    return [...this.#faults.values()].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  add(origin: Origin, end: PathEnd, message: string): void {
    this.addFault(this.#place(origin, end, message));
  }

  addFault(fault: ConfigFault): void {
    this.#faults.set(JSON.stringify(fault), fault);
  }

  warn(origin: Origin, message: string): void {
    this.#warnings.add(formatFault(this.#place(origin, 'key', message)));
  }

  /** The string with variables that stood at `origin`. A flag's value may stand for a number or a boolean like a lone variable. */
  template(origin: Origin): Template | undefined {
    return 'path' in origin ? this.#templates.get(pathKey(origin.path)) : undefined;
  }

  /** `line 3`, for a message that refers to a second place. */
  lineOf(origin: Origin): string {
    if ('flag' in origin) return origin.flag;
    const position = this.#positions.key(origin.path);
    return position === undefined
      ? formatPath(origin.path)
      : `${formatPath(origin.path)} in line ${position.line}`;
  }

  #place(origin: Origin, end: PathEnd, message: string): ConfigFault {
    if ('flag' in origin)
      return { file: this.#file, line: undefined, column: undefined, path: origin.flag, message };
    const position = this.#positions[end](origin.path);
    return {
      file: this.#file,
      line: position?.line,
      column: position?.column,
      path: formatPath(origin.path),
      message,
    };
  }
}
