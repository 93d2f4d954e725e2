// The playlists of one stream, whose media playlists are built once for each change and shared by everybody who asks.
import type { Logger } from '../../../core/log.ts';
import {
  buildMasterPlaylist,
  buildMediaPlaylist,
  readStreamVariant,
  type SegmentWindow,
  type StreamTracks,
  type StreamVariant,
} from '../../../core/media/hls/index.ts';
import { CachedPlaylists, type CachedBody } from '../../../core/http/cached-body.ts';
import type { SegmentData } from '../segments/segment-store.ts';

/**
 * URLs in a media playlist are relative to its own, so that one text serves all viewers:
 * - `session`: /APP/NAME/~TOKEN/index.m3u8 with /APP/NAME/~TOKEN/1.ts
 * - `mixed`: /APP/NAME/~TOKEN/index.m3u8 with /APP/NAME/1.ts
 * - `plain`: /APP/NAME.m3u8 with /APP/NAME/1.ts
 * - `session-again`, `mixed-again`: the same as without, for viewers of an earlier run of the server, see `runDiscontinuities`
 */
export type PlaylistKind = 'session' | 'mixed' | 'plain' | 'session-again' | 'mixed-again';

const FIRST_RUN = Date.UTC(2026, 0, 1);

/**
 * What a run of the server adds to the discontinuity sequence for players that come from an earlier one. Times have begun
 * anew, and the players have to be told; where the break was, in segments that are gone, no tag can say. The number is
 * higher than in earlier runs, and as small as can be, since hls.js counts up to it: the minutes since 2026.
 *
 * @param startedAt wall clock of the run's start, in milliseconds
 */
export function runDiscontinuities(startedAt: number): number {
  return Math.max(1, Math.floor((startedAt - FIRST_RUN) / 60_000));
}

/** The newest headers of the tracks that segments carry. */
interface DescribedTracks {
  readonly tracks: StreamTracks;
  /** Changes when `tracks` does. */
  readonly tracksVersion: number;
}

export class StreamPlaylists {
  readonly #key: string;
  /** See `runDiscontinuities`. */
  readonly #earlier: number;
  readonly #media: CachedPlaylists<PlaylistKind>;
  #variant: StreamVariant | undefined;
  #variantVersion: number | undefined;

  /**
   * @param earlier discontinuities that are added for viewers of earlier runs
   * @param nonce distinguishes the tags of this run of the server from those of others
   */
  constructor(key: string, earlier: number, nonce: string) {
    this.#key = key;
    this.#earlier = earlier;
    this.#media = new CachedPlaylists(nonce);
  }

  /** How many media playlists were built: requests cost none. */
  get built(): number {
    return this.#media.built;
  }

  /** The window has changed. */
  renew(): void {
    this.#media.renew();
  }

  media(kind: PlaylistKind, window: SegmentWindow<SegmentData>): CachedBody {
    return this.#media.get(kind, () => this.buildMedia(kind, window));
  }

  buildMedia(kind: PlaylistKind, window: SegmentWindow<SegmentData>): string {
    const folder = `${encodeURIComponent(this.#key.split('/').at(-1)!)}/`;
    const [form, again] = kind.split('-') as ['session' | 'mixed' | 'plain', 'again'?];
    const base = { session: '', mixed: '../', plain: folder }[form];
    const keyBase = kind === 'plain' ? folder : '';
    const segments = window.segments.map((segment) => {
      const { key } = segment.data;
      const uri = `${base}${segment.uri}`;
      return key
        ? { ...segment, uri, key: { uri: `${keyBase}${key.id}.key`, iv: key.iv } }
        : { ...segment, uri };
    });
    const { targetDuration, mediaSequence, ended } = window;
    const discontinuitySequence = window.discontinuitySequence + (again ? this.#earlier : 0);
    return buildMediaPlaylist({ targetDuration, mediaSequence, discontinuitySequence, ended, segments });
  }

  /** A master playlist that leads to a media playlist. */
  master(mediaUri: string, window: SegmentWindow<SegmentData>): string {
    const { peak, average } = window.bandwidth;
    const rates = { bandwidth: Math.max(1, peak), averageBandwidth: Math.max(1, average) };
    return buildMasterPlaylist([{ uri: mediaUri, ...rates, ...this.#variant }]);
  }

  /** Reads what master playlists have to say of the tracks. After the end of a stream the last description holds. */
  describe({ tracks, tracksVersion }: DescribedTracks, log: Logger): void {
    if (this.#variantVersion === tracksVersion || (!tracks.video && !tracks.audio)) return;
    this.#variantVersion = tracksVersion;
    try {
      this.#variant = readStreamVariant(tracks);
    } catch (error) {
      this.#variant = undefined;
      log.info({ err: error, stream: this.#key }, 'a sequence header cannot be described to players');
    }
  }
}
