// A lock between processes: a directory that holds a note of its owner.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { announce, SetupError } from './run.mjs';

const HEARTBEAT_MS = 2_000;
/** A lock without a heartbeat for this long has lost its owner, wherever that ran. */
const STALE_MS = 60_000;
const RETRY_MS = 100;
/** The longest honest wait: packages, browser and build on a slow line. */
const PATIENCE_MS = 20 * 60_000;

/** Runs `work` while no other process that asks for the lock at `path` does. */
export async function withLock(path, work) {
  const token = await acquire(path);
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    release(path, token);
  }
}

async function acquire(path) {
  const token = randomUUID();
  const draft = `${path}.${token}`;
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(draft);
  writeFileSync(join(draft, 'owner.json'), JSON.stringify({ token, pid: process.pid, host: hostname() }));
  try {
    await moveInto(draft, path);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return token;
}

/** A directory can be renamed over an empty one at most, so of all who try, one succeeds. */
async function moveInto(draft, path) {
  const deadline = Date.now() + PATIENCE_MS;
  for (let waiting = false; ; await delay(RETRY_MS)) {
    try {
      renameSync(draft, path);
      touch(path);
      return;
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
    }
    const owner = readOwner(path);
    if (owner === undefined) continue;
    if (isStale(path, owner)) bury(path, owner);
    else if (Date.now() > deadline)
      throw new SetupError(
        `${path} is held by process ${owner.pid} for too long; end it, or remove the directory.`,
      );
    else if (!waiting) {
      waiting = true;
      announce(`waiting for another set-up of this checkout (process ${owner.pid})`);
    }
  }
}

function isStale(path, owner) {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  return age > STALE_MS || (owner.host === hostname() && !isRunning(owner.pid));
}

/**
 * Takes a dead owner's lock away. The grave is named after the owner and stays: should two processes bury the
 * same owner, the later rename finds the grave taken, and cannot carry off the lock of a living one instead.
 */
function bury(path, owner) {
  try {
    renameSync(path, `${path}.${owner.token}`);
  } catch {
    // Somebody else has buried it; the next round of the loop sees who holds the lock now.
  }
}

/** Moved away before it is emptied: an empty directory at `path` is free for the next owner to move into. */
function release(path, token) {
  if (readOwner(path)?.token !== token) return;
  renameSync(path, `${path}.${token}`);
  rmSync(`${path}.${token}`, { recursive: true, force: true });
}

function readOwner(path) {
  try {
    return JSON.parse(readFileSync(join(path, 'owner.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The lock was taken for stale, on a machine that slept; the work goes on and release() looks at the token.
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
