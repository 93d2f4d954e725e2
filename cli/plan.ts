// `livego plan FILE --against RUNNING_FILE`: prints what a config would change and what would happen to present sessions.
import { Kernel } from '../core/kernel/kernel.ts';
import { isUnchanged } from '../core/kernel/reload/changes.ts';
import type { Changes, PluginPlace } from '../core/kernel/reload/changes.ts';
import { describeChanges, nameChanges } from '../core/kernel/reload/describe-report.ts';
import { createLogger } from '../core/log/log.ts';
import { showIn } from '../core/log/variable-mask.ts';
import type { CliIo } from './io.ts';
import { loadChecked, loadDraft, openConfig, showRejection, showWarnings } from './load-checked.ts';
import type { Checked, Rejection } from './load-checked.ts';

export interface PlanRequest {
  readonly file: string;
  /** The config that it is to replace, such as the one that is running. */
  readonly against: string;
  readonly json: boolean;
}

/** Resolves with 0 if a server would apply both configs, with 1 if it would reject one of them. */
export async function plan({ file, against, json }: PlanRequest, io: CliIo): Promise<number> {
  const kernel = new Kernel(createLogger({ level: 'silent' }));
  try {
    const running = openConfig(against, io);
    const [from, to] = [await loadChecked(running, kernel), await loadDraft(file, running, kernel)];
    if (!from.ok || !to.ok) return await reject([from, to], json, io);
    const changes = await kernel.preview(from.config, to.config);
    const outcome = isUnchanged(changes) ? 'unchanged' : 'applied';
    if (json) printJson({ outcome, changes: showIn(nameChanges(changes), to.show) }, io);
    else {
      showWarnings(to.warnings, io);
      io.out(`${[`${file} instead of ${against}:`, ...planInWords(changes).map(to.show)].join('\n  ')}\n`);
    }
    return 0;
  } finally {
    kernel.ticker.stop();
  }
}

async function reject(checked: readonly Checked[], json: boolean, io: CliIo): Promise<number> {
  const rejections = checked.flatMap((each): Rejection[] => (each.ok ? [] : [each.rejection]));
  if (json) printJson({ outcome: 'rejected', rejections }, io);
  else for (const rejection of rejections) await showRejection(rejection, io);
  return 1;
}

function planInWords(changes: Changes): string[] {
  if (isUnchanged(changes)) return ['nothing would change'];
  return [...describeChanges(changes), ...sessionsInWords(changes)];
}

/** The fate of present sessions. */
function sessionsInWords({ closing, draining }: Changes): string[] {
  const lines = [
    ...closing.map((place) => `${nameOf(place)}: present sessions are closed (onRemove: "close")`),
    ...draining.map(
      (place) => `${nameOf(place)}: present sessions finish, new ones are denied (onRemove: "drain")`,
    ),
  ];
  const untouched = lines.length === 0 ? 'all present sessions' : 'all other sessions';
  return [...lines, `${untouched} continue untouched`];
}

function nameOf({ plugin, app }: PluginPlace): string {
  return app === undefined ? plugin : `${plugin} of ${app}`;
}

function printJson(value: object, io: CliIo): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
