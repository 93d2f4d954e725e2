// Texts of moments: each day of the calendar fits, and no other.
import { expect, test } from 'vitest';
import { timeSchema } from '../../../core/options/time-schema.ts';

const pattern = new RegExp(timeSchema('A moment.')['pattern'] as string, 'u');
const two = (number: number): string => String(number).padStart(2, '0');

function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

test.each(['0000', '1900', '1970', '2000', '2023', '2024', '2026', '2100', '2104', '2400', '9999'])(
  'the days of %s are those of the calendar',
  (year) => {
    const days = Array.from({ length: 100 * 100 }, (_, index) => {
      return `${year}-${two(Math.floor(index / 100))}-${two(index % 100)}`;
    });
    const fitting = days.filter((day) => pattern.test(`${day}T23:59:59Z`));
    expect(fitting).toEqual(days.filter(isDay));
  },
);

test.each([
  ['2026-11-26T10:00:00Z', true],
  ['2026-11-26T10:00:00.123456Z', true],
  ['2026-11-26T24:00:00Z', false],
  ['2026-11-26T10:60:00Z', false],
  ['2026-11-26T10:00:60Z', false],
  ['2026-11-26T10:00:00', false],
  ['2026-11-26', false],
  ['2026-11-26T10:00:00Z\n', false],
])('%j fits: %s', (text, fits) => {
  expect(pattern.test(text)).toBe(fits);
});
