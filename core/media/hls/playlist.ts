// HLS playlists as text (RFC 8216).
import { LivegoError } from '../../errors.ts';

/** EXT-X-KEY with METHOD=AES-128 (4.3.2.4). */
export interface PlaylistKey {
  readonly uri: string;
  /** 16 bytes; without it the media sequence number is the IV. */
  readonly iv?: Buffer;
}

/** The entry of one segment in a media playlist. */
export interface PlaylistSegment {
  readonly uri: string;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Times, codecs or tracks are unrelated to those of the segment before. */
  readonly discontinuity: boolean;
  /** Decoding can start with this segment alone. */
  readonly independent: boolean;
  /** Wall clock time of its first frame. */
  readonly programDateTime?: Date;
  readonly key?: PlaylistKey;
  /** It is lost: players are told not to ask for it (EXT-X-GAP, RFC 8216bis 4.4.4.7). */
  readonly gap?: true;
}

/** The content of a media playlist; `SegmentWindow` has all of it. */
export interface MediaPlaylist {
  /** Seconds, whole. */
  readonly targetDuration: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly segments: readonly PlaylistSegment[];
  readonly ended: boolean;
}

/** One entry of a master playlist (4.3.4.2). */
export interface PlaylistVariant {
  readonly uri: string;
  /** Peak and average bit/s. */
  readonly bandwidth: number;
  readonly averageBandwidth?: number;
  /** RFC 6381 strings of every codec in the stream; left out if one is not known. */
  readonly codecs?: readonly string[];
  readonly resolution?: { readonly width: number; readonly height: number };
  /** Frames per second. */
  readonly frameRate?: number;
}

/** Version 3 added durations with decimals (section 7); nothing later is used. */
const VERSION = 3;

/** Builds a media playlist. Throws `LVG_MEDIA` if a URI would break out of its line. */
export function buildMediaPlaylist(playlist: MediaPlaylist): string {
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${VERSION}`,
    `#EXT-X-TARGETDURATION:${playlist.targetDuration}`,
    `#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`,
  ];
  if (playlist.discontinuitySequence > 0) {
    lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`);
  }
  // The tag is a promise about every segment of the playlist (4.3.5.1).
  if (playlist.segments.every((segment) => segment.independent)) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  let key: PlaylistKey | undefined;
  for (const segment of playlist.segments) {
    pushSegment(lines, segment, key);
    key = segment.key;
  }
  if (playlist.ended) lines.push('#EXT-X-ENDLIST');
  return `${lines.join('\n')}\n`;
}

/** Builds a master playlist. Throws `LVG_MEDIA` if a URI would break out of its line. */
export function buildMasterPlaylist(variants: readonly PlaylistVariant[]): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${VERSION}`, '#EXT-X-INDEPENDENT-SEGMENTS'];
  for (const variant of variants) {
    lines.push(`#EXT-X-STREAM-INF:${streamAttributes(variant).join(',')}`, checkedUri(variant.uri));
  }
  return `${lines.join('\n')}\n`;
}

function pushSegment(lines: string[], segment: PlaylistSegment, key: PlaylistKey | undefined): void {
  if (segment.discontinuity) lines.push('#EXT-X-DISCONTINUITY');
  if (!sameKey(segment.key, key)) lines.push(keyTag(segment.key));
  if (segment.programDateTime !== undefined) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${segment.programDateTime.toISOString()}`);
  }
  if (segment.gap) lines.push('#EXT-X-GAP');
  lines.push(`#EXTINF:${(segment.durationMs / 1000).toFixed(3)},`, checkedUri(segment.uri));
}

function sameKey(left: PlaylistKey | undefined, right: PlaylistKey | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.uri !== right.uri) return false;
  return left.iv === undefined || right.iv === undefined ? left.iv === right.iv : left.iv.equals(right.iv);
}

function keyTag(key: PlaylistKey | undefined): string {
  if (key === undefined) return '#EXT-X-KEY:METHOD=NONE';
  const iv = key.iv === undefined ? '' : `,IV=0x${key.iv.toString('hex').toUpperCase()}`;
  return `#EXT-X-KEY:METHOD=AES-128,URI="${quotable(key.uri)}"${iv}`;
}

function streamAttributes(variant: PlaylistVariant): string[] {
  const attributes = [`BANDWIDTH=${Math.ceil(variant.bandwidth)}`];
  if (variant.averageBandwidth !== undefined) {
    attributes.push(`AVERAGE-BANDWIDTH=${Math.ceil(variant.averageBandwidth)}`);
  }
  if (variant.codecs !== undefined && variant.codecs.length > 0) {
    attributes.push(`CODECS="${quotable(variant.codecs.join(','))}"`);
  }
  if (variant.resolution !== undefined) {
    attributes.push(`RESOLUTION=${variant.resolution.width}x${variant.resolution.height}`);
  }
  if (variant.frameRate !== undefined) attributes.push(`FRAME-RATE=${variant.frameRate.toFixed(3)}`);
  return attributes;
}

/** A URI on a line of its own. A line that begins with # would be a comment. */
function checkedUri(uri: string): string {
  if (uri === '' || uri.startsWith('#') || /[\r\n]/.test(uri)) {
    throw new LivegoError(
      'LVG_MEDIA',
      `${JSON.stringify(uri)} cannot stand in a playlist; encode it as a URI`,
    );
  }
  return uri;
}

/** A quoted-string has no quotation marks and no line feeds (4.2). */
function quotable(text: string): string {
  if (/["\r\n]/.test(text)) {
    throw new LivegoError('LVG_MEDIA', `${JSON.stringify(text)} cannot stand in a playlist's attribute`);
  }
  return text;
}
