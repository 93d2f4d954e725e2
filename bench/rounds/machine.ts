// The machine that a benchmark ran on, as a report names it.

import { cpus, release, totalmem, type as osType } from 'node:os';

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly date: string;
  /** Load average of the last minute when the benchmark started: 0 on a quiet machine. */
  readonly loadAverage: number;
}

export function machineFacts(loadAverage: number): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: `${osType()} ${release()}`,
    node: process.version,
    date: new Date().toISOString(),
    loadAverage,
  };
}
