// The switch that the key of a plugin may be: "enable", "disable", "on", "off", true, false.

const WORDS: Readonly<Record<string, boolean>> = {
  enable: true,
  on: true,
  true: true,
  disable: false,
  off: false,
  false: false,
};

export const SWITCH_WORDS: readonly string[] = ['enable', 'disable', 'on', 'off'];

/** Whether `value` switches on or off, in any letter case. Undefined if it is not a switch. */
export function parseSwitch(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}
