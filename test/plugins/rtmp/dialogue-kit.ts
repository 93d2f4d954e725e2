// Dialogues that several suites start from.
import { expect } from 'vitest';
import { parseStatus } from '../../../core/protocol/rtmp/status.ts';
import { connectDialogue, type RtmpDialogue } from '../../helpers/rtmp-client.ts';

/** All messages from the server, each in a few words. */
export function words(dialogue: RtmpDialogue): string[] {
  return dialogue.heard.map((heard) => {
    if (heard.kind === 'control')
      return heard.control.kind === 'user-control' ? heard.control.event : heard.control.kind;
    if (heard.kind === 'media') return heard.packet.kind;
    const { name, transactionId } = heard.command;
    return name === 'onStatus' ? parseStatus(heard.command)!.code : `${name} ${transactionId}`;
  });
}

export async function publishing(
  port: number,
  name = 'movie',
): Promise<{ dialogue: RtmpDialogue; streamId: number }> {
  const dialogue = await connectDialogue(port);
  const streamId = await dialogue.createStream();
  dialogue.call('publish', 3, [name, 'live'], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Publish.Start');
  return { dialogue, streamId };
}

export async function playing(
  port: number,
  name = 'movie',
): Promise<{ dialogue: RtmpDialogue; streamId: number }> {
  const dialogue = await connectDialogue(port);
  const streamId = await dialogue.createStream();
  dialogue.call('play', 3, [name, -2000], { streamId });
  expect((await dialogue.status()).code).toBe('NetStream.Play.Reset');
  expect((await dialogue.status()).code).toBe('NetStream.Play.Start');
  return { dialogue, streamId };
}
