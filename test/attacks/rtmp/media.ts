// Publishers whose media is large, wrong or without order, and viewers that do not read.
import { expect } from 'vitest';
import { buildAmf0 } from '../../../core/media/amf0/index.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { aacFrame, aacHeader, avcFrame, avcHeader } from '../../helpers/media/media.ts';
import type { WirePacket } from '../../helpers/rtmp-client.ts';
import { flushed, type Attack, type Attacker } from '../kit/attack.ts';
import { times } from '../kit/size.ts';
import { command, message, opening, sends } from './bytes.ts';

const MIB = 1024 * 1024;

/** Publishes these packets, as fast as the server takes them. */
async function publishAll(attacker: Attacker, name: string, packets: Iterable<WirePacket>): Promise<void> {
  const publisher = await attacker.publish(`live/${name}`);
  attacker.defer(() => publisher.vanish());
  for (const packet of packets) {
    if (publisher.closed) return;
    publisher.send(packet);
    await flushed(publisher.socket);
  }
}

function* count<Value>(length: number, build: (index: number) => Value): Generator<Value> {
  for (let index = 0; index < length; index++) yield build(index);
}

function video(payload: Buffer, timestamp: number): WirePacket {
  return { kind: 'video', timestamp, payload };
}

export const MEDIA: readonly Attack[] = [
  {
    name: 'a publisher sends frames of 4 MB',
    run: (attacker) =>
      publishAll(attacker, 'large', [
        avcHeader(),
        ...count(times(12, 200), (index) => avcFrame(index % 10 ? 'inter' : 'key', index * 40, 1, 4 * MIB)),
      ]),
  },
  {
    name: 'sixteen streams of one address send frames of 1 MB',
    run: async (attacker) => {
      const frames = [
        avcHeader(),
        ...count(times(3, 60), (index) => avcFrame(index % 5 ? 'inter' : 'key', index * 40, 2, MIB)),
      ];
      await Promise.all(count(16, (index) => publishAll(attacker, `sixteen-${index}`, frames)));
    },
  },
  {
    name: 'timestamps jump at random',
    run: (attacker) =>
      publishAll(attacker, 'random-times', [
        avcHeader(),
        aacHeader(),
        ...count(times(2000, 100_000), (index) => {
          const timestamp = Math.imul(index, 2_654_435_761) >>> 0;
          return index % 2 ? aacFrame(timestamp) : avcFrame(index % 10 ? 'inter' : 'key', timestamp);
        }),
      ]),
  },
  {
    name: 'time goes backwards, and stands still',
    run: (attacker) =>
      publishAll(attacker, 'backwards', [
        avcHeader(),
        ...count(1000, (index) => avcFrame('key', 4_000_000 - index * 40)),
        ...count(1000, () => avcFrame('key', 1000)),
      ]),
  },
  {
    name: 'frames are cut short, empty, and hold lengths beyond their end',
    run: (attacker) =>
      publishAll(attacker, 'broken', [
        avcHeader(),
        ...count(times(400, 20_000), (index) => {
          const payload = Buffer.from(avcFrame('key', 0, index & 0xff, 40).payload);
          payload.writeUInt32BE(Math.imul(index, 2_654_435_761) >>> 0, 5);
          return video(payload.subarray(0, index % payload.length), index * 40);
        }),
      ]),
  },
  {
    name: 'sequence headers are cut short, of noise, and different for each frame, and do not fill the log',
    run: async (attacker) => {
      const lines = attacker.server.log.length;
      await publishAll(
        attacker,
        'headers',
        count(times(600, 20_000), (index) => {
          if (index % 3 === 0) return avcHeader(index * 40, index & 0xff);
          if (index % 3 === 1) return avcFrame('key', index * 40);
          const noise = Buffer.from(avcHeader().payload);
          noise[5 + (index % (noise.length - 5))]! ^= 0xff;
          return video(noise.subarray(0, 6 + (index % 30)), index * 40);
        }),
      );
      await attacker.stream.flows();
      // Sixty a minute, and this may take some.
      expect(attacker.server.log.length - lines).toBeLessThan(400);
    },
  },
  {
    name: 'codecs change with every frame, and are unknown',
    run: (attacker) =>
      publishAll(
        attacker,
        'codecs',
        count(times(512, 20_000), (index) => {
          const payload = Buffer.alloc(60, index & 0xff);
          payload[0] = index & 0xff;
          return { kind: index % 2 ? 'audio' : 'video', timestamp: index * 20, payload };
        }),
      ),
  },
  {
    name: 'metadata of 60 KB comes with every frame',
    run: (attacker) =>
      publishAll(
        attacker,
        'metadata',
        count(times(50, 3000), (index) => ({
          kind: 'data',
          timestamp: index * 40,
          payload: buildAmf0(['@setDataFrame', 'onMetaData', { text: 'x'.repeat(60_000), index }]),
        })),
      ),
  },
  {
    name: 'frames without a byte, 20,000 of them',
    run: (attacker) =>
      publishAll(
        attacker,
        'empty',
        count(times(20_000, 500_000), (index) => ({
          kind: index % 2 ? 'audio' : 'video',
          timestamp: index,
          payload: Buffer.alloc(0),
        })),
      ),
  },
  {
    name: 'viewers play a large stream, and do not read',
    run: async (attacker) => {
      for (let index = 0; index < times(10, 200); index++) {
        const viewer = await sends(attacker, opening(), command('play', 0, null, 'unread'));
        const shared = await sends(attacker, opening(), command('play', 0, null, 'healthy'));
        viewer.pause();
        shared.pause();
      }
      await publishAll(attacker, 'unread', [
        avcHeader(),
        ...count(times(20, 400), (index) => avcFrame(index % 10 ? 'inter' : 'key', index * 40, 3, MIB / 2)),
      ]);
    },
  },
  {
    name: 'media comes on message streams that were never created',
    run: async (attacker) => {
      const { payload } = avcFrame('key', 0);
      const frames = count(1000, (index) =>
        message(MESSAGE_TYPE.video, payload, { streamId: index * 4_294_967 }),
      );
      await sends(attacker, opening(), ...frames);
    },
  },
];
