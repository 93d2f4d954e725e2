// A listening socket that the process was started with, as systemd's socket units have it.
import { describe, expect, test } from 'vitest';
import { formatAddress, parseListenAddress } from '../../../core/net/address.ts';
import { greeter } from '../kernel/plugin-kit.ts';
import { kernelForTest } from '../kernel/kernel-kit.ts';

describe('an inherited socket', () => {
  test('is named by its file descriptor, of which the first three are no sockets', () => {
    const address = parseListenAddress({ fd: 3 });
    expect(address).toMatchObject({ fd: 3 });
    expect(address && formatAddress(address)).toBe('fd 3');
    expect([{ fd: 2 }, { fd: 3.5 }, { fd: 65_536 }].map(parseListenAddress)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('that does not exist rejects the config, which says so', async () => {
    const test = kernelForTest();
    await expect(
      test.apply({ definitions: [greeter()], plugins: { greeter: { port: { fd: 65_535 } } } }),
    ).rejects.toThrow('greeter.port: fd 65535 is no listening socket that this process was started with');
  });
});
