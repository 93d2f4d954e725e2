// Formats that viewers share.
import { expect, test } from 'vitest';
import { FormatTable } from '../../../core/delivery/format-table.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import { sharedFormat } from '../../../core/media/packet-format.ts';

const make = (): FlvPacketFormat => new FlvPacketFormat();

const PLUGIN = {};

test('a name has one format', () => {
  const formats = new FormatTable();
  expect(formats.acquire(PLUGIN, 'flv/all', make)).toBe(formats.acquire(PLUGIN, 'flv/all', make));
  expect(formats.acquire(PLUGIN, 'flv/all', make)).not.toBe(formats.acquire(PLUGIN, 'flv/audio', make));
});

test('another plugin’s format of the same name is another one', () => {
  const formats = new FormatTable();
  const other = formats.acquire({}, 'flv/all', make);
  expect(formats.acquire(PLUGIN, 'flv/all', make)).not.toBe(other);
});

test('a shared format is one in each server', () => {
  const [formats, others] = [new FormatTable(), new FormatTable()];
  const token = sharedFormat(make);
  expect(formats.share(token)).toBe(formats.share(token));
  expect(others.share(token)).not.toBe(formats.share(token));
  expect(formats.share(sharedFormat(make))).not.toBe(formats.share(token));
});

test('many other names do not grow the memory, and cost one in use nothing', () => {
  const formats = new FormatTable();
  const another = {};
  const others = formats.acquire(another, 'rtmp/4096/1/all', make);
  const used = formats.acquire(PLUGIN, 'rtmp/4096/1/all', make);
  const unused = formats.acquire(PLUGIN, 'rtmp/4096/2/all', make);
  for (let id = 3; id < 1000; id++) {
    formats.acquire(PLUGIN, `rtmp/4096/${id}/all`, make);
    expect(formats.acquire(PLUGIN, 'rtmp/4096/1/all', make)).toBe(used);
  }
  expect(formats.acquire(PLUGIN, 'rtmp/4096/2/all', make)).not.toBe(unused);
  expect(formats.acquire(another, 'rtmp/4096/1/all', make)).toBe(others);
});
