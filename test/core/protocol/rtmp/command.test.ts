import { describe, expect, test } from 'vitest';
import { createAmfObject } from '../../../../core/media/amf-value.ts';
import type { AmfObject, AmfValue } from '../../../../core/media/amf-value.ts';
import { buildAmf3 } from '../../../../core/media/amf3/index.ts';
import {
  callError,
  connectError,
  connectResult,
  createStreamResult,
  emptyResult,
  onBWDone,
  onFCPublish,
  onFCUnpublish,
  sampleAccess,
  streamLengthResult,
} from '../../../../core/protocol/rtmp/responses.ts';
import {
  agreeCapabilities,
  buildCapabilities,
  CAPS_EX,
  parseCapabilities,
  SERVER_CAPABILITIES,
} from '../../../../core/protocol/rtmp/capabilities.ts';
import {
  buildCommand,
  buildData,
  dataPayloadAsAmf0,
  parseCommand,
  parseData,
} from '../../../../core/protocol/rtmp/command.ts';
import type { RtmpCommand } from '../../../../core/protocol/rtmp/command.ts';
import {
  connectionClosed,
  parseStatus,
  playRejected,
  playReset,
  playStart,
  publishRejected,
  publishStart,
  reconnectRequest,
  unpublishNotify,
} from '../../../../core/protocol/rtmp/status.ts';
import { hex } from './chunks/chunk-bytes.ts';

const object = (fields: Record<string, AmfValue>): AmfObject => Object.assign(createAmfObject(), fields);
const wire = (command: RtmpCommand): string => buildCommand(command).payload.toString('hex');
const string = (text: string): string =>
  `02${text.length.toString(16).padStart(4, '0')}${Buffer.from(text).toString('hex')}`;
const key = (text: string): string => string(text).slice(2);
const number = (value: number): string => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes.toString('hex');
};

test('commands are name, transaction id, object and arguments, and back', () => {
  const command: RtmpCommand = { name: 'publish', transactionId: 5, object: null, args: ['movie', 'live'] };
  const built = buildCommand(command);
  expect(built.type).toBe(20);
  expect(built.payload.toString('hex')).toBe(
    string('publish') + number(5) + '05' + string('movie') + string('live'),
  );
  expect(parseCommand(20, built.payload)).toEqual(command);
});

test('commands of type 17 carry AMF0 behind a zero byte', () => {
  const command: RtmpCommand = { name: 'createStream', transactionId: 4, object: null, args: [] };
  const built = buildCommand(command, 'amf3');
  expect(built).toEqual({
    type: 17,
    payload: Buffer.concat([Buffer.from([0]), buildCommand(command).payload]),
  });
  expect(parseCommand(17, built.payload)).toEqual(command);
});

test('commands of type 17 may switch single values to AMF3', () => {
  const payload = hex(`00 ${string('play')} ${number(2)} 05 11 06 0b 6d6f766965`);
  expect(parseCommand(17, payload)).toEqual({
    name: 'play',
    transactionId: 2,
    object: null,
    args: ['movie'],
  });
});

test.each([hex('03'), Buffer.alloc(0)])(
  'commands of type 17 may be AMF3 throughout (format byte "%s")',
  (format) => {
    const payload = Buffer.concat([format, buildAmf3(['play', 2, null, 'movie'])]);
    expect(parseCommand(17, payload)).toEqual({
      name: 'play',
      transactionId: 2,
      object: null,
      args: ['movie'],
    });
  },
);

test('commands of type 17 may lack the format byte', () => {
  expect(parseCommand(17, hex(string('play') + number(2))).name).toBe('play');
});

test('commands without a transaction id have 0', () => {
  expect(parseCommand(20, hex(string('FCUnpublish')))).toEqual({
    name: 'FCUnpublish',
    transactionId: 0,
    object: null,
    args: [],
  });
});

test.each([
  [20, ''],
  [20, number(1)],
  [20, '020000'],
  [17, ''],
  [17, '09'],
  [17, '00'],
])('commands of type %i with payload "%s" are rejected', (type, payload) => {
  expect(() => parseCommand(type, hex(payload))).toThrow(
    expect.objectContaining({ code: 'LVG_RTMP_COMMAND' }),
  );
});

describe('data messages', () => {
  const data = { name: 'onMetaData', args: [object({ width: 1920 })] };

  test('are read from type 18 and 15 alike', () => {
    expect(parseData(18, buildData(data).payload)).toEqual(data);
    expect(buildData(data, 'amf3').type).toBe(15);
    expect(parseData(15, buildData(data, 'amf3').payload)).toEqual(data);
  });

  test('of type 15 become those of type 18 by dropping the format byte, without a copy', () => {
    const { payload } = buildData(data, 'amf3');
    const converted = dataPayloadAsAmf0(15, payload);
    expect(converted).toEqual(buildData(data).payload);
    expect(converted.buffer).toBe(payload.buffer);
    expect(dataPayloadAsAmf0(18, payload)).toBe(payload);
  });

  test('of pure AMF3 are written again as AMF0', () => {
    const payload = buildAmf3(['onMetaData', { width: 1920 }]);
    expect(parseData(18, dataPayloadAsAmf0(15, payload))).toEqual(data);
  });

  test('of AMF3 that would take many times their length as AMF0 are rejected', () => {
    const payload = buildAmf3(['onMetaData', Array(1500).fill('x'.repeat(10_000))]);
    expect(() => dataPayloadAsAmf0(15, payload)).toThrow(/takes more than \d+ bytes/);
  });
});

const classic = parseCapabilities(null);

test('connect succeeds as FMS 3.0.1.123 with capabilities 31 and mode 1', () => {
  expect(wire(connectResult({ transactionId: 1, objectEncoding: 0, capabilities: classic }))).toBe(
    [
      string('_result'),
      number(1),
      '03',
      key('fmsVer'),
      string('FMS/3,0,1,123'),
      key('capabilities'),
      number(31),
      key('mode'),
      number(1),
      '000009',
      '03',
      key('level'),
      string('status'),
      key('code'),
      string('NetConnection.Connect.Success'),
      key('description'),
      string('Connection succeeded.'),
      key('objectEncoding'),
      number(0),
      '000009',
    ].join(''),
  );
});

test('createStream, releaseStream and getStreamLength get a result in the right place', () => {
  expect(wire(createStreamResult(4, 1))).toBe(string('_result') + number(4) + '05' + number(1));
  expect(wire(emptyResult(2))).toBe(string('_result') + number(2) + '0506');
  expect(wire(streamLengthResult(5, 0))).toBe(string('_result') + number(5) + '05' + number(0));
});

test('a publish starts, or is rejected with level error', () => {
  expect(publishStart('movie').args[0]).toMatchObject({ level: 'status', code: 'NetStream.Publish.Start' });
  expect(publishRejected('BadName', 'taken').args[0]).toMatchObject({
    level: 'error',
    code: 'NetStream.Publish.BadName',
    description: 'taken',
  });
  expect(playRejected('StreamNotFound', 'none').args[0]).toMatchObject({
    level: 'error',
    code: 'NetStream.Play.StreamNotFound',
  });
  expect(playReset('movie').args[0]).toMatchObject({ level: 'status', code: 'NetStream.Play.Reset' });
  expect(playStart('movie').args[0]).toMatchObject({ level: 'status', code: 'NetStream.Play.Start' });
  expect(unpublishNotify('movie').args[0]).toMatchObject({
    level: 'status',
    code: 'NetStream.Play.UnpublishNotify',
  });
});

test('a rejected connect or call is an _error with the code and the reason', () => {
  expect(connectError(1, 'NetConnection.Connect.InvalidApp', 'no such app')).toMatchObject({
    name: '_error',
    transactionId: 1,
    args: [{ level: 'error', code: 'NetConnection.Connect.InvalidApp', description: 'no such app' }],
  });
  expect(callError(9, 'unknown').args[0]).toMatchObject({ code: 'NetConnection.Call.Failed' });
});

test('the notices of Flash Media Server have its shape', () => {
  expect(wire(onFCPublish('movie'))).toBe(
    string('onFCPublish') +
      number(0) +
      '05' +
      '03' +
      key('code') +
      string('NetStream.Publish.Start') +
      key('description') +
      string('movie') +
      '000009',
  );
  expect(onFCUnpublish('movie').args[0]).toMatchObject({ code: 'NetStream.Unpublish.Success' });
  expect(onBWDone().name).toBe('onBWDone');
  expect(buildData(sampleAccess()).payload.toString('hex')).toBe(string('|RtmpSampleAccess') + '01010101');
});

test('a reconnect request says where to, if anywhere', () => {
  expect(reconnectRequest().args).toEqual([
    { level: 'status', code: 'NetConnection.Connect.ReconnectRequest' },
  ]);
  expect(reconnectRequest({ tcUrl: 'rtmp://b/live', description: 'restart' }).args[0]).toMatchObject({
    tcUrl: 'rtmp://b/live',
    description: 'restart',
  });
});

test('a status is read from what was sent, and from nothing else', () => {
  expect(parseStatus(parseCommand(20, buildCommand(connectionClosed('bye')).payload))).toMatchObject({
    level: 'status',
    code: 'NetConnection.Connect.Closed',
    description: 'bye',
  });
  expect(parseStatus({ name: 'onStatus', transactionId: 0, object: null, args: ['x'] })).toBeUndefined();
  expect(parseStatus({ name: 'onStatus', transactionId: 0, object: null, args: [] })).toBeUndefined();
});

describe('Enhanced RTMP capabilities', () => {
  test('are not answered to a client that sent none', () => {
    const agreed = agreeCapabilities(parseCapabilities(object({ app: 'live', objectEncoding: 0 })));
    expect(buildCapabilities(agreed)).toEqual({});
  });

  test('are answered with our codecs and the capsEx that both have', () => {
    const client = parseCapabilities(
      object({ fourCcList: ['av01', 'hvc1', 7], capsEx: CAPS_EX.reconnect | CAPS_EX.multitrack | 64 }),
    );
    expect(client.fourCcList).toEqual(['av01', 'hvc1']);
    const fields = buildCapabilities(agreeCapabilities(client));
    expect(fields['capsEx']).toBe(3);
    expect(fields['fourCcList']).toContain('av01');
    expect(fields['videoFourCcInfoMap']).toMatchObject({ hvc1: 4, av01: 4, vp09: 4 });
    expect(fields['audioFourCcInfoMap']).toMatchObject({ Opus: 4, mp4a: 4 });
  });

  test('survive the wire and odd values', () => {
    const command: RtmpCommand = {
      name: 'connect',
      transactionId: 1,
      object: buildCapabilities(SERVER_CAPABILITIES),
      args: [],
    };
    expect(parseCapabilities(parseCommand(20, buildCommand(command).payload).object)).toEqual(
      SERVER_CAPABILITIES,
    );
    expect(parseCapabilities(object({ capsEx: 'x', fourCcList: 5, videoFourCcInfoMap: [1] }))).toMatchObject({
      capsEx: 0,
      fourCcList: [],
    });
    expect(parseCapabilities('x').enhanced).toBe(false);
  });
});
