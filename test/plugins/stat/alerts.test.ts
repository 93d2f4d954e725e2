// Ingest alerts: what is wrong with a publisher, raised once, cleared once, in plain words.
import { definePlugin, type PluginEvent } from 'livego';
import { buildMetadata, describeAudio, describeData, describeVideo, MediaPacket } from 'livego/media';
import { samplePackets } from 'livego/testing';
import { expect, test } from 'vitest';
import { startStat, stepSeconds, type StatServer } from './stat-kit.ts';

/** A server whose alerts are noted as "raised no-audio". */
async function observe(alerts: Record<string, unknown> = {}) {
  const told: PluginEvent[] = [];
  const observer = definePlugin({
    name: 'observer',
    schema: { type: 'object', properties: {} },
    app: ({ hooks }) => hooks.pluginEvent.tap((event) => void told.push(event)),
  });
  const step = stepSeconds();
  const server = await startStat({ alerts }, { plugins: [observer] });
  return {
    server,
    step,
    told,
    codes: () => told.map(({ details }) => `${String(details['state'])} ${String(details['code'])}`),
  };
}

function video(timestamp: number, { bytes = 1000, keyframe = false } = {}): MediaPacket {
  const payload = Buffer.alloc(bytes);
  payload[0] = keyframe ? 0x17 : 0x27;
  payload[1] = 1;
  return new MediaPacket(describeVideo(payload), timestamp, payload);
}

function audio(timestamp: number, bytes = 200): MediaPacket {
  const payload = Buffer.alloc(bytes);
  payload.set([0xaf, 1]);
  return new MediaPacket(describeAudio(payload), timestamp, payload);
}

interface Second {
  readonly frames?: number;
  readonly bytes?: number;
  readonly sound?: boolean;
  readonly soundBytes?: number;
  readonly keyframes?: boolean;
  /** Milliseconds that audio is late. */
  readonly drift?: number;
}

/** One second of a stream, from its first second on. */
function second(index: number, given: Second = {}): MediaPacket[] {
  const { frames = 25, bytes = 1000, sound = true, soundBytes = 200, keyframes = true, drift = 0 } = given;
  return Array.from({ length: frames }, (_, frame) => {
    const at = 10_000 + index * 1000 + (frame * 1000) / frames;
    const keyframe = keyframes && frame === 0;
    return [video(at, { bytes, keyframe }), ...(sound ? [audio(at - drift, soundBytes)] : [])];
  }).flat();
}

async function publishWell(server: StatServer) {
  const publisher = await server.published();
  return (index: number, given?: Second) => publisher.send(...second(index, given));
}

test('a good stream raises nothing', async () => {
  const { server, step, codes } = await observe();
  const send = await publishWell(server);
  step(90, (index) => send(index));
  expect(codes()).toEqual([]);
});

// A screen that is shown at 30 frames/s while something moves on it; an encoder with a constant quality.
test.each([
  ['in turns', (index: number) => (index % 14 < 7 ? 30 : 5)],
  ['at random', (index: number) => [30, 10, 5, 15, 5, 20, 10][index % 7]!],
  ['ever higher', (index: number) => Math.min(60, 5 + index)],
])('frame rate and bitrate may vary %s', async (_how, framesAt) => {
  const { server, step, codes } = await observe();
  const send = await publishWell(server);
  step(120, (index) => send(index, { frames: framesAt(index), bytes: 5000, soundBytes: 20 }));
  expect(codes()).toEqual([]);
});

test('a long GOP is no fall of the bitrate', async () => {
  const { server, step, codes } = await observe();
  const publisher = await server.published();
  step(120, (index) =>
    publisher.send(
      ...second(index, { bytes: 50, keyframes: false, soundBytes: 20 }),
      ...(index % 8 === 0 ? [video(10_999 + index * 1000, { bytes: 100_000, keyframe: true })] : []),
    ),
  );
  expect(codes()).toEqual([]);
});

const FAULTS: readonly (readonly [code: string, given: Second, words: RegExp])[] = [
  ['no-audio', { sound: false }, /audio does not; check the audio source/],
  ['no-video', { frames: 0 }, /^audio arrives and video does not/],
  ['bitrate-low', { bytes: 100, soundBytes: 20 }, /the bitrate has fallen from \d+ kbit\/s to \d+ kbit\/s/],
  ['frame-rate', { frames: 8, bytes: 3000 }, /the frame rate has fallen from [\d.]+ to 8\.0 frames\/s/],
  ['silent-audio', { soundBytes: 8 }, /the audio track is silent/],
  ['keyframe-interval', { keyframes: false }, /keyframes are 1\d\.\d s apart/],
  ['drift', { drift: 3000 }, /audio is 2\.\d s behind video/],
];

test.each(FAULTS)('%s is raised once, and cleared once it is over', async (code, given, words) => {
  const { server, step, told, codes } = await observe();
  const send = await publishWell(server);
  const audioOnly = code === 'no-video';
  const publisher = server.sessions()[0]!;
  step(40, (index) => send(index));
  expect(codes()).toEqual([]);
  step(16, (index) => {
    // A clock that runs too slowly: a sudden step would be mended.
    const drift = given.drift === undefined ? {} : { drift: Math.min(given.drift, index * 300) };
    if (!audioOnly) return send(40 + index, { ...given, ...drift });
    server.streams();
    return sendSound(server, 40 + index);
  });
  expect(codes()).toContain(`raised ${code}`);
  expect(codes().filter((each) => each === `raised ${code}`)).toHaveLength(1);
  expect(told.find(({ details }) => details['code'] === code)).toMatchObject({
    plugin: 'stat',
    kind: 'alert',
    app: 'live',
    name: 'movie',
    details: { stream: 'live/movie', message: expect.stringMatching(words) as string },
  });
  const raised = (await server.ask('/stat')).json<{ alerts: { code: string }[] }>().alerts;
  expect(raised.map((alert) => alert.code)).toContain(code);
  step(90, (index) => send(56 + index, { drift: Math.max(0, (given.drift ?? 0) - 300 * index) }));
  expect(codes().filter((each) => each.endsWith(code))).toEqual([`raised ${code}`, `cleared ${code}`]);
  expect(publisher.role).toBe('publish');

  function sendSound({ server: { kernel } }: StatServer, index: number): void {
    const stream = kernel.hub.find('live/movie')!;
    for (let frame = 0; frame < 25; frame++) {
      const packet = audio(10_000 + index * 1000 + frame * 40);
      stream.receive(packet.info, packet.timestamp, packet.payload);
    }
  }
});

test('timestamps that jump are told for a minute', async () => {
  const { server, step, codes } = await observe();
  const send = await publishWell(server);
  step(5, (index) => send(index));
  step(5, (index) => send(500 + index));
  expect(codes()).toEqual(['raised timestamp-jumps']);
  step(80, (index) => send(505 + index));
  expect(codes()).toEqual(['raised timestamp-jumps', 'cleared timestamp-jumps']);
});

test.each([
  [{ videodatarate: 60, audiodatarate: 20 }, ['raised bitrate-high']],
  // An encoder with a constant quality does not know its bitrate.
  [{ videodatarate: 0, audiodatarate: 60 }, []],
  [{ audiodatarate: 60 }, []],
])('a bitrate far above what the publisher announces is told: %j', async (announced, expected) => {
  const { server, step, codes } = await observe();
  const publisher = await server.published();
  const payload = buildMetadata(Object.assign(Object.create(null) as object, announced) as never);
  publisher.send(new MediaPacket(describeData(payload), 0, payload));
  step(40, (index) => publisher.send(...second(index)));
  expect(codes()).toEqual(expected);
});

test('a publisher without sequence headers is told', async () => {
  const { server, step, codes } = await observe();
  const publisher = await server.publish('live/movie');
  step(20, (index) => 'send' in publisher && publisher.send(...second(index)));
  expect(codes()).toContain('raised no-headers');
});

test('an option of 0 switches a rule off, and the end of a stream clears its alerts', async () => {
  const { server, step, codes } = await observe({ audioTimeoutSeconds: 0, maxDriftMs: 0 });
  const publisher = await server.published();
  step(40, (index) => publisher.send(...second(index, { sound: index < 20, keyframes: index < 20 })));
  expect(codes()).toEqual(['raised keyframe-interval']);
  publisher.leave();
  expect(codes()).toEqual(['raised keyframe-interval', 'cleared keyframe-interval']);
});

test('alerts outlive a reload of their own options', async () => {
  const { server, step, codes } = await observe();
  const publisher = await server.published();
  step(40, (index) => publisher.send(...second(index, { keyframes: index < 10 })));
  expect(codes()).toEqual(['raised keyframe-interval']);
  await server.reload({ stat: { port: '127.0.0.1:0', alerts: { maxDriftMs: 2000 } } });
  step(5, (index) => publisher.send(...second(40 + index, { keyframes: false })));
  expect(codes()).toEqual(['raised keyframe-interval']);
});

test('the log has one line when an alert is raised, and one when it is cleared', async () => {
  const { server, step } = await observe();
  const publisher = await server.published();
  publisher.send(...samplePackets({ frames: 1 }).slice(0, 2));
  step(60, (index) => publisher.send(...second(index, { keyframes: index < 10 || index > 40 })));
  const lines = server.log.filter((line) => line['alert'] === 'keyframe-interval');
  expect(lines.map(({ level, msg }) => [level, msg.split(':')[0]])).toEqual([
    [40, 'live/movie'],
    [30, 'live/movie'],
  ]);
});
