// Checks every message of a viewer: none may be missing, and each video frame tells when it was sent.

/** Offset of the mark's digits in a video message; the bytes before it are MARK_ID. */
const MARK_AT = 28;
const MARK_ID = Buffer.from('livego-bench-ts.');
/** An AAC frame of 48 kHz lasts 21.3 ms: a gap above this means that one is missing. */
const AUDIO_GAP_MS = 40;

export class Probe {
  lost = 0;
  backwards = 0;
  video = 0;
  audio = 0;
  #lastSequence = -1;
  #lastAudio = -1;
  #lastTimestamp = 0;
  #run;

  /** @param {import('./load-run.mjs').LoadRun} run */
  constructor(run) {
    this.#run = run;
  }

  setMark() {
    this.lost = 0;
    this.backwards = 0;
    this.video = 0;
    this.audio = 0;
  }

  /** @param {number} type @param {number} timestamp @param {Buffer} head */
  check(type, timestamp, head) {
    if (timestamp < this.#lastTimestamp) this.backwards++;
    this.#lastTimestamp = timestamp;
    if (type === 8) this.#checkAudio(timestamp);
    else this.#checkVideo(head);
  }

  /** @param {number} timestamp */
  #checkAudio(timestamp) {
    this.audio++;
    const gap = timestamp - this.#lastAudio;
    if (this.#lastAudio >= 0 && gap > AUDIO_GAP_MS) this.lost += Math.floor((gap - 1) / 22);
    this.#lastAudio = timestamp;
  }

  /** @param {Buffer} head */
  #checkVideo(head) {
    if (head.length < MARK_AT + 24 || !head.subarray(MARK_AT - 16, MARK_AT).equals(MARK_ID)) return;
    const sent = BigInt(`0x${head.toString('latin1', MARK_AT, MARK_AT + 16)}`);
    const sequence = Number.parseInt(head.toString('latin1', MARK_AT + 16, MARK_AT + 24), 16);
    this.video++;
    if (this.#lastSequence >= 0 && sequence > this.#lastSequence + 1)
      this.lost += sequence - this.#lastSequence - 1;
    if (sequence <= this.#lastSequence) this.backwards++;
    this.#lastSequence = sequence;
    if (this.#run.mark.time) this.#run.delays.push(Number(process.hrtime.bigint() - sent) / 1e6);
  }
}
