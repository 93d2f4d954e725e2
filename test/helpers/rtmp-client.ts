// RTMP clients of this process: a publisher, a player, and a bare connection whose commands the test writes itself.
// Their classes are in rtmp/; tests import everything from here.
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { AmfValue } from '../../core/media/amf-value.ts';
import { parseRtmpUrl } from '../../core/stream-address.ts';
import { connectTo } from './net.ts';
import { RtmpDialogue } from './rtmp/dialogue.ts';
import { TestPlayer, TestPublisher, type ClientOptions } from './rtmp/test-client.ts';

export { RtmpDialogue, type Heard } from './rtmp/dialogue.ts';
export { TestClient, TestPlayer, TestPublisher, type ClientOptions } from './rtmp/test-client.ts';
export type { WirePacket } from './rtmp/wire-packet.ts';

/** Asks to publish; see `ready` and `refused`. */
export async function openPublisher(url: string, options: ClientOptions = {}): Promise<TestPublisher> {
  return new TestPublisher('publish', url, await socketFor(url, options), options);
}

/** Publishes; resolves when the server has said Start. */
export async function publishTo(url: string, options: ClientOptions = {}): Promise<TestPublisher> {
  return (await openPublisher(url, options)).ready();
}

/** Asks to play; see `ready` and `refused`. */
export async function openPlayer(url: string, options: ClientOptions = {}): Promise<TestPlayer> {
  return new TestPlayer('play', url, await socketFor(url, options), options);
}

/** Plays; resolves when the server has said Start. */
export async function playFrom(url: string, options: ClientOptions = {}): Promise<TestPlayer> {
  return (await openPlayer(url, options)).ready();
}

/** A connection to that port, past its handshake. */
export async function openDialogue(port: number): Promise<RtmpDialogue> {
  const socket = await connectTo(port);
  const dialogue = new RtmpDialogue(socket);
  onTestFinished(() => dialogue.connection.close());
  return dialogue.handshake();
}

/** A connection whose connect has succeeded. */
export async function connectDialogue(
  port: number,
  app = 'live',
  fields: Readonly<Record<string, AmfValue>> = {},
): Promise<RtmpDialogue> {
  const dialogue = await openDialogue(port);
  const answer = await dialogue.connect(app, fields);
  if (answer.name !== '_result') throw new Error(`connect was answered by ${answer.name}`);
  return dialogue;
}

async function socketFor(url: string, { socket }: ClientOptions): Promise<Duplex> {
  if (socket) return socket;
  const parsed = parseRtmpUrl(url);
  if (!parsed.ok) throw new Error(parsed.reason);
  return connectTo(parsed.port, parsed.host);
}
