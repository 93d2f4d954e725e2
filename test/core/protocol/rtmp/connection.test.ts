import { expect, test } from 'vitest';
import { connectResult } from '../../../../core/protocol/rtmp/responses.ts';
import { parseCapabilities } from '../../../../core/protocol/rtmp/capabilities.ts';
import { buildChunks } from '../../../../core/protocol/rtmp/chunks/chunk-writer.ts';
import { buildCommand } from '../../../../core/protocol/rtmp/command.ts';
import type { RtmpCommand } from '../../../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../../../core/protocol/rtmp/connection.ts';
import { buildControl } from '../../../../core/protocol/rtmp/message.ts';
import type { ControlMessage, RtmpMessage } from '../../../../core/protocol/rtmp/message.ts';
import { hex, readChunks, slice } from './chunks/chunk-bytes.ts';

/** A server's end, past its handshake, with everything it was told and has sent. */
function serverEnd(onMedia?: (connection: RtmpConnection) => void) {
  const told: unknown[] = [];
  const sent: Buffer[] = [];
  const connection: RtmpConnection = new RtmpConnection({
    role: 'server',
    send: (bytes) => sent.push(bytes),
    receiver: {
      onHandshake: () => told.push('handshake'),
      onCommand: (command: RtmpCommand, message: RtmpMessage) => told.push([command.name, message.streamId]),
      onMedia: (message) => {
        told.push([message.type, message.timestamp, message.payload.toString('hex')]);
        onMedia?.(connection);
      },
      onControl: (control: ControlMessage) => told.push(control),
      onSkipped: ({ code }) => told.push(`skipped: ${code}`),
    },
  });
  connection.push(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536 * 2)]));
  expect(told.splice(0)).toEqual(['handshake']);
  sent.length = 0;
  return { connection, told, sent: (): RtmpMessage[] => readChunks(Buffer.concat(sent.splice(0))) };
}

const control = (message: ControlMessage): Buffer =>
  buildChunks({ ...buildControl(message), streamId: 0, timestamp: 0, chunkStreamId: 2 }, 128);
const media = (type: number, payload: Buffer, timestamp = 0): Buffer =>
  buildChunks({ type, streamId: 1, timestamp, payload, chunkStreamId: 6 }, 128);

test('a connection hands on commands, media, data and the parts of aggregates in order, one byte at a time', () => {
  const { connection, told } = serverEnd();
  const command = buildCommand({ name: 'connect', transactionId: 1, object: {}, args: [] });
  const bytes = Buffer.concat([
    buildChunks({ ...command, streamId: 0, timestamp: 0, chunkStreamId: 3 }, 128),
    media(9, hex('1701'), 40),
    media(22, hex('08 000001 000000 00 000000 af 0000000c 09 000001 00000a 00 000000 27 0000000c'), 80),
    media(15, hex('00020000'), 90),
    media(18, hex('020000'), 95),
    media(16, hex('00')),
    media(200, hex('00')),
  ]);
  for (const byte of slice(bytes, [1])) connection.push(byte);
  expect(told).toEqual([
    ['connect', 0],
    [9, 40, '1701'],
    [8, 80, 'af'],
    [9, 90, '27'],
    [15, 90, '00020000'],
    [18, 95, '020000'],
  ]);
  expect(connection.bytesReceived).toBe(bytes.length);
});

test('a connection reads the bytes that arrive with the end of the handshake', () => {
  const told: number[] = [];
  const connection = new RtmpConnection({
    role: 'server',
    send: () => undefined,
    receiver: { onCommand: () => undefined, onMedia: (message) => told.push(message.type) },
  });
  connection.push(Buffer.concat([Buffer.from([3]), Buffer.alloc(3072), media(8, hex('af'))]));
  expect(told).toEqual([8]);
});

test('a connection answers a ping with the same number', () => {
  const { connection, told, sent } = serverEnd();
  connection.push(control({ kind: 'user-control', event: 'ping-request', timestamp: 77 }));
  expect(sent().map(({ type, payload }) => [type, payload.toString('hex')])).toEqual([[4, '00070000004d']]);
  expect(told).toEqual([{ kind: 'user-control', event: 'ping-request', timestamp: 77 }]);
  connection.ping(5);
  expect(sent().map(({ payload }) => payload.toString('hex'))).toEqual(['000600000005']);
});

test('a connection acknowledges the running total before the peer’s window is full', () => {
  const { connection, sent } = serverEnd();
  const head = control({ kind: 'window-acknowledgement-size', size: 2000 });
  connection.push(head);
  const packet = media(9, Buffer.alloc(100));
  const totals: number[] = [];
  for (let count = 1; count <= 40; count++) {
    connection.push(packet);
    for (const { type, payload } of sent()) {
      expect(type).toBe(3);
      totals.push(payload.readUInt32BE());
    }
  }
  const every = Math.ceil(1000 / packet.length) * packet.length;
  expect(totals[0]).toBe(head.length + Math.ceil((1000 - head.length) / packet.length) * packet.length);
  expect(totals[1]! - totals[0]!).toBe(every);
  expect(totals).toHaveLength(4);
});

test('a connection counts the bytes in which a window is announced against that window', () => {
  const { connection, sent } = serverEnd();
  const bytes = Buffer.concat([
    control({ kind: 'window-acknowledgement-size', size: 200 }),
    media(9, Buffer.alloc(100)),
  ]);
  connection.push(bytes);
  expect(sent().map(({ type, payload }) => [type, payload.readUInt32BE()])).toEqual([[3, bytes.length]]);
});

test('a connection acknowledges without being told a window, and never for a window of 0', () => {
  const { connection, sent } = serverEnd();
  const packet = Buffer.concat([
    control({ kind: 'set-chunk-size', chunkSize: 0xffffff }),
    buildChunks(
      { type: 9, streamId: 1, timestamp: 0, payload: Buffer.alloc(1_300_000), chunkStreamId: 6 },
      0xffffff,
    ),
  ]);
  connection.push(packet);
  expect(sent().map(({ type, payload }) => [type, payload.readUInt32BE()])).toEqual([[3, packet.length]]);
  connection.push(control({ kind: 'window-acknowledgement-size', size: 0 }));
  connection.push(packet);
  expect(sent()).toEqual([]);
});

test('a connection answers Set Peer Bandwidth with a window if it is a new one', () => {
  const { connection, sent } = serverEnd();
  const windows = (): number[] =>
    sent()
      .filter(({ type }) => type === 5)
      .map(({ payload }) => payload.readUInt32BE());
  const limit = (size: number, kind: 'hard' | 'soft' | 'dynamic'): void =>
    connection.push(control({ kind: 'set-peer-bandwidth', size, limit: kind }));
  connection.setWindow(5000);
  connection.setWindow(5000);
  expect(windows()).toEqual([5000]);
  limit(5000, 'hard');
  expect(windows()).toEqual([]);
  limit(4000, 'dynamic');
  expect(windows()).toEqual([4000]);
  limit(9000, 'soft');
  expect(windows()).toEqual([]);
  limit(3000, 'soft');
  expect(windows()).toEqual([3000]);
  limit(9000, 'dynamic');
  expect(windows()).toEqual([]);
  limit(9000, 'hard');
  expect(windows()).toEqual([9000]);
});

test('a connection sends chunks of the size that it has announced', () => {
  const { connection, sent } = serverEnd();
  connection.setChunkSize(1000);
  connection.sendMedia(9, 1, 40, Buffer.alloc(2500, 1));
  const command = connectResult({
    transactionId: 1,
    objectEncoding: 3,
    capabilities: parseCapabilities(null),
  });
  connection.sendCommand(command, 0, 'amf3');
  connection.sendData({ name: 'onMetaData', args: [] }, 1, 7);
  expect(connection.chunkSize).toBe(1000);
  expect(
    sent().map(({ type, chunkStreamId, timestamp, payload }) => [
      type,
      chunkStreamId,
      timestamp,
      payload.length,
    ]),
  ).toEqual([
    [1, 2, 0, 4],
    [9, 6, 40, 2500],
    [17, 3, 0, buildCommand(command).payload.length + 1],
    [18, 5, 7, 13],
  ]);
  for (const size of [0, 1.5, 0x1000000]) expect(() => connection.setChunkSize(size)).toThrow(/Chunk size/);
});

test('a connection is closed by bytes that it cannot read, and then neither reads nor sends', () => {
  const { connection, told, sent } = serverEnd();
  // A chunk size of 0.
  expect(() => connection.push(media(1, hex('00000000')))).toThrow(
    expect.objectContaining({ name: 'LivegoError' }),
  );
  connection.push(media(8, hex('af')));
  connection.ping(1);
  expect(told).toEqual([]);
  expect(sent()).toEqual([]);
  expect(connection.unfinishedBytes).toBe(0);
});

const PUBLISH = '02 0007 7075626c697368 00 4014000000000000 05 02 0002 6b31';

test.each([
  ['with zeros behind it', 20, `${PUBLISH} 000000`],
  ['with a leading 0, as in a message of type 17', 20, `00 ${PUBLISH}`],
  ['with a damaged value behind what is needed', 20, `${PUBLISH} 0a ffffffff`],
  ['with a string that ends too early', 20, `${PUBLISH} 02 00ff 61`],
  ['of type 17, with a damaged AMF 3 value at its end', 17, `00 ${PUBLISH} 11 0c`],
])('a command %s is read as far as it goes', (_name, type, bytes) => {
  const { connection, told } = serverEnd();
  connection.push(media(type, hex(bytes)));
  expect(told.filter((each) => typeof each !== 'string')).toEqual([['publish', 1]]);
});

test.each([
  ['an empty command', 20, ''],
  ['a command without a name', 20, '05'],
  ['a command whose name ends too early', 20, '02 00ff 61'],
  ['a command of an unknown format', 17, '09'],
  ['a user control message without an event type', 4, '00'],
  ['a ping without its time', 4, '0006'],
  ['a buffer length without its milliseconds', 4, '0003 00000001'],
  ['an acknowledgement without a number', 3, ''],
  ['a window size without a size', 5, '0000'],
  ['a peer bandwidth without a size', 6, ''],
])('%s is skipped, and told of; the connection continues', (_name, type, bytes) => {
  const { connection, told, sent } = serverEnd();
  connection.push(Buffer.concat([media(type, hex(bytes)), media(8, hex('af'))]));
  expect(told).toEqual([expect.stringMatching(/^skipped: LVG_/), [8, 0, 'af']]);
  expect(sent()).toEqual([]);
});

test('a peer that sends nothing but malformed commands is closed in the end', () => {
  const { connection, told } = serverEnd();
  for (let count = 0; count < 100; count++) connection.push(media(20, hex('05')));
  expect(told).toHaveLength(100);
  expect(() => connection.push(media(20, hex('05')))).toThrow(
    expect.objectContaining({ code: 'LVG_RTMP_COMMAND' }),
  );
});

test('a connection that the receiver closes hands on nothing more, also from the same bytes', () => {
  const { connection, told } = serverEnd((self) => self.close());
  connection.push(
    Buffer.concat([
      media(22, hex('08 000001 000000 00 000000 af 0000000c 09 000001 00000a 00 000000 27 0000000c')),
      media(8, hex('af')),
    ]),
  );
  expect(told).toHaveLength(1);
});
