// Comparisons that take as long whatever differs.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Digests first, so that lengths do not show either. */
export function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(wanted));
}

export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
