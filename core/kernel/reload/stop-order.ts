// The order in which instances stop: what one tells while it stops, others must still be there to hear.
import type { HookName } from '../../plugin/hooks.ts';
import type { Scope } from '../instance/scope.ts';

/** The events that instances announce, also while they stop: a recording is completed, a program has ended. */
const ANNOUNCED: ReadonlySet<HookName> = new Set(['fileEnd', 'pluginEvent']);

/**
 * Groups of instances that stop one after another; those of a group stop at the same time. Plugins that listen to what others
 * announce stop last. Apart from that, plugins stop in reverse order, and each plugin's server-wide instance after those of
 * its applications.
 */
export function stopOrder(scopes: readonly Scope[]): readonly (readonly Scope[])[] {
  const plugins = new Map<unknown, Scope[]>();
  for (const scope of scopes) {
    const ofPlugin = plugins.get(scope.definition);
    if (ofPlugin) ofPlugin.push(scope);
    else plugins.set(scope.definition, [scope]);
  }
  const reversed = [...plugins.values()].toReversed();
  const [listeners, others] = [reversed.filter(listens), reversed.filter((each) => !listens(each))];
  return [...others, ...listeners].flatMap((ofPlugin) => [
    ofPlugin.filter(({ servername }) => servername !== undefined),
    ofPlugin.filter(({ servername }) => servername === undefined),
  ]);
}

function listens(ofPlugin: readonly Scope[]): boolean {
  return ofPlugin.some(({ taps }) => taps.some(({ hook }) => ANNOUNCED.has(hook)));
}
