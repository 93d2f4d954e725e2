// The server's main promise as an assertion: every packet once, in order, unchanged.
import { AssertionError } from 'node:assert';
import type { ProbedPacket } from './ffmpeg.ts';

export interface SamePacketsOptions {
  /**
   * The packet that the captured ones have to start with: the source's first, or any keyframe of it (any packet where
   * there is no video), as for a viewer who joins later. Default "start".
   */
  readonly from?: 'start' | 'keyframe';
  /** The packet that they have to end with: the source's last, or any, as for a viewer who leaves. Default "end". */
  readonly to?: 'end' | 'anywhere';
  /** Whether timestamps may differ by one constant for all packets. Default "offset". */
  readonly timestamps?: 'equal' | 'offset' | 'ignore';
  /** Whether audio may move against video, as in a container that interleaves by itself. Default "together". */
  readonly order?: 'together' | 'per-kind';
  /** Rounding of timestamps, in seconds: a millisecond each way for FLV. */
  readonly tolerance?: number;
}

const CONTEXT = 3;
/** The number of packets searched for one that is missing or has moved. */
const HORIZON = 500;

/** The captured packets beside the part of the source that they are compared with. */
interface Comparison {
  readonly source: readonly ProbedPacket[];
  readonly captured: readonly ProbedPacket[];
  /** The source packet that belongs to the first captured one. */
  readonly start: number;
}

/** Throws an AssertionError that names the first packet that is missing, doubled, swapped, altered or mistimed. */
export function expectSamePackets(
  source: readonly ProbedPacket[],
  captured: readonly ProbedPacket[],
  options: SamePacketsOptions = {},
): void {
  if (captured.length === 0) fail('nothing was captured', { source, captured, start: 0 }, 0);
  if ((options.order ?? 'together') === 'together') return compareRun(source, captured, options);
  for (const kind of ['video', 'audio', 'data'] as const) compareKind(kind, source, captured, options);
}

function compareKind(
  kind: ProbedPacket['kind'],
  source: readonly ProbedPacket[],
  captured: readonly ProbedPacket[],
  options: SamePacketsOptions,
): void {
  const wanted = source.filter((packet) => packet.kind === kind);
  const found = captured.filter((packet) => packet.kind === kind);
  if (wanted.length === 0 && found.length === 0) return;
  if (found.length === 0 || wanted.length === 0) {
    const what = `${wanted.length} ${kind} packets were sent and ${found.length} captured`;
    fail(what, { source: wanted, captured: found, start: 0 }, 0);
  }
  compareRun(wanted, found, options);
}

function compareRun(
  source: readonly ProbedPacket[],
  captured: readonly ProbedPacket[],
  options: SamePacketsOptions,
): void {
  const start = findStart(source, captured, options);
  const comparison = { source, captured, start };
  const length = Math.max(captured.length, (options.to ?? 'end') === 'end' ? source.length - start : 0);
  for (let index = 0; index < length; index++) {
    const difference = describeDifference(comparison, index);
    if (difference !== undefined) fail(difference, comparison, index);
  }
  if (options.timestamps !== 'ignore') compareTimestamps(comparison, options);
}

/**
 * Contents may repeat (silence, a file played twice). Of the possible starts the one with the longest match counts, and
 * of equally long ones the last, if the captured packets have to reach the end of the source.
 */
function findStart(
  source: readonly ProbedPacket[],
  captured: readonly ProbedPacket[],
  { from = 'start', to = 'end' }: SamePacketsOptions,
): number {
  if (from === 'start') return 0;
  const video = source.some((packet) => packet.kind === 'video');
  let best = { start: -1, fits: 0 };
  source.forEach((packet, start) => {
    if (video && !(packet.kind === 'video' && packet.keyframe)) return;
    const fits = lengthOfFit({ source, captured, start });
    if (fits > best.fits || (to === 'end' && fits > 0 && fits === best.fits)) best = { start, fits };
  });
  if (best.start < 0) {
    fail('the first captured packet is not a keyframe of the source', { source, captured, start: 0 }, 0);
  }
  return best.start;
}

function lengthOfFit({ source, captured, start }: Comparison): number {
  let index = 0;
  while (index < captured.length && isSame(source[start + index], captured[index])) index++;
  return index;
}

function isSame(a: ProbedPacket | undefined, b: ProbedPacket | undefined): boolean {
  return a?.hash === b?.hash && a?.kind === b?.kind && a?.codec === b?.codec && a?.keyframe === b?.keyframe;
}

function describeDifference({ source, captured, start }: Comparison, index: number): string | undefined {
  const position = start + index;
  const [wanted, found] = [source[position], captured[index]];
  if (isSame(wanted, found)) return undefined;
  if (found === undefined)
    return `${source.length - position} packets are missing at the end, from source packet ${position} on`;
  if (isSame(captured[index - 1], found)) return `captured packet ${index} is doubled`;
  if (wanted === undefined)
    return `${captured.length - index} packets too many, from captured packet ${index} on`;
  if (isSame(wanted, captured[index + 1]) && isSame(source[position + 1], found)) {
    return `source packets ${position} and ${position + 1} are swapped`;
  }
  const ahead = source.slice(position, position + HORIZON).findIndex((packet) => isSame(packet, found));
  if (ahead > 0) return `${ahead} packets are missing, from source packet ${position} on`;
  if (source.slice(Math.max(0, position - HORIZON), position).some((packet) => isSame(packet, found))) {
    return `captured packet ${index} repeats an earlier one`;
  }
  if (isSame(source[position + 1], captured[index + 1])) return `source packet ${position} is altered`;
  return `captured packet ${index} is not what follows in the source`;
}

function compareTimestamps(comparison: Comparison, options: SamePacketsOptions): void {
  const { source, captured, start } = comparison;
  const { timestamps = 'offset', tolerance = 0.0011 } = options;
  const first = captured.findIndex(
    (packet, index) => packet.dts !== undefined && source[start + index]?.dts !== undefined,
  );
  if (first < 0) return;
  const offset = timestamps === 'equal' ? 0 : (captured[first]?.dts ?? 0) - (source[start + first]?.dts ?? 0);
  captured.forEach((found, index) => {
    const wanted = source[start + index];
    for (const field of ['dts', 'pts'] as const) {
      const [from, to] = [wanted?.[field], found[field]];
      if (from === undefined || to === undefined) continue;
      const error = to - from - offset;
      if (Math.abs(error) <= tolerance) continue;
      const shift = timestamps === 'equal' ? '' : ` after the common offset of ${offset.toFixed(3)} s`;
      fail(
        `the ${field} of captured packet ${index} is off by ${error.toFixed(3)} s${shift}`,
        comparison,
        index,
      );
    }
  });
}

function fail(what: string, { source, captured, start }: Comparison, index: number): never {
  const rows = [];
  for (let i = Math.max(0, index - CONTEXT); i <= index + CONTEXT; i++) {
    const mark = i === index ? '>' : ' ';
    rows.push(`${mark} ${describe(start + i, source[start + i]).padEnd(54)} | ${describe(i, captured[i])}`);
  }
  const title = `${what} (${source.length} packets in the source, ${captured.length} captured).`;
  throw new AssertionError({
    message: [title, `  ${'source'.padEnd(54)} | captured`, ...rows].join('\n'),
    stackStartFn: expectSamePackets,
  });
}

function describe(index: number, packet: ProbedPacket | undefined): string {
  if (packet === undefined) return '-';
  const { kind, keyframe, codec, dts, size, hash } = packet;
  return `#${index} ${kind}${keyframe && kind === 'video' ? ' key' : ''} ${codec} dts ${dts?.toFixed(3) ?? '-'} ${size} B ${hash.slice(0, 8)}`;
}
