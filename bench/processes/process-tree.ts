// CPU time, memory and write calls of a process and all its descendants, read from /proc.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface TreeUsage {
  /** CPU seconds since the processes started. */
  readonly user: number;
  readonly system: number;
  /** Resident memory, bytes. */
  readonly rss: number;
  /** write and writev calls, those to sockets included, since the processes started; NaN where the kernel does not count them. */
  readonly writeCalls: number;
  readonly processes: number;
}

/** USER_HZ, which Linux fixes at 100 for everything it shows in /proc. */
const TICKS_PER_SECOND = 100;
const PAGE = 4096;

/** One process of a server. */
export interface ProcessUsage {
  /** Resident memory, bytes. */
  readonly rss: number;
  /** Sockets that it has open, those to other processes of the server included. */
  readonly sockets: number;
}

/** Sums over the process and its descendants. Throws when the process itself has ended. */
export function readTreeUsage(pid: number): TreeUsage {
  const tree = readTree(pid);
  return {
    user: sum(tree.map((one) => one.userTicks)) / TICKS_PER_SECOND,
    system: sum(tree.map((one) => one.systemTicks)) / TICKS_PER_SECOND,
    rss: sum(tree.map((one) => one.rssPages)) * PAGE,
    writeCalls: sum(tree.map((one) => readWriteCalls(one.pid))),
    processes: tree.length,
  };
}

/** The process itself, and then its descendants. Throws when it has ended. */
export function readProcesses(pid: number): readonly ProcessUsage[] {
  return readTree(pid).map((one) => ({ rss: one.rssPages * PAGE, sockets: countSockets(one.pid) }));
}

function readTree(pid: number): readonly ProcessStat[] {
  const stats = readAllStats();
  const root = stats.get(pid);
  if (!root) throw new Error(`process ${pid} has ended`);
  const tree = [root];
  for (const parent of tree) {
    for (const child of stats.values()) if (child.parent === parent.pid) tree.push(child);
  }
  return tree;
}

function countSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).filter((name) => isSocket(`${folder}/${name}`)).length;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // The process has ended since the list of all was read.
    return [];
  }
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    // It was closed between the listing and the reading.
    return false;
  }
}

export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly rssPages: number;
}

/** Parses /proc/PID/stat, proc(5). The name in parentheses may itself contain spaces and parentheses. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index - 3]);
  return {
    pid: Number.parseInt(text, 10),
    parent: number(4),
    userTicks: number(14),
    systemTicks: number(15),
    rssPages: number(24),
  };
}

/** `syscw` of /proc/PID/io, proc(5). */
function readWriteCalls(pid: number): number {
  try {
    return Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1]);
  } catch {
    // A kernel without task accounting, or a container that hides it.
    return Number.NaN;
  }
}

function readAllStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = parseProcessStat(readFileSync(`/proc/${name}/stat`, 'latin1'));
      stats.set(stat.pid, stat);
    } catch {
      // The process ended between the listing and the reading, so it is not one of ours.
    }
  }
  return stats;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
