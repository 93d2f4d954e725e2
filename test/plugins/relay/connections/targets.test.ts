import { expect, test } from 'vitest';
import { describeAudio, describeVideo } from '../../../../core/media/flv/tag-body.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import { HEVC_RECORD } from '../../../helpers/media/media.ts';
import { publishRejected } from '../../../../core/protocol/rtmp/status.ts';
import { samplePackets } from '../../../../testing/sample-packets.ts';
import { clip, publish } from '../../../helpers/media/ffmpeg.ts';
import { waitForEvent } from '../../../helpers/net.ts';
import { startTarget, type Caller } from '../fake-target.ts';
import { eventually, startPublished } from '../published-kit.ts';
import { isLive, startRelaying } from '../relay-kit.ts';
import { connectObject, isWaiting, pushTo } from '../target-kit.ts';

test('A target gets the stream’s name behind an application, headers first, and metadata that it is to keep', async () => {
  const target = await startTarget();
  const server = await pushTo(target.url('app?token=secret'));
  const caller = await target.published();
  await server.until(({ bytes }) => bytes > 10_000);
  await waitForMedia(caller, 4);
  const publishing = caller.commands.find(({ name }) => name === 'publish');
  expect(publishing?.args).toEqual(['movie?token=secret', 'live']);
  const [metadata, video, audio, first] = caller.media;
  expect(metadata?.payload.toString('latin1', 3, 16)).toBe('@setDataFrame');
  expect(metadata?.payload.toString('latin1', 19, 29)).toBe('onMetaData');
  expect(video?.payload.subarray(0, 2)).toEqual(Buffer.from([0x17, 0]));
  expect(audio?.payload.subarray(0, 2)).toEqual(Buffer.from([0xaf, 0]));
  expect(first?.payload.subarray(0, 2)).toEqual(Buffer.from([0x17, 1]));
});

test('A target gets one track alone with `only`', async () => {
  const target = await startTarget();
  const server = await startRelaying({ push: [{ url: target.url('app'), only: 'audio' }] });
  publish({ file: await clip({ seconds: 3 }), url: server.rtmp('live/movie') });
  const caller = await target.published();
  await server.saw('streamStop');
  expect(new Set(caller.media.map(({ type }) => type))).toEqual(new Set([8, 18]));
});

test('A target gets only streams whose name matches', async () => {
  const target = await startTarget();
  const server = await startRelaying({ push: [{ url: target.url('app'), name: 'event-*' }] });
  const file = await clip({ seconds: 3 });
  publish({ file, url: server.rtmp('live/other') });
  await server.saw('streamStart');
  publish({ file, url: server.rtmp('live/event-1') });
  await target.published();
  expect((await server.relays()).map(({ name }) => name)).toEqual(['event-1']);
  expect(target.callers).toHaveLength(1);
});

test('A target is asked again after it has said that the name is taken, with a pause', async () => {
  const target = await startTarget({
    answer: (command, { connection, number }) => {
      if (command.name !== 'publish' || number > 1) return false;
      connection.sendCommand(publishRejected('BadName', 'the name is taken'), 1);
      return true;
    },
  });
  const server = await pushTo(target.url('app'));
  const waiting = await server.until(isWaiting);
  expect(waiting.lastError).toBe(
    'The server rejected publish (NetStream.Publish.BadName: the name is taken).',
  );
  expect(waiting.retryInMs).toBeLessThanOrEqual(500);
  await target.published(2);
  expect(await server.until(isLive)).toMatchObject({ reconnects: 0 });
});

test('A target that repeats the stream key in its answer does not bring it into lists and logs', async () => {
  const target = await startTarget({
    answer: (command, { connection }) => {
      if (command.name !== 'publish') return false;
      const [name] = command.args;
      connection.sendCommand(publishRejected('BadName', `${name as string} is taken`), 1);
      return true;
    },
  });
  const server = await pushTo(target.url('app/my-secret-key?sign=abcdef'));
  const waiting = await server.until(isWaiting);
  expect(waiting).toMatchObject({ peer: target.url('app/***?***') });
  expect(waiting.lastError).toContain('***?sign=*** is taken');
  const all = JSON.stringify([server.log, server.server.metrics(), await server.relays()]);
  expect(all).not.toMatch(/my-secret-key|abcdef/);
});

test('A target that knows Enhanced RTMP is told so, and gets HEVC and a second track unchanged', async () => {
  const target = await startTarget();
  const config = Buffer.from(`9068766331${HEVC_RECORD}`, 'hex');
  const frame = Buffer.from('9168766331' + '000000' + '2601aa', 'hex');
  const second = Buffer.from('96016d703461' + '01' + 'bbcc', 'hex');
  const sent = [config, frame];
  await startPublished({ push: [target.url('app')] }, (publisher) => {
    for (const payload of sent) publisher.publication.receive(describeVideo(payload), 0, payload);
    publisher.publication.receive(describeAudio(second), 0, second);
  });
  const caller = await target.published();
  await waitForMedia(caller, 6);
  expect(connectObject(caller)).toMatchObject({
    capsEx: 15,
    fourCcList: expect.arrayContaining(['hvc1', 'av01', 'Opus']) as string[],
  });
  const got = new Set(caller.media.map(({ type, payload }) => `${type} ${payload.toString('hex')}`));
  expect(got).toEqual(
    new Set([`9 ${config.toString('hex')}`, `9 ${frame.toString('hex')}`, `8 ${second.toString('hex')}`]),
  );
});

test('A target that accepts and never answers is given up after responseTimeoutMs', async () => {
  const target = await startTarget({ accept: (_socket, number) => number > 1 });
  const server = await pushTo(target.url('app'), { responseTimeoutMs: 200 });
  const waiting = await server.until(({ lastError }) => lastError !== undefined);
  expect(waiting.lastError).toBe('no answer within 0.2 s (responseTimeoutMs)');
  await target.published(2);
});

test('A target that breaks off is connected again; what it gets starts with a keyframe', async () => {
  const target = await startTarget();
  const server = await pushTo(target.url('app'));
  const caller = await target.published();
  await server.until(isLive);
  caller.socket.destroy();
  await server.until(({ reconnects }) => reconnects === 1);
  const again = await target.published(2);
  await server.until(isLive);
  await waitForMedia(again, 4);
  expect(again.media[3]?.payload.subarray(0, 2)).toEqual(Buffer.from([0x17, 1]));
  expect([...server.metric('relay_reconnects_total')]).toEqual([
    [expect.stringMatching(/^push-[0-9a-f]{6}:movie$/), 1],
  ]);
  expect(server.stream('live/movie').state).toBe('live');
});

test('A target that has answered pings and falls silent is given up after silenceTimeoutMs', async () => {
  const target = await startTarget();
  const server = await pushTo(target.url('app'), { silenceTimeoutMs: 1000 });
  const caller = await target.published();
  await server.until(isLive);
  await caller.pinged();
  // It hangs from now on, as a stopped process does.
  caller.socket.pause();
  const lost = await server.until(({ reconnects }) => reconnects === 1);
  expect(lost.lastError).toBe('the peer sent nothing for 1 s (silenceTimeoutMs)');
  await target.published(2);
});

test('A target that reads too slowly loses frames, which are counted, and disturbs no other', async () => {
  const slow = await startTarget();
  const quick = await startTarget();
  void slow.published().then(({ socket }) => socket.pause());
  const { relays, server } = await startPublished(
    { push: [slow.url('app'), quick.url('app')] },
    (publisher) => publisher.send(...largePackets()),
  );
  await quick.published();
  const stateOf = async (url: string) => (await relays()).find(({ peer }) => peer === url)!;
  await eventually('drops', async () => (await stateOf(slow.url('app/movie'))).droppedPackets > 0);
  const { droppedPackets, droppedBytes, state } = await stateOf(slow.url('app/movie'));
  expect(state).toBe('live');
  expect(droppedBytes).toBeGreaterThan(droppedPackets * 50_000);
  await eventually('a delay', async () => ((await stateOf(slow.url('app/movie'))).delayMs ?? 0) > 0);
  const metric = server
    .metrics()
    .find(
      ({ metric: { name }, labels }) =>
        name === 'relay_dropped_packets_total' && labels['peer'] === slow.url('app/movie'),
    );
  // Packets are dropped meanwhile: the metric lies between the figures before and after it.
  expect(metric?.value).toBeGreaterThanOrEqual(droppedPackets);
  expect(metric?.value).toBeLessThanOrEqual((await stateOf(slow.url('app/movie'))).droppedPackets);
  expect(await stateOf(quick.url('app/movie'))).toMatchObject({ droppedPackets: 0, state: 'live' });
});

/** A keyframe and frames behind it, of 150 kilobytes each. */
function largePackets(): MediaPacket[] {
  return samplePackets({ frames: 2 })
    .filter(({ kind, header }) => kind === 'video' && !header)
    .map(({ info, payload }) => {
      const large = Buffer.alloc(150_000, 0xaa);
      payload.copy(large);
      return new MediaPacket(info, performance.now() | 0, large);
    });
}

async function waitForMedia(caller: Caller, count: number): Promise<void> {
  while (caller.media.length < count) await waitForEvent(caller.socket, 'data');
}
