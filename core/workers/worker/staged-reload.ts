// The reload that waits for the other workers.
//
//          stage                          settle: apply, or take back
//   idle ─────────▶ staging ─▶ staged ─────────────────────────────────▶ idle
//                      └──rejected────────────────────────────────────────┘
import type { ConfirmReload } from '../../kernel/settings.ts';
import type { ReloadReport } from '../../plugin/reload-report.ts';

interface Waiting {
  readonly report: Promise<ReloadReport>;
  /** Lets the kernel go on. @param reason - why the config is taken back */
  settle(reason: string | undefined): void;
}

export class StagedReload {
  #waiting: Waiting | undefined;
  #rejected: ReloadReport | undefined;

  /** Resolves with undefined when everything is staged, or with the report of the rejection. */
  async stage(reload: (confirm: ConfirmReload) => Promise<ReloadReport>): Promise<ReloadReport | undefined> {
    let settle = (_reason: string | undefined): void => {};
    const verdict = new Promise<string | undefined>((resolve) => (settle = resolve));
    let reached = (): void => {};
    const staged = new Promise<undefined>((resolve) => (reached = () => resolve(undefined)));
    const report = reload(() => {
      reached();
      return verdict;
    });
    this.#waiting = { report, settle };
    const rejected = await Promise.race([staged, report]);
    return rejected && this.reject(rejected);
  }

  /** The config was rejected here, before anything waited. */
  reject(report: ReloadReport): ReloadReport {
    this.#waiting = undefined;
    this.#rejected = report;
    return report;
  }

  /** Resolves with the report when the config has been applied or taken back. */
  async settle(apply: boolean, reason: string): Promise<ReloadReport> {
    const waiting = this.#waiting;
    const rejected = this.#rejected;
    this.#waiting = undefined;
    this.#rejected = undefined;
    if (rejected) return rejected;
    if (!waiting) throw new Error('nothing is staged');
    waiting.settle(apply ? undefined : reason);
    return await waiting.report;
  }
}
