// What is made right, and who gets the result.
import type { PacketInfo } from '../packet.ts';

/**
 * - `start-codes`: NAL units behind start codes (H.264 annex B), where FLV has lengths.
 * - `frame-types`: frames that the NAL units say are keyframes and the message does not, or the other way round.
 * - `split-pictures`: each slice of a picture in a message of its own.
 * - `no-sequence-header`: parameter sets only among the frames.
 * - `bad-sequence-header`: one that sets up no decoder.
 * - `adts`: AAC frames with an ADTS header.
 * - `crowded-audio`: several AAC frames with one timestamp.
 * - `unnamed-data`: a data message that does not begin with a name.
 */
export type Correction =
  | 'start-codes'
  | 'frame-types'
  | 'split-pictures'
  | 'no-sequence-header'
  | 'bad-sequence-header'
  | 'adts'
  | 'crowded-audio'
  | 'unnamed-data';

export interface CorrectionReceiver {
  /** One message as it should have been sent. @param timestamp - raw, uint32 ms */
  message(info: PacketInfo, timestamp: number, payload: Buffer): void;
  /** Called once for each kind until `reset`. */
  corrected(what: Correction): void;
}
