// What the engine's ffmpeg cannot make of a stream: codecs that it does not read from FLV, or that MPEG-TS does not carry.
//
// It says so late, in words that name no codec, or not at all: it reads on, and writes a file without picture or sound.
import { codecInWords, type Codec, type MediaPacket, type StreamCodecs } from 'livego/media';
import type { EngineOptions } from './schema.ts';

/** What `ffmpeg -version` tells. */
export interface ProgramVersion {
  /** As its builder has named it: "5.1.9-0+deb12u1", "N-118000-g0123456789". */
  readonly name: string;
  /** Of libavformat, which builds of all kinds have: 59.27 is 59027. */
  readonly format: number;
}

/** Undefined for a program that tells none. */
export function readVersion(output: string): ProgramVersion | undefined {
  const name = /^ffmpeg version (\S+)/m.exec(output)?.[1];
  const format = /^libavformat\s+(\d{1,3})\.\s*(\d{1,3})\./m.exec(output);
  return name === undefined || !format
    ? undefined
    : { name, format: Number(format[1]) * 1000 + Number(format[2]) };
}

export interface Misfit {
  readonly reason: string;
  /** The picture would be missing: the program is not started. */
  readonly fatal: boolean;
}

/** The part of a stream that matters here. */
export interface FedStream {
  readonly tracks: StreamCodecs;
  readonly headers: readonly MediaPacket[];
}

export interface FedProgram {
  readonly path: string;
  readonly version: ProgramVersion | undefined;
  readonly extraArguments: readonly string[];
}

/** What will be missing, the worst first. */
export function misfitsOf(stream: FedStream, program: FedProgram, options: EngineOptions): readonly Misfit[] {
  if (options.profile === 'command') return [];
  const misfits = (['video', 'audio'] as const).flatMap((kind) => {
    const codec = stream.tracks[kind];
    if (codec === undefined) return [];
    const reason =
      tooOldFor(codec, isEnhanced(stream, kind), program) ?? noTransport(codec, kind, program, options);
    return reason === undefined ? [] : [{ reason, fatal: kind === 'video' }];
  });
  return misfits.toSorted((a, b) => Number(b.fatal) - Number(a.fatal));
}

/** Since when ffmpeg reads the FourCCs of Enhanced RTMP, in libavformat's numbers and in its own. */
const READ_SINCE: Partial<Record<Codec, { readonly format: number; readonly release: string }>> = {
  hevc: { format: 60_016, release: '6.1' },
  av1: { format: 60_016, release: '6.1' },
  vp9: { format: 60_016, release: '6.1' },
  opus: { format: 62_000, release: '8.0' },
  flac: { format: 62_000, release: '8.0' },
  ac3: { format: 62_000, release: '8.0' },
  eac3: { format: 62_000, release: '8.0' },
};

function tooOldFor(codec: Codec, enhanced: boolean, { path, version }: FedProgram): string | undefined {
  const since = READ_SINCE[codec];
  if (!since || !enhanced || !version || version.format >= since.format) return undefined;
  return `${path} is ffmpeg ${version.name}, which reads no ${codecInWords(codec)} from FLV; ${since.release} and later do (engine.ffmpeg)`;
}

/** Some patched builds read HEVC under a number of its own, without a FourCC. */
function isEnhanced({ headers }: FedStream, kind: 'video' | 'audio'): boolean {
  const first = headers.find((header) => header.kind === kind)?.payload[0] ?? 0;
  return kind === 'video' ? first >= 0x80 : first >> 4 === 9;
}

/** ffmpeg writes these to MPEG-TS as private data, which no player plays. */
const NOT_IN_TRANSPORT: ReadonlySet<Codec> = new Set<Codec>([
  ...(['av1', 'vp9', 'vp8', 'sorenson', 'vp6', 'vp6a', 'screen', 'screen2'] as const),
  ...(['flac', 'pcm', 'adpcm', 'nellymoser', 'g711a', 'g711u', 'speex'] as const),
]);

/** Arguments of the operator's own that choose codecs or the format. */
const CHOOSES_CODECS = /^-(?:c|codec|vcodec|acodec|f)(?::|$)/;

function noTransport(
  codec: Codec,
  kind: 'video' | 'audio',
  { extraArguments }: FedProgram,
  { profile, output, vcodec, acodec }: EngineOptions,
): string | undefined {
  const isCopied = (kind === 'video' ? vcodec : acodec) === 'copy';
  if (profile !== 'segments' || !isCopied || !NOT_IN_TRANSPORT.has(codec) || /^rtmps?:/i.test(output))
    return undefined;
  if (extraArguments.some((argument) => CHOOSES_CODECS.test(argument))) return undefined;
  const [option, encoder] = kind === 'video' ? ['engine.vcodec', 'libx264'] : ['engine.acodec', 'aac'];
  return `MPEG-TS carries no ${codecInWords(codec)}; convert it (${option}: "${encoder}"), or record it unchanged (record)`;
}
