// The playlists of one stream. A media playlist is built once for each change and shared by all requests for it.
import type { Logger, StreamView } from 'livego';
import { CachedBodies, type CachedBody } from 'livego/http';
import {
  buildMediaPlaylist,
  readStreamVariant,
  type PlaylistVariant,
  type SegmentWindow,
  type TrackHeaders,
  type StreamVariant,
} from 'livego/media';
import type { HlsCounters } from '../counters.ts';
import type { PlayerOrigin } from '../hls-session.ts';
import type { StoredSegment } from '../segments/stored-segment.ts';

/**
 * URLs in a media playlist are relative to its own, so that one text serves all viewers:
 * - `session`: /APP/NAME/~TOKEN/index.m3u8 with /APP/NAME/~TOKEN/1.ts
 * - `mixed`: /APP/NAME/~TOKEN/index.m3u8 with /APP/NAME/1.ts
 * - `plain`: /APP/NAME.m3u8 with /APP/NAME/1.ts
 */
export type PlaylistUrls = 'session' | 'mixed' | 'plain';

export interface PlaylistForm {
  readonly urls: PlaylistUrls;
  /** For players of an earlier run of the server see `runDiscontinuities`. */
  readonly player: PlayerOrigin;
}

/** The playlist without sessions, and the one in a directory. */
export const PLAIN_FORM: PlaylistForm = { urls: 'plain', player: 'new' };

const FIRST_RUN = Date.UTC(2026, 0, 1);

/**
 * A run of the server adds this to the discontinuity sequence for players of an earlier one. Times have restarted, and the
 * players have to be told; no tag can say where the break was, because its segments are gone. The number is higher than in
 * earlier runs, and small, because hls.js counts up to it: the minutes since 2026.
 *
 * @param startedAt - wall clock of the run's start, in milliseconds
 */
export function runDiscontinuities(startedAt: number): number {
  return Math.max(1, Math.floor((startedAt - FIRST_RUN) / 60_000));
}

export interface StreamPlaylistSettings {
  readonly counters: HlsCounters;
  /** Discontinuities that are added for players of earlier runs. */
  earlierDiscontinuities(): number;
  /** Distinguishes the tags of this run of the server from those of others. */
  readonly nonce: string;
}

type StreamName = Pick<StreamView, 'name' | 'displayKey'>;

export class StreamPlaylists {
  readonly #stream: StreamName;
  readonly #settings: StreamPlaylistSettings;
  readonly #media: CachedBodies;
  #described: TrackHeaders | undefined;
  #variant: StreamVariant | undefined;

  constructor(stream: StreamName, settings: StreamPlaylistSettings) {
    this.#stream = stream;
    this.#settings = settings;
    this.#media = new CachedBodies(settings.nonce);
  }

  /** The window has changed. */
  renew(): void {
    this.#media.renew();
  }

  media(form: PlaylistForm, window: SegmentWindow<StoredSegment>): CachedBody {
    return this.#media.get(`${form.urls}-${form.player}`, () => {
      this.#settings.counters.count('playlists');
      return this.buildMedia(form, window);
    });
  }

  buildMedia({ urls, player }: PlaylistForm, window: SegmentWindow<StoredSegment>): string {
    const folder = `${encodeURIComponent(this.#stream.name.split('/').at(-1)!)}/`;
    const base = { session: '', mixed: '../', plain: folder }[urls];
    const keyBase = urls === 'plain' ? folder : '';
    const segments = window.segments.map((segment) => {
      const { key } = segment.data;
      const uri = `${base}${segment.uri}`;
      return key
        ? { ...segment, uri, key: { uri: `${keyBase}${key.id}.key`, iv: key.iv } }
        : { ...segment, uri };
    });
    const { targetDuration, mediaSequence, ended } = window;
    const earlier = player === 'returning' ? this.#settings.earlierDiscontinuities() : 0;
    const discontinuitySequence = window.discontinuitySequence + earlier;
    return buildMediaPlaylist({ targetDuration, mediaSequence, discontinuitySequence, ended, segments });
  }

  /** The entry of a master playlist that leads to a media playlist. */
  variant(uri: string, window: SegmentWindow<StoredSegment>): PlaylistVariant {
    const { peak, average } = window.bandwidth;
    return { uri, bandwidth: Math.max(1, peak), averageBandwidth: Math.max(1, average), ...this.#variant };
  }

  /**
   * Reads what master playlists say of the tracks. After the end of a stream its last description holds.
   *
   * @param headers - the newest headers of the tracks in the segments; another object when they have changed
   */
  describe(headers: TrackHeaders, log: Logger): void {
    if (this.#described === headers || (!headers.video && !headers.audio)) return;
    this.#described = headers;
    try {
      this.#variant = readStreamVariant(headers);
    } catch (error) {
      this.#variant = undefined;
      log.info(
        { err: error, stream: this.#stream.displayKey },
        'a sequence header cannot be described to players',
      );
    }
  }
}
