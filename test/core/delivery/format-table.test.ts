// Formats that viewers share.
import { expect, test } from 'vitest';
import { FormatTable } from '../../../core/delivery/format-table.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';

const make = (): FlvPacketFormat => new FlvPacketFormat();

test('a name has one format', () => {
  const formats = new FormatTable();
  expect(formats.acquire('flv/all', make)).toBe(formats.acquire('flv/all', make));
  expect(formats.acquire('flv/all', make)).not.toBe(formats.acquire('flv/audio', make));
});

test('many other names do not grow the memory, and cost one in use nothing', () => {
  const formats = new FormatTable();
  const used = formats.acquire('rtmp/4096/1/all', make);
  const unused = formats.acquire('rtmp/4096/2/all', make);
  for (let id = 3; id < 1000; id++) {
    formats.acquire(`rtmp/4096/${id}/all`, make);
    expect(formats.acquire('rtmp/4096/1/all', make)).toBe(used);
  }
  expect(formats.acquire('rtmp/4096/2/all', make)).not.toBe(unused);
});
