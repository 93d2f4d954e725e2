import { afterEach, expect, test, vi } from 'vitest';
import { FlvLink } from '../../../../plugins/relay/connections/flv-link.ts';
import { parseAddress } from '../../../../plugins/relay/connections/address.ts';

afterEach(() => void vi.useRealTimers());

test('An address that no connection can be begun with leaves no timer behind', () => {
  vi.useFakeTimers();
  const events = { connected: vi.fn(), ready: vi.fn(), ended: vi.fn(), packet: vi.fn() };
  const settings = {
    // A peer may send its clients to any address.
    address: parseAddress('ws://127.0.0.1:9/live/a.flv#part')!,
    trust: { ca: undefined, insecure: false },
    timeouts: { connectTimeoutMs: 100, responseTimeoutMs: 100, silenceTimeoutMs: 1000 },
    via: 'livego',
    now: () => 0,
  };
  expect(() => new FlvLink(settings, events)).toThrow('fragment');
  expect(vi.getTimerCount()).toBe(0);
});
