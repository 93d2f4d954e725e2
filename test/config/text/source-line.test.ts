import { expect, test } from 'vitest';
import { formatSourceLine } from '../../../config/text/source-line.ts';

test('the caret stands below its character, after tabs and wide characters too', () => {
  const fault = { file: 'x', line: 1, column: 6, path: '', message: '' };
  expect(formatSourceLine(fault, '\t"名" 3')).toBe('1 | \t"名" 3\n  | \t     ^');
});
