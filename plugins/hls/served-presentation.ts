// A presentation as requests see it: made in this worker, or in the one that the stream lives in.
import type { Denial, NowOrLater, StreamView } from 'livego';
import type { CachedBody, FileSource } from 'livego/http';
import type { YoungStream } from './playlists/startup-delay.ts';
import type { PlaylistForm } from './playlists/stream-playlists.ts';
import type { NumberedFile } from './requests/url.ts';
import type { HlsOptions } from './schema.ts';

export type ServedFile =
  | {
      readonly kind: 'segment';
      readonly source: FileSource;
      readonly etag: string;
      readonly encrypted: boolean;
    }
  | { readonly kind: 'key'; readonly key: Buffer };

export interface ServedPresentation extends YoungStream {
  readonly key: string;
  readonly options: HlsOptions;
  /** The stream that is live or may return, as viewers of this worker are counted at it. */
  readonly stream: StreamView | undefined;
  /** Whether a playlist can be served. */
  readonly ready: boolean;
  readonly ended: boolean;
  /** Why there will be no segments. */
  readonly refusal: string | undefined;
  /** A viewer has requested something. */
  demand(): void;
  /** Resolves when a playlist can be served or never will be, after `limitMs`, or when the signal aborts. */
  untilReady(limitMs: number, signal: AbortSignal): Promise<void>;
  /** Throws unless it is `ready`. */
  playlist(form: PlaylistForm): CachedBody;
  /**
   * A segment or a key; undefined when it is not available. Denied for now when the worker that has it does not answer, and
   * while an earlier worker has yet to tell what there is.
   */
  file(file: NumberedFile): NowOrLater<ServedFile | Denial | undefined>;
}
