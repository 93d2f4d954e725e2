// The last reloads of all workers together. The supervisor notes them and tells the workers, so that each can show them.
import { AppliedTexts } from '../following/applied-texts.ts';
import type { AppliedText } from '../plugin/config-access.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';
import type { Past } from './messages.ts';

const MAX_REPORTS = 50;

export class ReloadHistory {
  readonly #texts = new AppliedTexts();
  #reports: readonly ReloadReport[] = [];

  /** The newest first. */
  get reports(): readonly ReloadReport[] {
    return this.#reports;
  }

  /** The newest first. */
  get texts(): readonly AppliedText[] {
    return this.#texts.all;
  }

  get past(): Past {
    return { reports: this.reports, texts: this.texts };
  }

  note(report: ReloadReport, applied: AppliedText | undefined): void {
    this.#reports = [report, ...this.#reports].slice(0, MAX_REPORTS);
    if (applied) this.#texts.addApplied(applied);
  }

  /** What was before this process. */
  take({ reports, texts }: Past): void {
    this.#reports = reports;
    for (const text of texts.toReversed()) this.#texts.addApplied(text);
  }
}
