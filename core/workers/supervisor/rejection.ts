// The report of a config that no worker has seen.
import type { ConfigFault } from '../../config-fault.ts';
import { NO_CHANGES, type ReloadReport } from '../../plugin/reload-report.ts';

export interface RejectionFacts {
  /** The config that stays current. */
  readonly generation: number;
  readonly faults?: readonly ConfigFault[];
  /** For a config without faults. */
  readonly error?: string;
}

export function rejectionReport({ generation, faults = [], error }: RejectionFacts): ReloadReport {
  return {
    generation,
    outcome: 'rejected',
    at: new Date(),
    milliseconds: 0,
    changes: NO_CHANGES,
    words: [],
    streamsKept: 0,
    viewersKept: 0,
    sessionsClosed: 0,
    faults,
    error,
  };
}
