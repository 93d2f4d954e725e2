// ffmpeg as publisher and player, ffprobe as the judge of what arrived.
import { RunningProgram } from '../programs/running-program.ts';

export { clip } from './clip.ts';
export type { ClipSpec } from './clip.ts';

export interface PublishOptions {
  readonly file: string;
  readonly url: string;
  /** "realtime" as a camera would (the default), or "fast", as quickly as the server reads. */
  readonly pace?: 'realtime' | 'fast';
  /** How often the file is repeated, with rising timestamps; "forever" until `stop()`. */
  readonly repeat?: number | 'forever';
  /** ffmpeg's arguments before the URL, e.g. `['-rtmp_conn', 'S:token']`. */
  readonly extra?: readonly string[];
  readonly deadlineMs?: number;
}

/** Publishes a file unchanged. `saw(/Stream mapping/)` tells that ffmpeg was admitted. */
export function publish({
  file,
  url,
  pace = 'realtime',
  repeat = 0,
  extra = [],
  deadlineMs,
}: PublishOptions): RunningProgram {
  const input = [
    ...(pace === 'realtime' ? ['-re'] : []),
    '-stream_loop',
    repeat === 'forever' ? '-1' : `${repeat}`,
    '-i',
    file,
  ];
  const output = ['-map', '0', '-c', 'copy', '-f', 'flv', '-flvflags', 'no_duration_filesize', ...extra, url];
  const command = ['ffmpeg', '-hide_banner', '-nostdin', '-loglevel', 'info', ...input, ...output] as const;
  return new RunningProgram(command, withDeadline(deadlineMs));
}

export interface CaptureOptions {
  readonly url: string;
  /** The file to write, in the container that its extension names. */
  readonly copyTo: string;
  /** Media seconds to take; all until the stream ends if left out. */
  readonly seconds?: number;
  /** ffmpeg's arguments before `-i`. */
  readonly extra?: readonly string[];
  readonly deadlineMs?: number;
}

/** Plays a stream into a file, as a player with a copying "decoder". For exact packets use `watch`, which muxes nothing. */
export function capture({ url, copyTo, seconds, extra = [], deadlineMs }: CaptureOptions): RunningProgram {
  const limit = seconds === undefined ? [] : ['-t', `${seconds}`];
  const command = [
    'ffmpeg',
    '-hide_banner',
    '-nostdin',
    '-loglevel',
    'info',
    '-y',
    ...extra,
    '-i',
    url,
  ] as const;
  return new RunningProgram(
    [...command, '-map', '0', '-c', 'copy', '-copyinkf', ...limit, copyTo],
    withDeadline(deadlineMs),
  );
}

export interface ProbedPacket {
  readonly kind: 'video' | 'audio' | 'data';
  /** ffprobe's name: "h264", "aac" … */
  readonly codec: string;
  /** The demuxer's number of the stream; differs between containers, and with the order of arrival. */
  readonly stream: number;
  /** In seconds; undefined where the container has none. */
  readonly pts: number | undefined;
  readonly dts: number | undefined;
  readonly keyframe: boolean;
  readonly size: number;
  /** MD5 of the packet's data, in hex. */
  readonly hash: string;
}

export interface WatchOptions {
  /** ffprobe's arguments before the input. */
  readonly extra?: readonly string[];
  readonly deadlineMs?: number;
}

export interface Watcher {
  readonly program: RunningProgram;
  /** All packets until the stream ended or the program was stopped. Rejected if ffprobe fails by itself. */
  readonly packets: Promise<ProbedPacket[]>;
  /** Disconnects; resolves with the packets received so far. */
  stop(): Promise<ProbedPacket[]>;
}

const PACKET_ENTRIES =
  'packet=codec_type,stream_index,pts_time,dts_time,size,flags,data_hash:stream=index,codec_name';

/** Watches a stream (or reads a file) with ffprobe: each packet as the demuxer returns it. */
export function watch(input: string, { extra = [], deadlineMs }: WatchOptions = {}): Watcher {
  const pieces: Buffer[] = [];
  // Lines instead of JSON, which is not valid until it is complete.
  const output = [
    '-show_packets',
    '-show_streams',
    '-show_data_hash',
    'md5',
    '-show_entries',
    PACKET_ENTRIES,
    '-of',
    'compact',
  ];
  const program = new RunningProgram(
    ['ffprobe', '-hide_banner', '-loglevel', 'warning', ...extra, ...output, '-i', input],
    {
      ...withDeadline(deadlineMs),
      onOutput: (bytes) => pieces.push(bytes),
    },
  );
  let stopped = false;
  const packets = program.done.then(async (result) => {
    if (!stopped && result.code !== 0) await program.succeeded();
    return parsePackets(Buffer.concat(pieces).toString());
  });
  packets.catch(() => {});
  const stop = async (): Promise<ProbedPacket[]> => {
    stopped = true;
    await program.stop();
    return packets;
  };
  return { program, packets, stop };
}

/** Every packet of a file, or of a stream until its end. */
export function probePackets(input: string, options?: WatchOptions): Promise<ProbedPacket[]> {
  return watch(input, options).packets;
}

function parsePackets(output: string): ProbedPacket[] {
  const codecs = new Map<string, string>();
  const packets: Record<string, string>[] = [];
  // A packet with side data, as those of MPEG-TS, takes two lines; the second begins with the separator.
  for (const line of output.replaceAll('\n|', '|').split('\n')) {
    const [section, ...fields] = line.split('|');
    const entry: Record<string, string> = Object.fromEntries(fields.map(splitField));
    if (section === 'stream') codecs.set(entry['index'] ?? '', entry['codec_name'] ?? '');
    // The last line of a stopped program may be cut, so a packet counts only with its last field.
    if (section === 'packet' && /^MD5:[0-9a-f]{32}$/.test(entry['data_hash'] ?? '')) packets.push(entry);
  }
  return packets.map((entry) => ({
    kind: kindOf(entry['codec_type']),
    codec: codecs.get(entry['stream_index'] ?? '') ?? '',
    stream: Number(entry['stream_index']),
    pts: seconds(entry['pts_time']),
    dts: seconds(entry['dts_time']),
    keyframe: entry['flags']?.startsWith('K') ?? false,
    size: Number(entry['size']),
    hash: (entry['data_hash'] ?? '').slice('MD5:'.length),
  }));
}

function splitField(field: string): [string, string] {
  const equals = field.indexOf('=');
  return [field.slice(0, equals), field.slice(equals + 1)];
}

function kindOf(type: string | undefined): ProbedPacket['kind'] {
  return type === 'video' || type === 'audio' ? type : 'data';
}

function seconds(text: string | undefined): number | undefined {
  return text === undefined || text === 'N/A' ? undefined : Number(text);
}

function withDeadline(deadlineMs: number | undefined): { deadlineMs?: number } {
  return deadlineMs === undefined ? {} : { deadlineMs };
}
