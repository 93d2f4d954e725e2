// The texts of configs that have been applied, so that one can go back to them.
import { createHash } from 'node:crypto';
import type { AppliedText } from '../plugin/config-access.ts';
import type { ReloadReport } from '../plugin/reload-report.ts';

const MAX_TEXTS = 20;
/** Of all texts together. The newest is kept however long it is. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

export class AppliedTexts {
  #all: readonly AppliedText[] = [];

  /** The newest first. */
  get all(): readonly AppliedText[] {
    return this.#all;
  }

  add(text: string, reason: string, report: ReloadReport): void {
    this.addApplied(appliedText(text, reason, report));
  }

  /** One that another process has noted. */
  addApplied(added: AppliedText): void {
    let characters = 0;
    this.#all = [added, ...this.#all].slice(0, MAX_TEXTS).filter((each, index) => {
      characters += each.text.length;
      return index === 0 || characters <= MAX_CHARACTERS;
    });
  }
}

export function appliedText(
  text: string,
  reason: string,
  { generation, at, words }: Pick<ReloadReport, 'generation' | 'at' | 'words'>,
): AppliedText {
  return { generation, at, reason, words, text, tag: tagOf(text) };
}

/** Changes with the text. */
export function tagOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}
