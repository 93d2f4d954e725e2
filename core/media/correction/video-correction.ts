// H.264 and HEVC, made right: NAL units with lengths, a sequence header that sets up a decoder, one message for a picture,
// and keyframes where NAL units say so.
import { CODED_FRAMES, CODED_FRAMES_X, packetTypeOffset, SEQUENCE_START } from '../flv/enhanced-header.ts';
import { describeVideo } from '../flv/packet-info.ts';
import { readNalUnits } from '../nal-unit.ts';
import type { PacketInfo } from '../packet.ts';
import type { CorrectionReceiver } from './correction.ts';
import { buildRecord, lengthSizeOf } from './parameter-sets.ts';
import { PictureLook, usualPicture, type NalSyntax, type Picture } from './picture-look.ts';
import { SplitPicture } from './split-picture.ts';
import { hasStartCodes, readStartCodes, withLengths } from './start-codes.ts';

const ENHANCED = 0x80;
const FRAME_TYPE_MASK = 0x70;
const KEYFRAME = 0x10;
const INTER_FRAME = 0x20;
/** Frame and codec, AVCPacketType, composition time. */
const LEGACY_HEAD_BYTES = 5;
/** Packet type and FourCC; CodedFrames has a composition time behind it. */
const ENHANCED_HEAD_BYTES = 5;
const COMPOSITION_TIME_BYTES = 3;
const FOURCC_BYTES = 4;

export class VideoCorrection {
  readonly #receiver: CorrectionReceiver;
  readonly #released: () => void;
  readonly #look = new PictureLook();
  #lengthSize = 4;
  /** `refused`: there was a sequence header that sets up no decoder, and none that does. */
  #header: 'none' | 'refused' | 'known' = 'none';
  /** A frame was called a keyframe that is none. */
  #liesAboutKeyframes = false;
  /** The publisher sends pictures in several messages. Whether it does is known after its first picture. */
  #splits: 'perhaps' | 'no' | 'yes' = 'perhaps';
  #held: SplitPicture | undefined;
  /** The last message with a slice. All slices of a picture are of one kind. */
  #lastPicture: Picture = 'none';
  #lastTimestamp = 0;

  /** @param released - called when a picture that waited has been passed on */
  constructor(receiver: CorrectionReceiver, released: () => void) {
    this.#receiver = receiver;
    this.#released = released;
  }

  /** Timestamp of the picture that waits. */
  get waiting(): number | undefined {
    return this.#held?.timestamp;
  }

  /**
   * Whether a message has nothing to be made right, as nearly all: a whole picture in H.264 by a publisher that is known to
   * send whole ones. Such messages need not be pushed.
   */
  isUsual(info: PacketInfo, timestamp: number, payload: Buffer): boolean {
    if (this.#splits !== 'no' || this.#header !== 'known' || this.#held !== undefined) return false;
    if (!info.media || info.codec !== 'avc' || payload[0]! >= ENHANCED || this.#lengthSize !== 4)
      return false;
    const picture = usualPicture(payload, LEGACY_HEAD_BYTES);
    if (picture === 'unread' || (picture === 'random-access') !== info.keyframe) return false;
    this.#lastPicture = picture;
    this.#lastTimestamp = timestamp;
    return true;
  }

  push(info: PacketInfo, timestamp: number, payload: Buffer): void {
    const { codec } = info;
    const start = codec === 'avc' || codec === 'hevc' ? dataOffset(payload, info) : 0;
    if (start > 0 && info.media) return this.#frame(info, timestamp, payload, start);
    this.release();
    if (start > 0) this.#sequenceHeader(info, timestamp, payload, start);
    else this.#receiver.message(info, timestamp, payload);
  }

  /** Passes on the picture that waits. */
  release(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    this.#receiver.message(held.info, held.timestamp, held.payload);
    this.#released();
  }

  #sequenceHeader(info: PacketInfo, timestamp: number, payload: Buffer, start: number): void {
    const syntax = info.codec as NalSyntax;
    const units = hasStartCodes(payload, start, 4) ? readStartCodes(payload.subarray(start), syntax) : [];
    const record = units.length > 0 ? buildRecord(units, syntax) : payload.subarray(start);
    const lengthSize = record && lengthSizeOf(record, syntax);
    if (record === undefined || lengthSize === undefined) {
      if (this.#header === 'none') this.#header = 'refused';
      return this.#receiver.corrected('bad-sequence-header');
    }
    this.#lengthSize = lengthSize;
    this.#header = 'known';
    this.#lastPicture = 'none';
    if (units.length === 0) return this.#receiver.message(info, timestamp, payload);
    this.#receiver.corrected('start-codes');
    this.#receiver.message(info, timestamp, Buffer.concat([payload.subarray(0, start), record]));
  }

  #frame(info: PacketInfo, timestamp: number, payload: Buffer, start: number): void {
    if (hasStartCodes(payload, start, this.#lengthSize)) {
      const units = readStartCodes(payload.subarray(start), info.codec as NalSyntax);
      const corrected = withLengths(payload.subarray(0, start), units, this.#lengthSize);
      if (corrected && units.length > 0) {
        this.#receiver.corrected('start-codes');
        return this.#picture(info, timestamp, corrected, start);
      }
    }
    this.#picture(info, timestamp, payload, start);
  }

  #picture(info: PacketInfo, timestamp: number, payload: Buffer, start: number): void {
    const look = this.#look;
    look.read(payload, start, this.#lengthSize, info.codec as NalSyntax);
    if (this.#header !== 'known') this.#findHeader(info, timestamp, payload, start);
    const isSlice = look.picture === 'random-access' || look.picture === 'other';
    const same = look.picture === this.#lastPicture && timestamp === this.#lastTimestamp;
    const continues = isSlice && !look.first && same;
    if (continues) {
      this.#splits = 'yes';
      this.#receiver.corrected('split-pictures');
    }
    if (isSlice) this.#lastPicture = look.picture;
    if (isSlice) this.#lastTimestamp = timestamp;
    const key = !continues && this.#header !== 'refused' && this.#isKeyframe(info, payload, start);
    const shown = key === info.keyframe ? info : retype(payload, key);
    if (this.#joins(timestamp) && this.#held?.add(shown, payload, start)) return this.#wait(isSlice);
    this.release();
    if (look.picture === 'none' || (look.first && this.#splits !== 'no')) {
      this.#held = new SplitPicture(shown, timestamp, payload, start);
      this.#wait(isSlice);
    } else this.#receiver.message(shown, timestamp, payload);
  }

  /** Whether the message is part of the picture that waits. */
  #joins(timestamp: number): boolean {
    if (this.#held?.timestamp !== timestamp) return false;
    const { picture, first } = this.#look;
    return picture === 'none' || (picture !== 'unread' && (!first || !this.#held.hasSlice));
  }

  // Parameter sets and SEI wait for their picture. A picture waits only where publishers are known to split theirs, and once
  // to learn whether this one does.
  #wait(isSlice: boolean): void {
    if (!isSlice) return;
    this.#held?.noteSlice();
    if (this.#splits === 'no') this.release();
    else if (this.#splits === 'perhaps') this.#splits = 'no';
  }

  #isKeyframe(info: PacketInfo, payload: Buffer, start: number): boolean {
    const { picture } = this.#look;
    if (picture === 'random-access') {
      if (!info.keyframe) this.#receiver.corrected('frame-types');
      return true;
    }
    if (picture !== 'other' || !info.keyframe) return info.keyframe;
    const recovery = this.#look.recovers(payload, start, this.#lengthSize, info.codec as NalSyntax);
    if (recovery === 'by-sei' || (recovery === 'by-slice' && !this.#liesAboutKeyframes)) return true;
    if (recovery === 'no') this.#liesAboutKeyframes = true;
    this.#receiver.corrected('frame-types');
    return false;
  }

  /** Makes a sequence header of the parameter sets in a frame. */
  #findHeader(info: PacketInfo, timestamp: number, payload: Buffer, start: number): void {
    if (this.#look.picture === 'other' || this.#look.picture === 'unread') return;
    const record = buildRecord(
      readNalUnits(payload.subarray(start), this.#lengthSize),
      info.codec as NalSyntax,
    );
    if (record === undefined) return;
    this.release();
    this.#header = 'known';
    this.#receiver.corrected('no-sequence-header');
    const header = Buffer.concat([sequenceHead(payload), record]);
    this.#receiver.message(describeVideo(header), timestamp, header);
  }
}

/** Where the data of a sequence header or a frame begin; 0 for messages of other kinds and of several tracks. */
function dataOffset(payload: Buffer, info: PacketInfo): number {
  if (!info.header && !info.media) return 0;
  if (payload[0]! < ENHANCED) return LEGACY_HEAD_BYTES;
  const at = packetTypeOffset(payload);
  const type = payload[at]! & 0x0f;
  if (type === CODED_FRAMES) return at + ENHANCED_HEAD_BYTES + COMPOSITION_TIME_BYTES;
  return type === CODED_FRAMES_X || type === SEQUENCE_START ? at + ENHANCED_HEAD_BYTES : 0;
}

/** Writes the type of a frame into its message. */
function retype(payload: Buffer, key: boolean): PacketInfo {
  payload[0] = (payload[0]! & ~FRAME_TYPE_MASK) | (key ? KEYFRAME : INTER_FRAME);
  return describeVideo(payload);
}

/** The head of a sequence header in the form of a frame's. */
function sequenceHead(frame: Buffer): Buffer {
  if (frame[0]! < ENHANCED) return Buffer.of(KEYFRAME | (frame[0]! & 0x0f), 0, 0, 0, 0);
  const at = packetTypeOffset(frame) + 1;
  return Buffer.concat([
    Buffer.of(ENHANCED | KEYFRAME | SEQUENCE_START),
    frame.subarray(at, at + FOURCC_BYTES),
  ]);
}
