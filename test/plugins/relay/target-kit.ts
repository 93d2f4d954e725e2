// A server that publishes live/movie and pushes it to a target, and what a test looks at there.
import { amfProperties } from '../../../core/media/amf-value.ts';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import type { Caller } from './fake-target.ts';
import { startRelaying, type RelayServer } from './relay-kit.ts';

export const isWaiting = ({ state }: { readonly state: string }): boolean => state === 'waiting';

export async function pushTo(
  url: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<RelayServer> {
  const server = await startRelaying({ push: [url], ...options });
  publish({ file: await clip({ seconds: 3 }), url: server.rtmp('live/movie'), repeat: 'forever' });
  await server.saw('streamStart');
  return server;
}

/** What a caller put into connect. */
export const connectObject = ({ commands }: Caller) => amfProperties(commands[0]?.object);
