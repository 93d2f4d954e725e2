// Reading /proc.

import { describe, expect, it } from 'vitest';
import { parseProcessStat } from '../../../bench/processes/process-tree.ts';

describe('a process in /proc', () => {
  it('is parsed although its name contains spaces and parentheses', () => {
    const stat =
      '42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 11 0 1000 5000000 1234 184467';
    expect(parseProcessStat(stat)).toEqual({
      pid: 42,
      parent: 7,
      userTicks: 150,
      systemTicks: 25,
      rssPages: 1234,
    });
  });
});
