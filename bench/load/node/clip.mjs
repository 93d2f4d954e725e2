// The packed clip, read into messages that are ready to send. ../clip.ts builds it and describes its format.

import { readFileSync } from 'node:fs';
import { buildChunks } from './chunk-writer.mjs';

/** @typedef {{ timestamp: number, once: boolean, mark: number, length: number, wire: Buffer }} ClipMessage */
/** @typedef {{ messages: ClipMessage[], durationMs: number }} Clip */

/** @param {string} path @returns {Clip} */
export function readClip(path) {
  const data = readFileSync(path);
  const messages = [];
  for (let at = 12; at < data.length;) {
    const length = data.readUInt32BE(at + 8);
    const type = data[at + 4] ?? 0;
    const body = data.subarray(at + 12, at + 12 + length);
    messages.push({
      timestamp: data.readUInt32BE(at),
      once: data[at + 5] === 1,
      mark: data.readUInt16BE(at + 6),
      length,
      wire: buildChunks(type === 8 ? 4 : type === 9 ? 6 : 5, type, 1, body),
    });
    at += 12 + length;
  }
  return { messages, durationMs: data.readUInt32BE(8) };
}
