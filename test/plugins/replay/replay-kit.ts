// A server that has recorded a clip of six seconds with a keyframe every two.
import { join } from 'node:path';
import { definePlugin, Denial, type Commands } from 'livego';
import { vi } from 'vitest';
import { clip, publish } from '../../helpers/media/ffmpeg.ts';
import { startServer, type TestServer } from '../../helpers/server.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';

export interface Listed {
  readonly total: number;
  readonly recordings: readonly Readonly<Record<string, unknown>>[];
}

export interface Replay {
  readonly server: TestServer;
  readonly folder: string;
  readonly file: string;
  /** Of the file by HTTP. */
  readonly url: string;
  /** By RTMP: vod/live/movie_20261125T220312 */
  readonly path: string;
  readonly list: (query?: string) => Promise<Listed>;
  readonly commands: Commands;
}

const gate = definePlugin({
  name: 'gate',
  schema: { type: 'object', properties: {} },
  app: ({ hooks }) =>
    hooks.play.tap(({ query }) =>
      query.get('token') === 'wrong' ? new Denial('forbidden', 'a wrong token') : undefined,
    ),
});

/** @param rest - of the config */
export async function startReplay(options: object = {}, rest: object = {}): Promise<Replay> {
  const folder = temporaryFolder();
  const config = {
    ...rest,
    record: { directory: folder },
    // The gate below guards the application.
    replay: { port: '127.0.0.1:0', directories: [folder], list: 'open', ...options },
  };
  let commands: Commands | undefined;
  const caller = definePlugin({
    name: 'caller',
    schema: { type: 'object', properties: {} },
    server: (context) => void ({ commands } = context),
  });
  const server = await startServer({ config, plugins: [gate, caller] });
  const base = `http://127.0.0.1:${server.port('replay.port')}`;
  const list = async (query = ''): Promise<Listed> =>
    (await fetch(`${base}/vod${query}`)).json() as Promise<Listed>;
  await publish({ file: await clip({}), url: server.rtmp('live/movie'), pace: 'fast' }).succeeded();
  await vi.waitUntil(async () => (await list()).total === 1);
  const [recording] = (await list()).recordings;
  const url = base + String(recording!['url']);
  const name = String(recording!['file']);
  const path = `vod/live/${name.replace(/\.flv$/, '')}`;
  return { server, folder, file: join(folder, 'live', name), url, path, list, commands: commands! };
}
