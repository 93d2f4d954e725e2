// What the worker that makes a presentation is asked by the others, and its answers.
import { readFile } from 'node:fs/promises';
import { Denial, type Question, type ServerContext } from 'livego';
import type { FileSource } from 'livego/http';
import type { MasterPlaylists } from '../playlists/master-playlists.ts';
import type { PresentationRegistry } from '../presentations.ts';
import type { HandedWindow } from '../segments/handed-window.ts';
import type { ServedFile } from '../served-presentation.ts';
import {
  takeSnapshot,
  type FileAnswer,
  type FileQuestion,
  type Snapshot,
  type WatchQuestion,
} from './snapshot.ts';

/** How long a question for changes waits for one. */
const WATCH_MS = 8000;

export interface MakerQuestions {
  readonly watch: Question<WatchQuestion, Snapshot | undefined>;
  readonly file: Question<FileQuestion, FileAnswer>;
  /** The segments of a stream that has moved to the worker that asks. */
  readonly handover: Question<string, HandedWindow | undefined>;
}

/** Declares the questions. @param registry - the presentations that this worker makes */
export function declareMakerQuestions(
  context: Pick<ServerContext, 'question'>,
  registry: PresentationRegistry,
  masters: MasterPlaylists,
): MakerQuestions {
  return {
    watch: context.question<WatchQuestion, Snapshot | undefined>({
      name: 'watch',
      answer: (question) => answerWatch(registry, masters, question),
    }),
    file: context.question<FileQuestion, FileAnswer>({
      name: 'file',
      answer: (question) => answerFile(registry, question),
    }),
    handover: context.question<string, HandedWindow | undefined>({
      name: 'handover',
      answer: (key) => registry.giveAway(key),
    }),
  };
}

async function answerWatch(
  registry: PresentationRegistry,
  masters: MasterPlaylists,
  { key, revision, demanded }: WatchQuestion,
): Promise<Snapshot | undefined> {
  const presentation = registry.find(key);
  if (!presentation) return undefined;
  if (demanded) presentation.demand();
  await presentation.changes.since(revision, WATCH_MS);
  if (registry.find(key) !== presentation) return undefined;
  return takeSnapshot(presentation, {
    master: presentation.ready ? masters.ofOwn(presentation) : undefined,
    renditions: registry.renditionsOf(presentation).map((rendition) => rendition.key),
  });
}

async function answerFile(registry: PresentationRegistry, { key, file }: FileQuestion): Promise<FileAnswer> {
  const found = registry.find(key)?.file(file);
  // The one that asks denies it for now as well.
  if (found instanceof Denial) throw new Error(found.reason);
  return found && (await toAnswer(found));
}

async function toAnswer(found: ServedFile): Promise<FileAnswer> {
  if (found.kind === 'key') return found;
  const { source, etag, encrypted } = found;
  return { kind: 'segment', bytes: await bytesOf(source), etag, encrypted };
}

async function bytesOf(source: FileSource): Promise<Buffer> {
  if ('bytes' in source) return source.bytes;
  if ('file' in source) return await readFile(source.file);
  throw new TypeError('a segment is in memory or in a file');
}
