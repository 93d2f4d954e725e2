// Limits on the cost of one AMF message.
import { LivegoError } from '../errors.ts';

export interface AmfLimits {
  /** Containers inside containers. */
  readonly maxDepth: number;
  /** Values of all kinds in one message, nested ones included. */
  readonly maxValues: number;
  /** Objects, arrays and dates among them. One costs the time and memory of a hundred numbers, and only four bytes. */
  readonly maxObjects: number;
  /** Bytes of one message. */
  readonly maxBytes: number;
}

/** Generous: the keyframe index of a 24-hour recording (two numbers a second) still fits. */
const DEFAULT_AMF_LIMITS: AmfLimits = {
  maxDepth: 32,
  maxValues: 250_000,
  maxObjects: 10_000,
  maxBytes: 16 * 1024 * 1024,
};

/** Counts down while one message is read or written; AMF 0 and the AMF 3 values inside it share one. */
export class AmfBudget {
  readonly limits: AmfLimits;
  #depth = 0;
  #values = 0;
  #objects = 0;

  constructor(limits: Partial<AmfLimits> = {}) {
    this.limits = { ...DEFAULT_AMF_LIMITS, ...limits };
  }

  checkBytes(length: number): void {
    if (length > this.limits.maxBytes) {
      throw new LivegoError('LVG_AMF', `AMF message of ${length} bytes; maxBytes is ${this.limits.maxBytes}`);
    }
  }

  spendValue(): void {
    if (++this.#values > this.limits.maxValues) {
      throw new LivegoError(
        'LVG_AMF',
        `AMF message with more than ${this.limits.maxValues} values (maxValues)`,
      );
    }
  }

  spendObject(): void {
    if (++this.#objects > this.limits.maxObjects) {
      throw new LivegoError(
        'LVG_AMF',
        `AMF message with more than ${this.limits.maxObjects} objects (maxObjects)`,
      );
    }
  }

  /** Before a value that may hold others. */
  enter(): void {
    this.spendObject();
    if (++this.#depth > this.limits.maxDepth) {
      throw new LivegoError('LVG_AMF', `AMF values nested deeper than ${this.limits.maxDepth} (maxDepth)`);
    }
  }

  leave(): void {
    this.#depth--;
  }
}
