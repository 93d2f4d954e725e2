// `livego check FILE`: prints every fault of a config the way a compiler does.
import type { ResolvedConfig } from '../core/config.ts';
import { LivegoError } from '../core/errors.ts';
import { Kernel } from '../core/kernel/kernel.ts';
import { createLogger } from '../core/log/log.ts';
import { workerCount } from '../core/options/worker-count.ts';
import type { CliIo } from './io.ts';
import { loadChecked, openConfig, showRejection, showWarnings } from './load-checked.ts';

/** Resolves with 0 if a server would apply the config, with 1 if it would reject it. */
export async function check(file: string, io: CliIo): Promise<number> {
  const kernel = new Kernel(createLogger({ level: 'silent' }));
  let show = (text: string): string => text;
  try {
    const checked = await loadChecked(openConfig(file, io), kernel);
    showWarnings(checked.warnings, io);
    if (!checked.ok) {
      await showRejection(checked.rejection, io);
      return 1;
    }
    show = checked.show;
    await kernel.checkCertificates(checked.config);
    io.out(`${file}: OK (${summary(checked.config)})\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof LivegoError)) throw error;
    io.err(`${file}: ${show(error.message)}\n`);
    return 1;
  } finally {
    kernel.ticker.stop();
  }
}

function summary({ apps, plugins, server }: ResolvedConfig): string {
  const on = [...plugins].filter(([, { enabled }]) => enabled).map(([name]) => name);
  const count = workerCount(server.workers);
  const workers = count === 1 ? '' : `; workers: ${count}`;
  const names = apps.map(({ servername }) => servername).join(', ');
  return `applications: ${names}; on: ${on.join(', ') || 'nothing'}${workers}`;
}
