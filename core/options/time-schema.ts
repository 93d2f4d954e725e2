// JSON Schema of moments, as the API and commands take them.
import type { JsonSchema } from './json-schema.ts';

const LEAP_YEAR = String.raw`(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)`;

/** Days that every year has. */
const DAY = [
  String.raw`(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])`,
  '(?:0[13-9]|1[0-2])-(?:29|30)',
  '(?:0[13578]|1[02])-31',
].join('|');

const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?`;

const PATTERN = String.raw`^(?:\d{4}-(?:${DAY})|${LEAP_YEAR}-02-29)T${TIME}Z$`;

/**
 * A text such as "2026-11-26T10:00:00Z": UTC, with or without fractions of a second (RFC 3339). `Date.parse` reads each that fits
 * as what it says; days that a month does not have do not fit.
 */
export function timeSchema(description: string): JsonSchema {
  return { type: 'string', pattern: PATTERN, description };
}
