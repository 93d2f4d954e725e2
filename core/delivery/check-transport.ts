// What plugins give for a viewer or a delivery, checked before anything is sent: a part that is missing would be noticed by
// nothing but silence.
import type { PacketFormat } from '../media/packet-format.ts';
import { requireShape } from '../require-shape.ts';
import type { ViewerTransport } from './viewer.ts';

/** Throws LVG_PLUGIN_FAILED. */
export function checkTransport(transport: ViewerTransport): void {
  requireShape('the transport', transport, {
    'output.write': 'function',
    'output.writableLength': 'number',
    onDrain: 'function',
    close: 'function',
  });
}

/** Throws LVG_PLUGIN_FAILED. */
export function checkFormat(format: PacketFormat): void {
  requireShape('the wire format', format, {
    name: 'string',
    accepts: 'function',
    byteLength: 'function',
    write: 'function',
    start: 'function?',
  });
}

/** Calls the transport's `onDrain`. Throws LVG_PLUGIN_FAILED if that returns no function. */
export function watchDrain(transport: ViewerTransport, drained: () => void): () => void {
  const stop = transport.onDrain(drained);
  requireShape('what onDrain of the transport returns', stop, { '': 'function' });
  return stop;
}
