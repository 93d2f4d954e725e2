// Channel keys: each room has one, and publishing needs it.
//
// The room holds the stores, in a file and in Redis. Gates and names are in the folder above.
import { randomInt } from 'node:crypto';
import { digestOf } from '../credentials/constant-time.ts';

/** Two maps that never mix: a room's name is no key, and a key no room. */
export interface KeyStore {
  /** The room's key, made when it is first asked for. */
  keyOf(room: string): Promise<string>;
  /** Gives the room another key. The one before is none from now on. */
  reset(room: string): Promise<string>;
  /** False when the room has no key. */
  delete(room: string): Promise<boolean>;
  /** The room of a key; undefined for a key that there is not. Throws when it cannot be said now. */
  roomOf(key: string): Promise<string | undefined>;
  close(): Promise<void>;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const KEY_LENGTH = 48;
/** Names of this form may be keys, also of another server, and are not printed. */
const KEY_LIKE = /^[0-9A-Za-z]{32,128}$/;

export function makeKey(): string {
  return Array.from({ length: KEY_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export function looksLikeKey(name: string): boolean {
  return KEY_LIKE.test(name);
}

/** Whether a key may be a part of the name, as of one that was pasted into a longer one. */
export function mayHoldKey(name: string): boolean {
  return /[0-9A-Za-z]{32}/.test(name);
}

/** Keys are looked up by this, so that the time of a look-up tells nothing about them. */
export function indexOf(key: string): string {
  return digestOf(key).toString('hex');
}
