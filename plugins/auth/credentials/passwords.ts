// Passwords as they are kept: `$scrypt$ln=15,r=8,p=1$SALT$HASH`, both in Base64 (RFC 7914).
import { createHmac, randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { BoundedMap } from 'livego';
import { isSame } from './constant-time.ts';

const LOG_COST = 15;
const BLOCK_SIZE = 8;
const PARALLEL = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Costs that a config may ask for: more would let a few clients use up the memory. */
const MAX_LOG_COST = 20;

export function isHashed(stored: string): boolean {
  return stored.startsWith('$scrypt$');
}

/** The fault of a stored password; undefined if it has none. */
export function findPasswordFault(stored: string): string | undefined {
  if (!isHashed(stored)) return undefined;
  const [, cost = ''] = STORED.exec(stored) ?? [];
  if (cost === '') return 'it begins with $scrypt$ but is no such hash; make one with "livego hash"';
  return Number(cost) > MAX_LOG_COST ? `its cost is above ${MAX_LOG_COST}` : undefined;
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, costs(LOG_COST, BLOCK_SIZE, PARALLEL));
  const parameters = `ln=${LOG_COST},r=${BLOCK_SIZE},p=${PARALLEL}`;
  return `$scrypt$${parameters}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** Work on passwords that waits; more is an attack. */
const MAX_PENDING = 64;
const MAX_REMEMBERED = 1000;

/** Checks passwords. Those that were right are remembered, as digests: a viewer may come with each request. */
export class PasswordCheck {
  readonly #key = randomBytes(32);
  readonly #right = new BoundedMap<string, true>(MAX_REMEMBERED);
  #pending = 0;

  /** `busy` when too many are being checked already. */
  async check(password: string, stored: string): Promise<boolean | 'busy'> {
    if (!isHashed(stored)) return isSame(password, stored);
    const digest = createHmac('sha256', this.#key).update(`${stored}\n${password}`).digest('base64');
    if (this.#right.has(digest)) return true;
    if (this.#pending >= MAX_PENDING) return 'busy';
    this.#pending++;
    try {
      const right = await fits(password, stored);
      if (right) this.#right.set(digest, true);
      return right;
    } finally {
      this.#pending--;
    }
  }
}

async function fits(password: string, stored: string): Promise<boolean> {
  const [, cost, size, parallel, salt, hash] = STORED.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) return false;
  const wanted = Buffer.from(hash, 'base64');
  const options = costs(Number(cost), Number(size), Number(parallel));
  const given = await derive(password, Buffer.from(salt, 'base64'), wanted.length, options);
  return timingSafeEqual(given, wanted);
}

function costs(logCost: number, r: number, p: number): ScryptOptions {
  const N = 2 ** logCost;
  return { N, r, p, maxmem: 256 * N * r };
}
