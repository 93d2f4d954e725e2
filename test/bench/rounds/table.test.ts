// Medians and tables.

import { describe, expect, it } from 'vitest';
import { medianOf } from '../../../bench/rounds/median.ts';
import { alignTable } from '../../../bench/rounds/table.ts';

describe('the figures', () => {
  it('are medians: the mean of two middle values', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 3, 2])).toBe(2.5);
    expect(medianOf([])).toBeNaN();
  });

  it('are shown in aligned columns, and a remark in place of figures widens none of them', () => {
    const rows = [
      ['server', 'CPU', 'MB'],
      ['a', '1.000', '12'],
      ['b', 'it could not be installed', ''],
    ];
    expect(alignTable(rows)).toEqual([
      '| server |   CPU |  MB |',
      '| ------ | ----: | --: |',
      '| a      | 1.000 |  12 |',
      '| b      | it could not be installed |     |',
    ]);
  });
});
