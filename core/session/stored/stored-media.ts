// Media that is stored and no stream: recordings. A plugin offers it, and protocols play it, with pause and seek.
//
// The room holds what both agree on, and the clock of a playback. Where the media lies is the offering plugin's.
import type { MediaPacket } from '../../media/packet.ts';
import type { PausedViewers } from './paused-viewers.ts';

/** Everything that a plugin offers: `rtmp://HOST/PREFIX/PATH`. */
export interface StoredMedia {
  /** The first part of the addresses: "vod". One plugin may have it. */
  readonly prefix: string;
  /** What a path behind the prefix names. Called before the gates, so it only looks up. */
  find(path: string): StoredItem | undefined;
}

/** One recording. It is found before the gates are asked, and opened after. */
export interface StoredItem {
  /** The stream that it is of: its gates are asked. */
  readonly app: string;
  readonly name: string;
  readonly durationMs: number;
  /** How long, and how many of, its viewers may take nothing. Shared by all recordings of the plugin. */
  readonly pauses: PausedViewers;
  /** Called once for each viewer. Throws a Denial if it cannot be played. */
  open(): Promise<StoredReader>;
}

/** The packets of a recording, for one viewer. No call comes before the call before it has settled. */
export interface StoredReader {
  /** Metadata and sequence headers, with which a viewer begins wherever it enters. */
  readonly headers: readonly MediaPacket[];
  /** Continues at the last keyframe that is not later than the time, or at the first one. Returns its time. */
  seek(timeMs: number): Promise<number>;
  /** The next packets, about a second or 256 KiB of them. None: the recording has ended. */
  read(): Promise<readonly MediaPacket[]>;
  /** Called once. */
  close(): void;
}

/** The stored media of all plugins. */
export interface StoredLibrary {
  /** Whether addresses that begin with this part mean stored media. */
  has(prefix: string): boolean;
  /** @param path - with the prefix: "vod/live/movie_20261125T220312" */
  find(path: string): StoredItem | undefined;
}
