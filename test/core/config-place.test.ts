import { expect, test } from 'vitest';
import { withPlaces } from '../../core/config-place.ts';
import { livegoError } from '../../core/errors.ts';

const taken = livegoError('LVG_LISTEN', 'inUse', { option: 'rtmp.port', address: ':1935' });
const both = livegoError('LVG_LISTEN', 'notHttp', { option: 'hls.port', other: 'rtmp.port', address: ':1' });
const rest = 'is in use by another program; stop that program or choose another port';

function explained(error: unknown, places: Readonly<Record<string, string>>): string {
  return (withPlaces(error, { placeOf: (option) => places[option] }) as Error).message;
}

test('an error of options says where each of them stands', () => {
  expect(explained(taken, { 'rtmp.port': 'line 3' })).toBe(`rtmp.port (line 3): :1935 ${rest}`);
  expect(explained(both, { 'hls.port': 'line 4', 'rtmp.port': 'listen in line 2' })).toBe(
    'hls.port (line 4) and rtmp.port (listen in line 2) both name :1, but only HTTP can share a port; change one of them',
  );
});

test('an option that a flag gave is called by the flag', () => {
  expect(explained(taken, { 'rtmp.port': '--rtmp_addr' })).toBe(`--rtmp_addr: :1935 ${rest}`);
});

test('an error whose options are not written anywhere, and one of something else, stay as they are', () => {
  expect(withPlaces(taken, { placeOf: () => undefined })).toBe(taken);
  const other = new TypeError('rtmp.port');
  expect(withPlaces(other, { placeOf: () => 'line 1' })).toBe(other);
});
