// Collects the faults and warnings of one config while it is loaded, each with its place.
import { formatFault } from '../../core/config-fault.ts';
import type { ConfigFault } from '../../core/config-fault.ts';
import { formatPath, pathKey } from './path.ts';
import type { ConfigPath } from './path.ts';
import type { ConfigPositions, Position } from './positions.ts';
import type { Template } from './variables.ts';

/** The origin of a value: a path of the file, or a flag of the command. */
export type Origin = { readonly path: ConfigPath } | { readonly flag: string };

/** Which end of a path a message is about: the name that was written, or the value it was given. */
export type PathEnd = 'key' | 'value';

/** More faults are counted, and not told: nobody reads them. */
const MAX_FAULTS = 100;

/** Faults and warnings of one load. The same words at the same place count once. */
export class FaultList {
  readonly #file: string;
  readonly #positions: ConfigPositions;
  readonly #templates: ReadonlyMap<string, Template>;
  readonly #faults = new Map<string, ConfigFault>();
  readonly #warnings = new Set<string>();
  #untold = 0;

  constructor(file: string, positions: ConfigPositions, templates: ReadonlyMap<string, Template>) {
    this.#file = file;
    this.#positions = positions;
    this.#templates = templates;
  }

  /** In the order of the text; faults without a place come first. */
  get faults(): readonly ConfigFault[] {
    const told = [...this.#faults.values()].sort(
      (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
    );
    if (this.#untold === 0) return told;
    const place = { file: this.#file, line: undefined, column: undefined, path: '' };
    return [...told, { ...place, message: `there are ${this.#untold} more faults like these` }];
  }

  /** Further faults are only counted: their messages need not be made. */
  get full(): boolean {
    return this.#faults.size >= MAX_FAULTS;
  }

  /** Counts a fault that is not told. */
  countUntold(): void {
    this.#untold++;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** A fault of a key or of its value. */
  add(origin: Origin, end: PathEnd, message: string): void {
    this.addFault(this.#place(origin, end, message));
  }

  /** A fault of the text itself. */
  addAt({ line, column }: Position, message: string): void {
    this.addFault({ file: this.#file, line, column, path: '', message });
  }

  /** A fault that is already placed, perhaps in another file. */
  addFault(fault: ConfigFault): void {
    const key = JSON.stringify(fault);
    if (this.full && !this.#faults.has(key)) this.#untold++;
    else this.#faults.set(key, fault);
  }

  warn(origin: Origin, message: string): void {
    if (this.#warnings.size >= MAX_FAULTS) return;
    this.#warnings.add(formatFault(this.#place(origin, 'key', message)));
  }

  /** The string with variables that stood at `origin`, if there were any in it. */
  template(origin: Origin): Template | undefined {
    return 'path' in origin ? this.#templates.get(pathKey(origin.path)) : undefined;
  }

  /** `hls.port in line 3`, for a message that refers to a second place. */
  lineOf(origin: Origin): string {
    if ('flag' in origin) return origin.flag;
    const position = this.#positions.key(origin.path);
    const path = formatPath(origin.path);
    return position === undefined ? path : `${path} in line ${position.line}`;
  }

  /** `line 3`, `listen in line 3` or `--rtmp_addr`, for an option of this name; undefined if it was not written. */
  placeOf(origin: Origin, option: string): string | undefined {
    if ('flag' in origin) return origin.flag;
    const position = this.#positions.exactly(origin.path);
    if (position === undefined) return undefined;
    const path = formatPath(origin.path);
    return path === option ? `line ${position.line}` : `${path} in line ${position.line}`;
  }

  #place(origin: Origin, end: PathEnd, message: string): ConfigFault {
    const file = this.#file;
    if ('flag' in origin) return { file, line: undefined, column: undefined, path: origin.flag, message };
    const position = this.#positions[end](origin.path);
    const path = formatPath(origin.path);
    return { file, line: position?.line, column: position?.column, path, message };
  }
}
