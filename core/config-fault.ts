// One fault of a config, and its form as one line.

/** One fault of a config, placed where the operator can find it. */
export interface ConfigFault {
  readonly file: string;
  /** 1-based; undefined if the fault has no place in the text (a flag, an environment variable, a missing file). */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** The option's path, as in `servers[1].hls.segmentSeconds`. Empty for the file as a whole. */
  readonly path: string;
  /** Names the fault, the value found, the allowed values, and for a misspelt key the nearest name. */
  readonly message: string;
}

/** `livego.json5:3:14: servers[1].hls.segmentSeconds: "two" is a string; it must be …` */
export function formatFault(fault: ConfigFault, file: string = fault.file): string {
  // A flag of the command is in no file.
  if (fault.path.startsWith('--')) return `${fault.path}: ${fault.message}`;
  const place = fault.line === undefined ? file : `${file}:${fault.line}:${fault.column ?? 1}`;
  return fault.path === '' ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
}

/** A fault of the file as a whole. */
export function faultOfFile(file: string, message: string): ConfigFault {
  return { file, line: undefined, column: undefined, path: '', message };
}
