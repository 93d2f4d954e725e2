// onMetaData for viewers of one kind of track: however many viewers need it, it is rewritten once.
import { expect, test } from 'vitest';
import { describeData } from '../../../../core/media/flv/packet-info.ts';
import { FlvPacketFormat } from '../../../../core/media/flv/flv-format.ts';
import { buildMetadata } from '../../../../core/media/flv/metadata.ts';
import { encodeRun } from '../../../../core/media/packet-format.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';

test('a message that is sent again with other timestamps is rewritten once', () => {
  const payload = buildMetadata({ width: 640, audiocodecid: 10 });
  const info = describeData(payload);
  const format = new FlvPacketFormat({ only: 'audio' });
  const first = encodeRun([new MediaPacket(info, 0, payload)], format);
  // It is not even read.
  payload.fill(0);
  expect(encodeRun([new MediaPacket(info, 0, payload)], format)).toEqual(first);
});
