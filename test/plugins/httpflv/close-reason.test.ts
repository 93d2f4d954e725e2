// The reason of a close frame: 123 bytes at most (RFC 6455, section 5.5), and UTF-8.
import type { Duplex } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { WebSocketTransport } from '../../../plugins/httpflv/web-socket-transport.ts';

test.each([
  ['short', 'short'],
  ['a'.repeat(200), 'a'.repeat(123)],
  // The character of three bytes that does not fit is left out as a whole.
  [`${'a'.repeat(122)}€`, 'a'.repeat(122)],
  ['€'.repeat(100), '€'.repeat(41)],
])('%s', (message, reason) => {
  const close = vi.fn();
  const transport = new WebSocketTransport({ close } as unknown as WebSocket, {} as Duplex, () => {});
  transport.close({ code: 'kicked', message });
  expect(close.mock.calls).toEqual([[1008, reason]]);
});
