// hls.js in a real browser, and publishers whose tracks come, pause and go without a word: it plays on.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { buildSetDataFrame } from '../../../core/media/flv/metadata.ts';
import type { AmfObject } from '../../../core/media/amf0/index.ts';
import { openPage } from '../../helpers/programs/browser.ts';
import { clipPackets, isSequenceHeader } from '../../helpers/media/media.ts';
import { publishTo, type TestPublisher, type WirePacket } from '../../helpers/rtmp-client.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';

const PLAYER = createRequire(import.meta.url).resolve('hls.js/dist/hls.js');
const PAGE = pathToFileURL(join(import.meta.dirname, '..', '..', '..', 'examples', 'player.html')).href;
const CLIP_MS = 4000;
const AHEAD_MS = 200;

/** Whether the publisher sends the track at that time, in milliseconds. */
interface Script {
  readonly video: (at: number) => boolean;
  readonly audio: (at: number) => boolean;
  readonly metadata?: AmfObject;
  readonly tracksFromStart?: 'both';
}

const always = (): boolean => true;

test.each<[string, Script]>([
  ['sound pauses beside the picture', { video: always, audio: (at) => at < 5000 || at >= 11_000 }],
  ['the picture pauses beside the sound', { video: (at) => at < 5000 || at >= 11_000, audio: always }],
  ['sound leaves for good', { video: always, audio: (at) => at < 6000 }],
  ['the picture leaves for good', { video: (at) => at < 6000, audio: always }],
  ['sound joins the picture', { video: always, audio: (at) => at >= 6000 }],
  [
    'an announced picture joins the sound',
    { video: (at) => at >= 9000, audio: always, metadata: { audiocodecid: 10, width: 320 } },
  ],
  [
    'a picture that nobody announced joins the sound, with both tracks from the start',
    { video: (at) => at >= 9000, audio: always, tracksFromStart: 'both' },
  ],
])(
  'hls.js plays on when %s',
  async (_name, script) => {
    const { tracksFromStart = 'auto' } = script;
    const limits = { maxSegmentSeconds: 4 };
    const server = await startServer({ config: { hls: { segmentSeconds: 1, tracksFromStart, limits } } });
    await publishInRealTime(server, script);
    const { page } = await openPage();
    await page.setContent('<video muted></video>');
    await page.addScriptTag({ content: readFileSync(PLAYER, 'utf8') });
    const seen = await page.evaluate(playFor, { url: addressOf(server), seconds: 14, deadlineMs: 45_000 });
    expect(seen).toMatchObject({ fatal: [], played: true, both: true });
  },
  90_000,
);

/** No browser can add a track to what it plays. A player that tries again survives, because there is something to play. */
test('player.html plays on with both when the picture joins the sound without an announcement', async () => {
  const server = await startServer({ config: { hls: { segmentSeconds: 1 } } });
  await publishInRealTime(server, { video: (at) => at >= 6000, audio: always });
  const { page } = await openPage();
  await page.goto(`${PAGE}?url=${encodeURIComponent(addressOf(server))}`);
  const playing = (condition: string) =>
    page.waitForFunction(`((video) => ${condition})(document.querySelector('video'))`, undefined, {
      timeout: 40_000,
    });
  await playing('video.currentTime > 1');
  await playing('video.videoWidth > 0');
  const from = await page.evaluate<number>('document.querySelector("video").currentTime');
  await playing(`video.currentTime > ${from + 3} && video.videoWidth > 0`);
});

function addressOf(server: TestServer): string {
  return `http://127.0.0.1:${server.port('hls.port')}/live/movie.m3u8`;
}

/** A clip again and again, as long as the test runs; a track begins again with its header and a keyframe. */
async function publishInRealTime(server: TestServer, script: Script): Promise<void> {
  const packets = await clipPackets({ seconds: 4, gopSeconds: 1, bFrames: 0 });
  const headers = packets.filter(isSequenceHeader);
  const media = packets.filter((packet) => !isSequenceHeader(packet) && packet.timestamp < CLIP_MS);
  const publisher = await publishTo(server.rtmp('live/movie'));
  if (script.metadata)
    publisher.send({ kind: 'data', timestamp: 0, payload: buildSetDataFrame(script.metadata) });
  const sent = new Set<WirePacket['kind']>();
  const started = performance.now();
  let next = 0;
  const send = (): void => {
    for (; ; next++) {
      const packet = media[next % media.length]!;
      const timestamp = packet.timestamp + Math.floor(next / media.length) * CLIP_MS;
      if (timestamp > performance.now() - started + AHEAD_MS) return;
      if (script[packet.kind as 'audio' | 'video'](timestamp))
        sendPacket(publisher, { ...packet, timestamp });
    }
  };
  const sendPacket = (to: TestPublisher, packet: WirePacket): void => {
    const { kind, timestamp } = packet;
    if (!sent.has(kind))
      for (const header of headers) if (header.kind === kind) to.send({ ...header, timestamp });
    sent.add(kind);
    to.send(packet);
  };
  const timer = setInterval(send, 20);
  onTestFinished(() => clearInterval(timer));
}

interface Video {
  readonly currentTime: number;
  readonly videoWidth: number;
  readonly webkitAudioDecodedByteCount: number;
  play(): Promise<void>;
  addEventListener(event: 'timeupdate', listener: () => void): void;
}

interface Player {
  on(event: string, listener: (event: string, details: Readonly<Record<string, unknown>>) => void): void;
  loadSource(url: string): void;
  attachMedia(video: Video): void;
}

/** Globals of the page: this file is compiled without the types of browsers. */
interface PlayerPage {
  readonly Hls: (new (config: object) => Player) & { readonly Events: Readonly<Record<string, string>> };
  readonly document: { querySelector(selector: 'video'): Video };
}

/** Runs in the page: resolves when it has played that long, has failed, or has taken too long. */
async function playFor({ url, seconds, deadlineMs }: { url: string; seconds: number; deadlineMs: number }) {
  const root = globalThis as unknown as PlayerPage;
  const video = root.document.querySelector('video');
  const errors: string[] = [];
  const fatal: string[] = [];
  const hls = new root.Hls({});
  let from: number | undefined;
  let played = false;
  await new Promise<void>((resolve) => {
    hls.on(root.Hls.Events['ERROR']!, (_, { type, details, fatal: isFatal, reason }) => {
      (isFatal === true ? fatal : errors).push([type, details, reason].map(String).join(' '));
      if (isFatal === true) resolve();
    });
    video.addEventListener('timeupdate', () => {
      from ??= video.currentTime;
      played = video.currentTime - from >= seconds;
      if (played) resolve();
    });
    setTimeout(resolve, deadlineMs);
    hls.loadSource(url);
    hls.attachMedia(video);
    video.play().catch(() => {});
  });
  const both = video.videoWidth > 160 && video.webkitAudioDecodedByteCount > 0;
  return { fatal, played, both, errors, at: video.currentTime - (from ?? 0) };
}
