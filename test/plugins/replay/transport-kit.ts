// A server with a replay file of an engine: the clip of six seconds with a keyframe every two, as MPEG-TS.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { clip } from '../../helpers/media/ffmpeg.ts';
import { RunningProgram } from '../../helpers/programs/running-program.ts';
import { startServer } from '../../helpers/server.ts';
import { temporaryFolder } from '../record-flv/record-kit.ts';

const NAME = 'movie_20261125T220312_20261125T220318';

export interface ServedFile {
  /** By HTTP, without the extension. */
  readonly base: string;
  readonly rtmp: string;
  readonly file: string;
}

export async function serveReplayFile(): Promise<ServedFile> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'live'));
  const draft = join(folder, 'draft.ts');
  const copy = ['-map', '0', '-c', 'copy', draft] as const;
  await new RunningProgram(['ffmpeg', '-v', 'error', '-i', await clip({}), ...copy]).succeeded();
  const file = join(folder, 'live', `${NAME}.ts`);
  copyFileSync(draft, file);
  const replay = { port: '127.0.0.1:0', directories: [folder], segmentSeconds: 2 };
  const server = await startServer({ config: { replay } });
  const base = `http://127.0.0.1:${server.port('replay.port')}/vod/live/${NAME}`;
  await vi.waitUntil(async () => (await fetch(`${base}.m3u8`)).status === 200);
  return { base, rtmp: server.rtmp(`vod/live/${NAME}`), file };
}
