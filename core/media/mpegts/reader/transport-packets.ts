// From the bytes of a transport stream to media packets, as FLV and RTMP carry them.
import { describeAudio, describeVideo, parseAudioBody } from '../../flv/tag-body.ts';
import { MediaPacket } from '../../packet.ts';
import { AudioFrames } from './audio-frames.ts';
import { FileClock } from './file-clock.ts';
import type { PesPacket } from './pes-packet.ts';
import type { Program, ProgramTrack } from './program-map.ts';
import { TransportReader } from './transport-reader.ts';
import { VideoFrames } from './video-frames.ts';

/** Where a file is entered. */
export interface TransportEntry {
  readonly program: Program;
  /** The time, of 33 bits, at which the file begins. */
  readonly base: number;
  /** Of the packet to begin with, in bytes from the start of the file. */
  readonly position: number;
  readonly timeMs: number;
  /** Sequence headers of the file, for a place behind its beginning. */
  readonly headers?: readonly MediaPacket[];
}

type Elementary =
  | { readonly kind: 'video'; readonly frames: VideoFrames }
  | { readonly kind: 'audio'; readonly frames: AudioFrames };

export class TransportPackets {
  readonly #reader: TransportReader;
  readonly #clock: FileClock;
  readonly #elementary = new Map<number, Elementary>();

  constructor({ program, base, position, timeMs, headers = [] }: TransportEntry) {
    this.#reader = new TransportReader(program, position);
    this.#clock = new FileClock(base, timeMs);
    for (const track of program) this.#elementary.set(track.pid, elementaryOf(track, headers));
  }

  /** Whether a packet that begins before this position is still incomplete. */
  hasPendingBefore(position: number): boolean {
    return this.#reader.pendingFrom < position;
  }

  /** @param before - packets that begin at this position of the file, or later, are left out */
  push(bytes: Buffer, before = Infinity): MediaPacket[] {
    return this.#read(this.#reader.push(bytes), before);
  }

  /** The file has ended. */
  flush(before = Infinity): MediaPacket[] {
    return this.#read(this.#reader.flush(), before);
  }

  #read(packets: readonly PesPacket[], before: number): MediaPacket[] {
    return packets.filter(({ position }) => position < before).flatMap((packet) => this.#packetsOf(packet));
  }

  #packetsOf(packet: PesPacket): MediaPacket[] {
    const elementary = this.#elementary.get(packet.track.pid);
    if (!elementary) return [];
    if (elementary.kind === 'audio')
      return elementary.frames
        .read(packet)
        .map(({ body, ticks }) => new MediaPacket(describeAudio(body), this.#clock.at(ticks), body));
    const timestamp = this.#clock.at(packet.dts);
    const { header, frame } = elementary.frames.read(packet);
    return [header, frame].flatMap((body) =>
      body ? [new MediaPacket(describeVideo(body), timestamp, body)] : [],
    );
  }
}

function elementaryOf({ codec }: ProgramTrack, headers: readonly MediaPacket[]): Elementary {
  if (codec === 'avc' || codec === 'hevc') return { kind: 'video', frames: new VideoFrames(codec) };
  const header = headers.find(({ kind }) => kind === 'audio');
  const known = header && parseAudioBody(header.payload).data;
  return { kind: 'audio', frames: new AudioFrames(codec, known) };
}
