// Streams without sockets: packets with a number inside, connections that read as the test says.
import type { EndCause } from '../../../core/end-cause.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import { buildMetadata } from '../../../core/media/flv/metadata.ts';
import { describeAudio, describeData, describeVideo } from '../../../core/media/flv/tag-body.ts';
import { FlvReader } from '../../../core/media/flv/tag-reader.ts';
import type { AppOptions } from '../../../core/options/options.ts';
import { FlushScheduler } from '../../../core/delivery/merging/flush-scheduler.ts';
import { MediaPacket, type PacketInfo } from '../../../core/media/packet.ts';
import { Right } from '../../../core/session/clients/right.ts';
import { Session } from '../../../core/session/session.ts';
import type { Sink } from '../../../core/stream/sink.ts';
import { Stream } from '../../../core/stream/stream.ts';
import type { StreamIdentity } from '../../../core/stream/stream-view.ts';
import { Viewer, type ViewerOutput, type ViewerTransport } from '../../../core/delivery/viewer.ts';
import { DEFAULT_APP_OPTIONS } from '../../helpers/config.ts';
import type { Logger } from '../../../core/log/log.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';

/** The wire format of tests: what it writes is easily read back. */
export const FLV = new FlvPacketFormat();

/** One message as a publisher sends it. */
export interface Message {
  readonly description: PacketInfo;
  readonly timestamp: number;
  readonly payload: Buffer;
}

/** AVC, 5 bytes of header and then a number that says which packet it is; padded to `size`. */
export function video(timestamp: number, id: number, kind: 'key' | 'inter' = 'inter', size = 16): Message {
  const payload = Buffer.alloc(Math.max(size, 9));
  payload[0] = kind === 'key' ? 0x17 : 0x27;
  payload[1] = 1;
  payload.writeUInt32BE(id, 5);
  return { description: describeVideo(payload), timestamp, payload };
}

const AVC_RECORD = Buffer.from('0142c01effe100076742c01ed9010101000468ce3c80', 'hex');

/** AVC sequence header: a record, and behind it the number that says which packet it is. */
export function videoHeader(timestamp: number, id: number): Message {
  const payload = Buffer.concat([Buffer.from('1700000000', 'hex'), AVC_RECORD, Buffer.alloc(4)]);
  payload.writeUInt32BE(id, payload.length - 4);
  return { description: describeVideo(payload), timestamp, payload };
}

/** AAC. */
export function audio(timestamp: number, id: number, size = 8): Message {
  const payload = Buffer.alloc(Math.max(size, 6));
  payload[0] = 0xaf;
  payload[1] = 1;
  payload.writeUInt32BE(id, 2);
  return { description: describeAudio(payload), timestamp, payload };
}

export function audioHeader(timestamp: number, id: number): Message {
  const payload = Buffer.alloc(8);
  payload[0] = 0xaf;
  payload.writeUInt32BE(id, 2);
  return { description: describeAudio(payload), timestamp, payload };
}

export function metadata(timestamp: number, properties: Record<string, number | boolean>): Message {
  const payload = buildMetadata(properties);
  return { description: describeData(payload), timestamp, payload };
}

export function packetOf({ description, timestamp, payload }: Message): MediaPacket {
  return new MediaPacket(description, timestamp, payload);
}

export const LEFT: EndCause = { code: 'left', message: 'the test is over' };

export function sessionForTest(
  role: 'publish' | 'play',
  id = role as string,
  close: (cause: EndCause) => void = () => {},
  log: Logger = memoryLog().log,
): Session {
  const client = { id: `c-${id}`, plugin: 'test', protocol: 'test', remote: '192.0.2.1:5000' };
  const query = new URLSearchParams();
  const request = {
    id,
    role,
    client,
    app: 'live',
    name: 'movie',
    askedName: 'movie',
    displayKey: 'live/movie',
    query,
    limitUntil: () => {},
  };
  return new Session({ request, right: new Right(), displayKey: 'live/movie' }, close, log);
}

export function identityForTest(facts: Partial<StreamIdentity> = {}): StreamIdentity {
  const { app = 'live', name = 'movie' } = facts;
  return { app, name, displayKey: `${app}/${name}`, origin: 'local', firstSequence: 1, ...facts };
}

export interface TestStream {
  readonly stream: Stream;
  readonly scheduler: FlushScheduler;
  readonly log: MemoryLog;
  readonly publish: (...messages: readonly Message[]) => void;
}

/** A live stream with a publisher. Its window is an hour unless given: it flushes when told to, or when full. */
export function streamForTest(
  options: Partial<AppOptions> = {},
  facts: Partial<StreamIdentity> = {},
): TestStream {
  const scheduler = new FlushScheduler();
  const log = memoryLog();
  const all = { ...DEFAULT_APP_OPTIONS, mergeWriteMs: 3_600_000, ...options };
  const identity = identityForTest(facts);
  const stream = new Stream(identity, all, scheduler, log.log);
  stream.begin(sessionForTest('publish'));
  const publish = (...messages: readonly Message[]): void => {
    for (const { description, timestamp, payload } of messages)
      stream.receive(description, timestamp, payload);
  };
  return { stream, scheduler, log, publish };
}

/** A connection that takes everything at once, or nothing until the test says so. */
export class FakeTransport implements ViewerTransport, ViewerOutput {
  readonly output = this;
  readonly writes: Buffer[] = [];
  readonly causes: EndCause[] = [];
  #queued = 0;
  #drained: () => void = () => {};
  #reads: boolean;

  constructor(reads: 'reads' | 'stalled' = 'reads') {
    this.#reads = reads === 'reads';
  }

  write(bytes: Buffer): void {
    this.writes.push(bytes);
    if (!this.#reads) this.#queued += bytes.length;
  }

  get writableLength(): number {
    return this.#queued;
  }

  onDrain(drained: () => void): () => void {
    this.#drained = drained;
    return () => {
      this.#drained = () => {};
    };
  }

  close(cause: EndCause): void {
    this.causes.push(cause);
  }

  stall(): void {
    this.#reads = false;
  }

  /** The peer reads all that is queued, again and again until nothing comes any more. */
  drain(): void {
    while (this.#queued > 0) {
      this.#queued = 0;
      this.#drained();
    }
  }

  /** The peer reads `bytes` of what is queued. */
  take(bytes: number): void {
    this.#queued = Math.max(0, this.#queued - bytes);
    if (this.#queued === 0) this.#drained();
  }

  read(): void {
    this.#reads = true;
    this.drain();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** What a player reads: FLV tags. */
  get tags(): SeenTag[] {
    return readTags(this.bytes);
  }
}

export interface SeenTag {
  readonly kind: 'video' | 'audio' | 'data';
  readonly what: 'header' | 'key' | 'packet';
  readonly id: number;
  readonly timestamp: number;
}

export function readTags(bytes: Buffer): SeenTag[] {
  const reader = new FlvReader();
  return reader.push(bytes).map(({ type, timestamp, body }) => ({ ...seen(type, body), timestamp }));
}

/** Reads a packet back from its payload. */
export function seen(type: 'video' | 'audio' | 'script', body: Buffer): Omit<SeenTag, 'timestamp'> {
  if (type === 'script') return { kind: 'data', what: 'header', id: 0 };
  const description = type === 'video' ? describeVideo(body) : describeAudio(body);
  const what = description.header ? 'header' : description.keyframe ? 'key' : 'packet';
  const at = type === 'audio' ? 2 : what === 'header' ? body.length - 4 : 5;
  return { kind: type, what, id: body.readUInt32BE(at) };
}

/** `V1! V2 A3`: short names for packets, with `!` for keyframes and lower case for headers. */
export function spell(tags: readonly Omit<SeenTag, 'timestamp'>[]): string {
  return tags
    .map(({ kind, what, id }) => {
      if (kind === 'data') return 'm';
      const letter = kind === 'video' ? 'V' : 'A';
      return what === 'header'
        ? `${letter.toLowerCase()}${id}`
        : `${letter}${id}${what === 'key' ? '!' : ''}`;
    })
    .join(' ');
}

/** What a publisher sends first: metadata and the headers of both tracks. */
export const START: readonly Message[] = [
  metadata(0, { videocodecid: 7, audiocodecid: 10 }),
  videoHeader(0, 1),
  audioHeader(0, 1),
];

/** Another publisher takes the stream over. */
export function takeOver({ stream }: TestStream): void {
  stream.pause();
  stream.begin(sessionForTest('publish', 'second'));
}

/** Notes everything it is told. */
export class RecordingSink implements Sink {
  readonly packets: MediaPacket[] = [];
  readonly events: string[] = [];

  write(packet: MediaPacket): void {
    this.packets.push(packet);
    const kind = packet.kind === 'data' ? 'script' : packet.kind;
    this.events.push(spell([seen(kind, packet.payload)]));
  }

  discontinuity(): void {
    this.events.push('discontinuity');
  }

  pause(): void {
    this.events.push('pause');
  }

  end(cause: EndCause): void {
    this.events.push(`end: ${cause.code}`);
  }

  get heard(): string {
    return this.events.join(' ');
  }
}

export function viewerOn(transport: ViewerTransport, limits: Partial<AppOptions['slowViewer']> = {}): Viewer {
  return new Viewer(transport, { ...DEFAULT_APP_OPTIONS.slowViewer, ...limits });
}
