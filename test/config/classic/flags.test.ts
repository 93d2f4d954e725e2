import { describe, expect, test } from 'vitest';
import { faultsOf, loadText, resolveText } from '../fake-plugins.ts';

describe('flags', () => {
  test('override the file', async () => {
    const { plugins, apps, server } = await resolveText('{ listen: 1, hls: { port: 2 }, level: "warn" }', {
      overrides: [
        { flag: '--rtmp_addr', key: 'listen', value: ':1936' },
        { flag: '--hls_keep_after_end', key: 'hls_keep_after_end', value: true },
        { flag: '--gop_num', key: 'gop_num', value: '3' },
        { flag: '--level', key: 'level', value: 'debug' },
      ],
    });
    expect(plugins.get('rtmp')?.options).toEqual({ port: ':1936' });
    expect(plugins.get('hls')?.options).toMatchObject({ port: 2, keepAfterEnd: true });
    expect([apps[0]?.options.gop_num, server.level]).toEqual([3, 'debug']);
  });

  test('with faulty values are named in faults, without a line', async () => {
    const overrides = [{ flag: '--gop_num', key: 'gop_num', value: 'many' }];
    expect(await faultsOf('{}', { overrides })).toEqual([
      '--gop_num: "many" is a string; it must be a whole number from 0 to 100',
    ]);
  });

  test('for features that this build lacks get a warning', async () => {
    const { warnings } = await loadText('{}', {
      overrides: [{ flag: '--api_addr', key: 'operport', value: ':1' }],
    });
    expect(warnings).toEqual(['--api_addr: this build has no control API; the flag has no effect']);
  });
});
