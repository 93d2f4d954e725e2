// A server that records into a folder of its own, without a socket.
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type Commands, type Denial, type FinishedFile } from 'livego';
import { startTestServer, type TestPublisher, type TestServer } from 'livego/testing';
import { onTestFinished } from 'vitest';
import { readFlvFile } from '../../helpers/media/flv-file.ts';
import record from '../../../plugins/record-flv/index.ts';

export interface RecordServer extends TestServer {
  readonly folder: string;
  /** Every file that was announced, in order. */
  readonly announced: readonly FinishedFile[];
  /** Resolves when so many files have been announced since the start. */
  finished(count: number): Promise<readonly FinishedFile[]>;
  /** Paths below the folder, sorted. */
  files(): string[];
  /** A config with these options of recording. */
  config(options?: object, rest?: object): Record<string, unknown>;
  publisher(path?: string): Promise<TestPublisher>;
  /** Calls a command of a plugin, as the API does. */
  command(name: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
}

export async function startRecording(
  options: object = {},
  rest: object = {},
  folder: string = temporaryFolder(),
): Promise<RecordServer> {
  const announced: FinishedFile[] = [];
  const events = new EventEmitter();
  let commands: Commands | undefined;
  const observer = definePlugin({
    name: 'observer',
    schema: { type: 'object', properties: {} },
    server: (context) => void (commands = context.commands),
    app: ({ hooks }) =>
      hooks.fileEnd.tap((file) => {
        announced.push(file);
        events.emit('file');
      }),
  });
  const config = (more: object = {}, others: object = {}): Record<string, unknown> => ({
    ...others,
    record: { directory: folder, ...more },
  });
  const server = await startTestServer({ plugins: [record, observer], config: config(options, rest) });
  onTestFinished(() => server.stop());
  return {
    ...server,
    folder,
    announced,
    config,
    finished: async (count) => {
      while (announced.length < count) await once(events, 'file');
      return announced;
    },
    files: () => filesIn(folder),
    command: (name, input) => commands!.call(name, input),
    publisher: async (path = 'live/movie') => admitted(await server.publish(path)),
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Pictures of a recording. */
export function framesOf(file: string): number {
  return readFlvFile(file).tags.filter(({ type, body }) => type === 'video' && body[1] === 1).length;
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

function admitted(publisher: TestPublisher | Denial): TestPublisher {
  if ('reason' in publisher) throw new Error(publisher.reason);
  return publisher;
}
