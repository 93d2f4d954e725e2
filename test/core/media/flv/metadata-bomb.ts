// A short onMetaData that becomes a long one when it is written again without references.
import { buildMetadata } from '../../../../core/media/flv/metadata.ts';

/** Each of so many objects holds the one before it twice. */
export function bomb(levels = 8): Buffer {
  const body = buildMetadata({ duration: 1, k0: {} }).subarray(0, -3);
  const text = (name: string): Buffer => Buffer.concat([Buffer.of(0, name.length), Buffer.from(name)]);
  const twice = (index: number): Buffer[] => {
    const reference = Buffer.of(7, 0, index);
    return [text(`k${index}`), Buffer.of(3), text('a'), reference, text('b'), reference, Buffer.of(0, 0, 9)];
  };
  const objects = Array.from({ length: levels }, (_, index) => twice(index + 1));
  return Buffer.concat([body, ...objects.flat(), Buffer.of(0, 0, 9)]);
}
