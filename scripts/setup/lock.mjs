// A lock between processes: a directory with a note about its owner.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { announce, SetupError } from './run.mjs';

const HEARTBEAT_MS = 2_000;
/** The owner of a lock without a heartbeat for this long has ended, on this machine or another. */
const STALE_MS = 60_000;
const RETRY_MS = 100;
/** The longest wait for a live owner: packages, browser and build on a slow connection. */
const PATIENCE_MS = 20 * 60_000;

/** Runs `work` while holding the lock at `path`. */
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

/** A directory can be renamed only over an empty one, so one of all competitors succeeds. */
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
    if (isStale(path, owner)) removeStale(path, owner);
    else if (Date.now() > deadline)
      throw new SetupError(
        `${path} has been held by process ${owner.pid} for too long; end the process, or remove the directory.`,
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
 * Removes the lock of an owner that has ended. The lock is renamed after its owner and the new name stays: if two
 * processes remove the same lock, the later rename fails and cannot remove the lock of a live owner instead.
 */
function removeStale(path, owner) {
  try {
    renameSync(path, `${path}.${owner.token}`);
  } catch {
    // Another process has removed it. The next turn of the loop reads the present owner.
  }
}

/** Renames the lock before emptying it: the next owner may move into an empty directory at `path`. */
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
    // The machine slept and the lock was removed as stale. The work continues; release() checks the token.
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
