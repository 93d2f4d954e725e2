// The error of a server whose first config was rejected.
import { formatFault } from './config-fault.ts';
import type { ConfigSource, LoadResult } from './config.ts';
import { LivegoError, livegoError } from './errors.ts';

/** @param error - why a config without faults was rejected */
export function startFailure(
  source: Pick<ConfigSource, 'name' | 'show'>,
  loaded: LoadResult<unknown>,
  error: string | undefined,
): LivegoError {
  if (!loaded.ok) {
    const faults = loaded.faults.map((fault) => formatFault(fault)).join('\n');
    return livegoError('LVG_CONFIG_INVALID', 'faults', { faults });
  }
  const reason = error ?? 'the config was rejected';
  const shown = source.show?.(reason) ?? reason;
  // A flag of the command is in no file.
  if (shown.startsWith('--')) return new LivegoError('LVG_PLUGIN_FAILED', shown);
  return livegoError('LVG_PLUGIN_FAILED', 'rejected', { file: source.name, reason: shown });
}
