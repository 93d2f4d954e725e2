// Recordings that plugins offer, for every protocol that can play them.
import { definePlugin, PausedViewers, type StoredMedia } from 'livego';
import { startTestServer } from 'livego/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeAudio } from '../../../../core/media/flv/packet-info.ts';
import { MediaPacket } from '../../../../core/media/packet.ts';
import { connectDialogue } from '../../../helpers/rtmp-client.ts';
import { startServer } from '../../../helpers/server.ts';

const SOUND = Buffer.from([0x2f, 1, 2, 3]);

const PAUSES = new PausedViewers({
  limitMs: 0,
  most: 1,
  names: { limitMs: 'shelf.pause', most: 'shelf.most' },
});

/** A shelf with one recording of one sound. */
function shelf(prefix: string): StoredMedia {
  const sound = new MediaPacket(describeAudio(SOUND), 40, SOUND);
  const open = () => {
    const left = [[sound]];
    return Promise.resolve({
      headers: [],
      seek: () => Promise.resolve(0),
      read: () => Promise.resolve(left.shift() ?? []),
      close: () => {},
    });
  };
  const find = (path: string) =>
    path === 'live/song' ? { app: 'live', name: 'radio', durationMs: 40, pauses: PAUSES, open } : undefined;
  return { prefix, find };
}

const storing = (name: string, media: StoredMedia) =>
  definePlugin({
    name,
    schema: { type: 'object', properties: {} },
    server: (context) => context.store(media),
  });

describe('recordings of a custom plugin', () => {
  test('are played by RTMP under their prefix, by the gates of their stream', async () => {
    const asked: string[] = [];
    const gate = definePlugin({
      name: 'gate',
      schema: { type: 'object', properties: {} },
      app: ({ hooks }) => hooks.play.tap(({ app, name }) => void asked.push(`${app}/${name}`)),
    });
    const server = await startServer({ plugins: [storing('shelf', shelf('tape')), gate] });
    const dialogue = await connectDialogue(server.port(), 'tape/live');
    const streamId = await dialogue.createStream();
    dialogue.call('play', 3, ['song'], { streamId });
    const sound = await dialogue.next('media', ({ packet }) => packet.kind === 'audio', 'the sound');
    expect([sound.packet.timestamp, sound.packet.payload.equals(SOUND)]).toEqual([40, true]);
    expect(asked).toEqual(['live/radio']);
  });

  test('do not hide an application that has the name of their prefix', async () => {
    const config = { servers: [{ servername: 'live' }, { servername: 'tape' }] };
    const server = await startServer({ config, plugins: [storing('shelf', shelf('tape'))] });
    const dialogue = await connectDialogue(server.port(), 'tape');
    const streamId = await dialogue.createStream();
    dialogue.call('publish', 3, ['movie', 'live'], { streamId });
    expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  });
});

test('two plugins with recordings under one prefix are a fault of the config', async () => {
  const plugins = [storing('shelf', shelf('tape')), storing('rack', shelf('tape'))];
  const server = await startTestServer({ plugins: [plugins[0]!] });
  onTestFinished(() => server.stop());
  await expect(startTestServer({ plugins })).rejects.toThrow('both offer recordings under "tape"');
});
