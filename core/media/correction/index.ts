// Messages that are not as the specifications say, made right: many encoders send them, and players do not agree on what to
// do with them. Each message is looked at once, when it arrives; the usual ones pass as they are.
//
// Other rooms read formats and build them. Here one message becomes the one that the encoder should have sent.
export { MessageCorrection } from './message-correction.ts';
export type { Correction, CorrectionReceiver } from './correction.ts';
