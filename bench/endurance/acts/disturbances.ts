// Reloads, and what is killed: engines, the server that streams are pushed to, the receiver of web hooks.

import { readdirSync, readFileSync } from 'node:fs';
import { parseProcessStat } from '../../processes/process-tree.ts';
import type { Crowd, Stay } from '../crowd.ts';
import type { World } from '../world.ts';

export function addDisturbances(crowd: Crowd, world: World): void {
  crowd.add('reloads', 1500, () => reload(world));
  crowd.add('killed engines and bundlers', 15_000, async () => killChild(world));
  crowd.add('killed push targets', 45_000, (stay) =>
    world.replaceTarget(() => stay(world.random.between(500, 5000))),
  );
  crowd.add('outages of the web hooks', 30_000, (stay) => breakHooks(world, stay));
}

let turn = Promise.resolve();

/** One after another: a save while the one before is settling is the same reload. */
async function reload(world: World): Promise<void> {
  const before = turn;
  let done = (): void => {};
  turn = new Promise((resolve) => (done = resolve));
  await before;
  try {
    const spoilt = world.random.next() < 0.25;
    await saveAndCheck(world, spoilt ? () => world.config.spoil() : () => world.config.edit(), !spoilt);
    if (spoilt) await saveAndCheck(world, () => world.config.restore(), true);
  } finally {
    done();
  }
}

async function saveAndCheck({ server }: World, save: () => string, valid: boolean): Promise<void> {
  const coming = server.nextReport();
  const what = save();
  const { applied, outcome, words, errors, closed } = await coming.catch((error: unknown) => {
    throw new Error(`${what}: ${String(error)}`);
  });
  if (applied !== valid) throw new Error(`${what}: it was ${outcome}: ${words} ${errors.join(' ')}`);
  if (closed > 0) throw new Error(`${what}: it closed ${closed} sessions: ${words}`);
}

/** The children of the server are engines, and the program that bundles custom plugins. */
function killChild({ server, random }: World): void {
  const children = childrenOf(server.pid);
  if (children.length > 0) process.kill(random.pick(children), 'SIGKILL');
}

export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = parseProcessStat(readFileSync(`/proc/${name}/stat`, 'latin1'));
        return stat.parent === pid ? [stat.pid] : [];
      } catch {
        return [];
      }
    });
}

async function breakHooks(world: World, stay: Stay): Promise<void> {
  world.hooks = world.random.pick(['failed', 'held'] as const);
  await stay(world.random.between(2000, 15_000));
  world.hooks = 'answered';
}
