// Recordings by RTMP: rtmp://HOST/vod/APP/NAME_TIME, with pause, seek and an end.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseData } from '../../../core/protocol/rtmp/command.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { capture, clip, probePackets } from '../../helpers/media/ffmpeg.ts';
import { connectDialogue, type Heard, type RtmpDialogue } from '../../helpers/rtmp-client.ts';
import { expectSamePackets } from '../../helpers/media/same-packets.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';
import { startReplay, type Replay } from './replay-kit.ts';

let source = '';
beforeAll(async () => {
  source = await clip({});
});

type Media = Extract<Heard, { kind: 'media' }>;

async function play(
  { server, path }: Replay,
  { bufferMs = 60_000, query = '', startMs = 0 } = {},
): Promise<{ dialogue: RtmpDialogue; streamId: number }> {
  const dialogue = await connectDialogue(server.port(), 'vod/live');
  const streamId = await dialogue.createStream();
  dialogue.connection.sendUserControl({ event: 'set-buffer-length', streamId, milliseconds: bufferMs });
  dialogue.call('play', 3, [path.replace('vod/live/', '') + query, startMs], { streamId });
  return { dialogue, streamId };
}

/** A picture: neither a sequence header nor the end of a sequence. */
const isVideo = ({ packet }: Media): boolean => packet.kind === 'video' && packet.payload[1] === 1;

function answer(dialogue: RtmpDialogue, code: string): Promise<Extract<Heard, { kind: 'command' }>> {
  const hasCode = ({ command }: Extract<Heard, { kind: 'command' }>): boolean =>
    JSON.stringify(command).includes(`NetStream.${code}`);
  return dialogue.next('command', hasCode, code);
}

/** The text of data messages. */
function dataNames(dialogue: RtmpDialogue): string[] {
  return dialogue.heard.flatMap((heard) =>
    heard.kind === 'media' && heard.packet.kind === 'data'
      ? [JSON.stringify(parseData(MESSAGE_TYPE.dataAmf0, heard.packet.payload))]
      : [],
  );
}

describe('a recording by RTMP', () => {
  test('is the source packet for packet to ffmpeg, and ends', async () => {
    const { server, path } = await startReplay();
    const packets = await probePackets(server.rtmp(path), { extra: ['-rtmp_buffer', '60000'] });
    expectSamePackets(await probePackets(source), packets);
  });

  test('ends with Play.Complete, the end of the stream and Play.Stop, and can be played again', async () => {
    const replay = await startReplay();
    const { dialogue, streamId } = await play(replay);
    const codes = [await dialogue.status(), await dialogue.status()].map(({ code }) => code);
    expect(codes).toEqual(['NetStream.Play.Reset', 'NetStream.Play.Start']);
    expect((await dialogue.status()).code).toBe('NetStream.Play.Stop');
    const events = dialogue.heard.flatMap((heard) =>
      heard.kind === 'control' && heard.control.kind === 'user-control' ? [heard.control.event] : [],
    );
    expect(events).toEqual(['stream-is-recorded', 'stream-begin', 'stream-eof']);
    const data = dataNames(dialogue);
    expect(
      data.some((text) => text.startsWith('{"name":"onMetaData"') && text.includes('"duration":6')),
    ).toBe(true);
    expect(data.at(-1)).toMatch(/^\{"name":"onPlayStatus".*"NetStream\.Play\.Complete","duration":6/);
    dialogue.call('seek', 0, [0], { streamId });
    expect((await dialogue.status()).code).toBe('NetStream.Seek.Notify');
    expect((await dialogue.next('media', isVideo, 'video')).packet.timestamp).toBeLessThan(100);
  });

  test('can be paused and seeked in after all of it was sent, however long the player plays its buffer', async () => {
    const replay = await startReplay({}, { rtmp: { commandTimeoutMs: 3000 } });
    const { dialogue, streamId } = await play(replay);
    await answer(dialogue, 'Play.Stop');
    // A connection without a stream ends after the time limit.
    await (await connectDialogue(replay.server.port(), 'vod/live')).gone();
    dialogue.call('pause', 0, [true, 1000], { streamId });
    await answer(dialogue, 'Pause.Notify');
    dialogue.call('seek', 0, [4700], { streamId });
    await answer(dialogue, 'Seek.Notify');
    dialogue.call('pause', 0, [false, 4000], { streamId });
    await answer(dialogue, 'Unpause.Notify');
    await answer(dialogue, 'Play.Stop');
    dialogue.call('deleteStream', 0, [streamId]);
    await dialogue.gone();
  });

  test('continues at the keyframe before the place that is asked for', async () => {
    const replay = await startReplay();
    const { dialogue, streamId } = await play(replay);
    await dialogue.next('media', isVideo, 'video');
    dialogue.call('seek', 0, [4700], { streamId });
    const notified = await answer(dialogue, 'Seek.Notify');
    expect(JSON.stringify(notified.command)).toContain('Seeking 40');
    const first = await dialogue.next('media', ({ packet }) => packet.kind === 'video', 'a header');
    expect([first.packet.payload[1], first.packet.timestamp]).toEqual([0, expect.closeTo(4000, -2)]);
    const next = await dialogue.next('media', isVideo, 'a picture');
    expect(next.packet.payload[0]! >> 4).toBe(1);
    expect(next.packet.timestamp).toBeCloseTo(4000, -2);
  });

  test('can begin at a place', async () => {
    const { dialogue } = await play(await startReplay(), { startMs: 2500 });
    const first = await dialogue.next('media', isVideo, 'a picture');
    expect(first.packet.timestamp).toBeCloseTo(2000, -2);
  });

  test('is sent ahead of the clock no further than the player buffers, and not at all while it is paused', async () => {
    const replay = await startReplay();
    const { dialogue, streamId } = await play(replay, { bufferMs: 2000 });
    await dialogue.next('media', isVideo, 'video');
    dialogue.call('pause', 0, [true, 0], { streamId });
    await answer(dialogue, 'Pause.Notify');
    const before = dialogue.heard.length;
    // Two calls that are answered: whatever was sent before them has arrived.
    dialogue.call('pause', 0, [false, 0], { streamId });
    const unpaused = await answer(dialogue, 'Unpause.Notify');
    const between = dialogue.heard.slice(before, dialogue.heard.indexOf(unpaused));
    expect(between.filter(({ kind }) => kind === 'media')).toEqual([]);
    await answer(dialogue, 'Play.Stop');
    const pictures = dialogue.heard.filter((heard) => heard.kind === 'media' && isVideo(heard));
    const count = (await probePackets(source)).filter(({ kind }) => kind === 'video').length;
    expect(pictures).toHaveLength(count);
  });

  test('is denied by the gates of its stream, and a name that there is not is not found', async () => {
    const replay = await startReplay();
    const denied = await play(replay, { query: '?token=wrong' });
    expect(await denied.dialogue.status()).toMatchObject({
      code: 'NetStream.Play.Failed',
      description: 'a wrong token',
    });
    const missing = await play({ ...replay, path: 'vod/live/other' });
    expect(await missing.dialogue.status()).toMatchObject({ code: 'NetStream.Play.StreamNotFound' });
  });

  test('is a viewer of its stream in the list of sessions, and can be closed there', async () => {
    const replay = await startReplay();
    const { dialogue } = await play(replay, { bufferMs: 2000 });
    await dialogue.next('media', isVideo, 'video');
    const [session] = [...replay.server.server.sessions].filter(({ role }) => role === 'play');
    expect(session).toMatchObject({ app: 'live', name: 'movie' });
    expect(session!.counters.sentBytes).toBeGreaterThan(1000);
    session!.close();
    expect((await dialogue.status()).code).toBeDefined();
    await dialogue.gone();
  });
});

test('ffmpeg seeks in a recording by RTMP', async () => {
  const { server, path } = await startReplay();
  const copy = join(temporaryFolder(), 'copy.flv');
  await capture({ url: server.rtmp(path), copyTo: copy, extra: ['-ss', '4.5'] }).succeeded();
  const packets = (await probePackets(copy)).filter(({ kind }) => kind === 'video');
  expect(packets[0]).toMatchObject({ keyframe: true });
  // The keyframe at four seconds, up to the end at six.
  expect(packets).toHaveLength(50);
});
