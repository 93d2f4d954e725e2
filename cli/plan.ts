// `livego plan FILE --against RUNNING_FILE`: what a config would change, and what that would do to present sessions.
import { isUnchanged, type ReloadChanges } from '../core/kernel/changes.ts';
import { Kernel } from '../core/kernel/kernel.ts';
import { createLogger } from '../core/log.ts';
import { describeInWords } from '../core/kernel/describe-report.ts';
import type { CliIo } from './io.ts';
import { loadChecked, showRefusal, showWarnings, type Refusal } from './load-checked.ts';

export interface PlanRequest {
  readonly file: string;
  /** The config that is in force. */
  readonly against: string;
  readonly json: boolean;
}

/** Resolves with 0 if the config would be taken, with 1 if it or the one it is compared with would be refused. */
export async function plan({ file, against, json }: PlanRequest, io: CliIo): Promise<number> {
  const kernel = new Kernel(createLogger({ level: 'silent' }));
  try {
    const [from, to] = [await loadChecked(against, kernel, io), await loadChecked(file, kernel, io)];
    if (!from.ok || !to.ok) return await refuse([from, to], json, io);
    const changes = kernel.preview(from.config, to.config);
    if (json) printJson({ outcome: isUnchanged(changes) ? 'unchanged' : 'applied', changes }, io);
    else {
      showWarnings(to.warnings, io);
      io.out(`${[`${file} instead of ${against}:`, ...planInWords(changes)].join('\n  ')}\n`);
    }
    return 0;
  } finally {
    kernel.ticker.stop();
  }
}

async function refuse(
  checked: readonly Awaited<ReturnType<typeof loadChecked>>[],
  json: boolean,
  io: CliIo,
): Promise<number> {
  const refusals = checked.flatMap((each): Refusal[] => (each.ok ? [] : [each.refusal]));
  if (json) printJson({ outcome: 'refused', refusals }, io);
  else for (const refusal of refusals) await showRefusal(refusal, io);
  return 1;
}

function planInWords(changes: ReloadChanges): string[] {
  if (isUnchanged(changes)) return ['nothing would change'];
  return [...describeInWords(changes), ...sessionsInWords(changes)];
}

/** What becomes of who is connected. */
function sessionsInWords({ closing, draining }: ReloadChanges): string[] {
  const lines = [
    ...closing.map((what) => `${what}: present sessions are closed (onRemove: "close")`),
    ...draining.map((what) => `${what}: present sessions finish, new ones are refused (onRemove: "drain")`),
  ];
  return [
    ...lines,
    lines.length === 0 ? 'all present sessions go on untouched' : 'all other sessions go on untouched',
  ];
}

function printJson(value: object, io: CliIo): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
