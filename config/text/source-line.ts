// The source line of a fault with a caret below its column, as compilers show it.
import type { ConfigFault } from '../../core/config-fault.ts';

/** The line of `text` that the fault is in, with a caret below the column. Empty when the fault has no place in it. */
export function formatSourceLine(fault: ConfigFault, text: string): string {
  if (fault.line === undefined || fault.column === undefined) return '';
  const line = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)[fault.line - 1];
  if (line === undefined) return '';
  // Minified files have long lines: show a part around the column.
  const from = Math.max(0, fault.column - 1 - 60);
  const shown = line.slice(from, from + 120);
  const number = String(fault.line);
  return `${number} | ${shown}\n${' '.repeat(number.length)} | ${padding(shown, fault.column - 1 - from)}^`;
}

/** Blanks as wide as the first `length` characters: tabs stay tabs, East Asian characters take two columns. */
function padding(line: string, length: number): string {
  return line
    .slice(0, length)
    .replaceAll(/[^\t]/gu, (character) =>
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6]/u.test(
        character,
      )
        ? '  '
        : ' ',
    );
}
