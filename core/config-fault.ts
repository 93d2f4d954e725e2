// How a fault of the config is shown in one line.
import type { ConfigFault } from './config.ts';

/** `livego.json5:3:14: servers[1].hls.segmentSeconds: "two" is a string; it must be …` */
export function formatFault(fault: ConfigFault, file: string = fault.file): string {
  const place = fault.line === undefined ? file : `${file}:${fault.line}:${fault.column ?? 1}`;
  return fault.path === '' ? `${place}: ${fault.message}` : `${place}: ${fault.path}: ${fault.message}`;
}
