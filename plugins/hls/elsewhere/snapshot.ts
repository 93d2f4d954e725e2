// What the worker that makes the segments of a stream tells the others of them.
import type { HlsOptions } from '../schema.ts';
import type { Presentation } from '../presentation.ts';
import { PLAIN_FORM, type PlaylistForm } from '../playlists/stream-playlists.ts';
import { bufferOf, type KnownWindow } from '../segments/handed-window.ts';
import type { ServedFile } from '../served-presentation.ts';
import type { NumberedFile } from '../requests/url.ts';

/** In a master playlist it stands for the address of a stream's media playlist, which each viewer has. */
export function mediaUriOf(key: string): string {
  return `livego-media-uri:${encodeURIComponent(key)}`;
}

const MEDIA_URI = /livego-media-uri:(\S+)/g;

/** Puts a viewer's addresses into a master playlist. */
export function fillMaster(template: string, uriOf: (key: string) => string): string {
  return template.replaceAll(MEDIA_URI, (_, key: string) => uriOf(decodeURIComponent(key)));
}

export interface SnapshotPlaylist {
  readonly text: string;
  /** Includes its quotation marks. */
  readonly etag: string;
}

const END = '#EXT-X-ENDLIST';

/** The same with its end: no segment follows. */
export function endPlaylist({ text, etag }: SnapshotPlaylist): SnapshotPlaylist {
  return text.includes(END)
    ? { text, etag }
    : { text: `${text}${END}\n`, etag: `${etag.slice(0, -1)}-over"` };
}

/** A presentation at one moment. */
export interface Snapshot {
  /** Another one whenever something has changed. */
  readonly revision: string;
  readonly options: HlsOptions;
  readonly live: boolean;
  readonly ended: boolean;
  readonly refusal: string | undefined;
  readonly targetDuration: number;
  /** How far behind the stream a player is that starts with the first segment in the playlist. */
  readonly reachMs: number;
  /** By form: see `formName`. None before the first segment. */
  readonly playlists: Readonly<Record<string, SnapshotPlaylist>>;
  readonly master: string | undefined;
  /** Keys of its copies in other qualities. */
  readonly renditions: readonly string[];
  /** Numbers of the segments that are available. */
  readonly available: readonly number[];
  /** What a worker goes on with that gets the publisher when the one that made this has ended. */
  readonly window: KnownWindow | undefined;
}

export interface WatchQuestion {
  readonly key: string;
  /** What the asking worker has; it is told of anything else. */
  readonly revision: string | undefined;
  /** Whether viewers of the asking worker have requested something. */
  readonly demanded: boolean;
}

export interface FileQuestion {
  readonly key: string;
  readonly file: NumberedFile;
}

/** As it goes to another worker. A segment on the disk is read for that. */
export type FileAnswer =
  | { readonly kind: 'segment'; readonly bytes: Buffer; readonly etag: string; readonly encrypted: boolean }
  | Extract<ServedFile, { kind: 'key' }>
  | undefined;

export function readAnswer(answer: FileAnswer): ServedFile | undefined {
  if (answer?.kind !== 'segment') return answer;
  const { bytes, etag, encrypted } = answer;
  return {
    kind: 'segment',
    source: { bytes: bufferOf(bytes) },
    etag,
    encrypted,
  };
}

export function formName({ urls, player }: PlaylistForm): string {
  return `${urls}-${player}`;
}

export function takeSnapshot(
  presentation: Presentation,
  { master, renditions }: Pick<Snapshot, 'master' | 'renditions'>,
): Snapshot {
  const { options, ready, ended, refusal, targetDuration, segments, changes } = presentation;
  const continues = presentation.awaitsPublisher || presentation.stream !== undefined;
  const build = (form: PlaylistForm): readonly [string, SnapshotPlaylist] => {
    const { body, etag } = presentation.playlist(form);
    return [formName(form), { text: body.toString(), etag }];
  };
  return {
    revision: changes.revision,
    options,
    live: presentation.stream !== undefined,
    ended,
    refusal,
    targetDuration,
    reachMs: segments.reachMs,
    playlists: ready ? Object.fromEntries(formsOf(options).map(build)) : {},
    master,
    renditions,
    available: segments.window?.available.map(({ sequence }) => sequence) ?? [],
    window: segments.describe(continues ? 'continues' : 'is-over'),
  };
}

/** Those that requests may be for. A player that has begun with a session goes on without them. */
function formsOf({ sessionTokens }: HlsOptions): readonly PlaylistForm[] {
  const urls = sessionTokens === 'all' ? 'session' : 'mixed';
  const ofSessions = [
    { urls, player: 'new' },
    { urls, player: 'returning' },
  ] as const;
  return sessionTokens === 'none' ? [PLAIN_FORM, ...ofSessions] : ofSessions;
}
