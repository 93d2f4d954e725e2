// One edit: saved, and the server's report of it checked.

import type { Edit } from './edits/edits.ts';
import { now } from './server-child.ts';
import type { ReloadNote } from './notes.ts';
import type { Site } from './site.ts';

const VERBOSE = process.env['SOAK_VERBOSE'] !== undefined;

export interface Expectation {
  /** Collects what is wrong. */
  readonly faults: string[];
  /** The viewers that the reload has to keep. */
  readonly viewers: number;
}

/** Milliseconds from the save to the report; NaN without a report. */
export async function applyEdit(edit: Edit, { server }: Site, expected: Expectation): Promise<number> {
  const { faults, viewers } = expected;
  const coming = server.nextReport();
  coming.catch(() => {});
  const saved = await edit.save(now);
  try {
    let note = await coming;
    // On a busy machine half a file may have settled by itself. Then the report of the whole file counts.
    if (edit.valid && !note.applied && edit.label.endsWith('in two pieces')) note = await server.nextReport();
    const wrong = findWrong(edit, note, viewers);
    if (wrong !== undefined) faults.push(`${edit.label}: ${wrong}: ${note.words} ${note.errors.join(' ')}`);
    tell(`${edit.label}: ${note.words} (${(note.at - saved).toFixed(0)} ms)`);
    return note.at - saved;
  } catch (error) {
    tell(`${edit.label}: ${String(error)}`);
    faults.push(`${edit.label}: ${error instanceof Error ? error.message : String(error)}`);
    return Number.NaN;
  }
}

/** Prints the line if SOAK_VERBOSE is set. */
export function tell(line: string): void {
  if (VERBOSE) console.log(line);
}

function findWrong(edit: Edit, note: ReloadNote, viewers: number): string | undefined {
  if (note.applied !== edit.valid) return `it was ${note.outcome}`;
  if (note.closed > 0) return `${note.closed} sessions were closed`;
  return note.viewers === viewers ? undefined : `${note.viewers} viewers, not ${viewers}`;
}
