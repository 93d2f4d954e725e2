// A certificate that has expired, or will soon, is applied nevertheless: clients decide. But the operator is told.
import { X509Certificate } from 'node:crypto';

const DAY_MS = 86_400_000;
const AHEAD_DAYS = 30;

/** In words; undefined while there is time. @param now - of the wall clock */
export function describeExpiry(pem: Buffer, now: number): string | undefined {
  const { validTo, validFrom } = new X509Certificate(pem);
  const [begin, end] = [Date.parse(validFrom), Date.parse(validTo)];
  if (now < begin) return `is not valid before ${validFrom}`;
  if (now >= end) return `has expired (${validTo}); clients will not accept it`;
  const days = Math.floor((end - now) / DAY_MS);
  if (days >= AHEAD_DAYS) return undefined;
  const when = days === 0 ? 'within a day' : days === 1 ? 'in 1 day' : `in ${days} days`;
  return `expires ${when} (${validTo})`;
}
