// A value as JSON5, on one line where it fits.
import { isPlainObject } from '../text/plain-object.ts';

export interface ValueStyle {
  /** One step of indentation. */
  readonly unit: string;
  readonly newline: string;
  /** Keys are in quotes, as in JSON; then there are no trailing commas either. */
  readonly quotedKeys: boolean;
}

const MAX_WIDTH = 80;

/** @param indent - of the line that the value begins on */
export function formatValue(value: unknown, indent: string, style: ValueStyle): string {
  const flat = formatFlat(value, style);
  const isContainer = typeof value === 'object' && value !== null;
  if (!isContainer || indent.length + flat.length <= MAX_WIDTH) return flat;
  const { unit, newline, quotedKeys } = style;
  const inner = indent + unit;
  const items = Array.isArray(value)
    ? value.map((each) => formatValue(each, inner, style))
    : Object.entries(value).map(([key, each]) => `${keyOf(key, style)}: ${formatValue(each, inner, style)}`);
  const lines = items.map((item) => `${inner}${item}`).join(`,${newline}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}${newline}${lines}${quotedKeys ? '' : ','}${newline}${indent}${close}`;
}

function formatFlat(value: unknown, style: ValueStyle): string {
  if (Array.isArray(value)) return `[${value.map((each) => formatFlat(each, style)).join(', ')}]`;
  if (!isPlainObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(
    ([key, each]) => `${keyOf(key, style)}: ${formatFlat(each, style)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

export function keyOf(key: string, { quotedKeys }: ValueStyle): string {
  return !quotedKeys && /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}
