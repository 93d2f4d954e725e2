// Abilities that client and server exchange in connect (Enhanced RTMP v2, "Enhancing NetConnection connect Command").
import { amfProperties } from '../../media/amf-value.ts';
import type { AmfValue } from '../../media/amf-value.ts';

/** Bits of capsEx. */
export const CAPS_EX = { reconnect: 1, multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const;

/** Bits of the values in videoFourCcInfoMap and audioFourCcInfoMap. */
const FOURCC_INFO = { canDecode: 1, canEncode: 2, canForward: 4 } as const;

/** One side's abilities. Absent fields are empty; `enhanced` is false if the peer sent none of them. */
export interface RtmpCapabilities {
  readonly enhanced: boolean;
  /** Bits of CAPS_EX. */
  readonly capsEx: number;
  readonly fourCcList: readonly string[];
  /** FourCC or `*` → bits of FOURCC_INFO. */
  readonly videoFourCcInfoMap: ReadonlyMap<string, number>;
  readonly audioFourCcInfoMap: ReadonlyMap<string, number>;
}

const VIDEO_FOURCCS = ['avc1', 'hvc1', 'vvc1', 'av01', 'vp09', 'vp08'];
const AUDIO_FOURCCS = ['mp4a', '.mp3', 'Opus', 'fLaC', 'ac-3', 'ec-3'];

/** Names kept of one list; a hostile connect may send more. */
const MAX_FOURCCS = 64;

/**
 * The abilities of a server that forwards messages unchanged: every codec, reconnect requests, multitrack, ModEx and
 * nanosecond offsets.
 */
export const SERVER_CAPABILITIES: RtmpCapabilities = Object.freeze({
  enhanced: true,
  capsEx: CAPS_EX.reconnect | CAPS_EX.multitrack | CAPS_EX.modEx | CAPS_EX.timestampNanoOffset,
  fourCcList: [...VIDEO_FOURCCS, ...AUDIO_FOURCCS],
  videoFourCcInfoMap: forwardAll(VIDEO_FOURCCS),
  audioFourCcInfoMap: forwardAll(AUDIO_FOURCCS),
});

/** Reads them from connect's command object or from the properties of its result. Never throws: odd values are absent. */
export function parseCapabilities(object: AmfValue): RtmpCapabilities {
  const fields = amfProperties(object);
  const capsEx = fields?.['capsEx'];
  const list = fields?.['fourCcList'];
  const video = fields?.['videoFourCcInfoMap'];
  const audio = fields?.['audioFourCcInfoMap'];
  return {
    enhanced: [capsEx, list, video, audio].some((field) => field !== undefined && field !== null),
    capsEx: typeof capsEx === 'number' ? capsEx >>> 0 : 0,
    fourCcList: Array.isArray(list)
      ? list.filter((name) => typeof name === 'string').slice(0, MAX_FOURCCS)
      : [],
    videoFourCcInfoMap: parseInfoMap(video),
    audioFourCcInfoMap: parseInfoMap(audio),
  };
}

/** The fields to put into connect's command object or into the properties of its result. */
export function buildCapabilities(capabilities: RtmpCapabilities): Record<string, AmfValue> {
  if (!capabilities.enhanced) return {};
  return {
    capsEx: capabilities.capsEx,
    fourCcList: [...capabilities.fourCcList],
    videoFourCcInfoMap: Object.fromEntries(capabilities.videoFourCcInfoMap),
    audioFourCcInfoMap: Object.fromEntries(capabilities.audioFourCcInfoMap),
  };
}

/**
 * The server's answer to a client's capabilities: ours, with the bits of capsEx that both have. A client that sent none
 * gets none, so that old clients see the classic result.
 */
export function agreeCapabilities(
  client: RtmpCapabilities,
  server: RtmpCapabilities = SERVER_CAPABILITIES,
): RtmpCapabilities {
  if (!client.enhanced) return parseCapabilities(null);
  return { ...server, capsEx: server.capsEx & client.capsEx };
}

function parseInfoMap(value: AmfValue): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (const [name, bits] of Object.entries(amfProperties(value) ?? {})) {
    if (typeof bits === 'number' && map.size < MAX_FOURCCS) map.set(name, bits >>> 0);
  }
  return map;
}

function forwardAll(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name) => [name, FOURCC_INFO.canForward]));
}
