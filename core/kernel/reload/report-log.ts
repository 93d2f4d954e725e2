// The last reloads.
import type { ConfigFault } from '../../config-fault.ts';
import { NO_CHANGES, type ReloadReport } from '../../plugin/reload-report.ts';
import type { StreamHub } from '../../stream/stream-hub.ts';
import { showIn, type Show } from '../../log/variable-mask.ts';
import type { Changes } from './changes.ts';
import { describeChanges, nameChanges } from './describe-report.ts';

/** Reports that are kept. */
const MAX_REPORTS = 50;

export interface ReportFacts {
  readonly outcome: ReloadReport['outcome'];
  readonly generation: number;
  /** Monotonic milliseconds. */
  readonly startedAt?: number;
  readonly changes?: Changes;
  readonly sessionsClosed?: number;
  readonly faults?: readonly ConfigFault[];
  readonly error?: string | undefined;
}

export class ReportLog {
  readonly #hub: StreamHub;
  readonly #show: Show;
  #reports: readonly ReloadReport[] = [];

  constructor(hub: StreamHub, show: Show) {
    this.#hub = hub;
    this.#show = show;
  }

  /** The newest first. */
  get all(): readonly ReloadReport[] {
    return this.#reports;
  }

  get last(): ReloadReport | undefined {
    return this.#reports[0];
  }

  add(facts: ReportFacts): ReloadReport {
    const { outcome, generation, changes, startedAt, sessionsClosed = 0, faults = [], error } = facts;
    const { streams } = this.#hub;
    const report: ReloadReport = {
      generation,
      outcome,
      at: new Date(),
      milliseconds: startedAt === undefined ? 0 : performance.now() - startedAt,
      changes: changes ? showIn(nameChanges(changes), this.#show) : NO_CHANGES,
      words: changes ? describeChanges(changes).map(this.#show) : [],
      streamsKept: streams.filter(({ origin }) => origin === 'local').length,
      viewersKept: streams.reduce((sum, stream) => sum + stream.localViewerCount, 0),
      sessionsClosed,
      faults,
      error: error === undefined ? undefined : this.#show(error),
    };
    this.#reports = [report, ...this.#reports].slice(0, MAX_REPORTS);
    return report;
  }
}
