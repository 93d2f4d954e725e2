// Shows a value that the operator wrote, for messages.

const MAX_SHOWN = 60;

/** A value as the operator wrote it, more or less, shortened to a glance. */
export function showValue(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** The kind of a value in words: `a string`, `a list`. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value !== 'number') return 'a string';
  return Number.isFinite(value) ? 'a number' : 'not a finite number';
}
