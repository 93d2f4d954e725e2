// Runs a table of attacks, one test for each. Attacks of a family share a server, unless they want one of their own. The
// long ones are measured; see figures.ts.
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Attack, Family } from './attack.ts';
import { costOf, Memory, rest } from './figures.ts';
import { Ground } from './ground.ts';
import type { ServerSetUp } from './server-process.ts';
import { LONG, rehearse } from './size.ts';

const OPTIONS = { timeout: LONG ? 900_000 : 180_000 };

export function attacksOf(family: Family): void {
  describe(family.name, OPTIONS, () => {
    const { attacks, setUp } = family;
    const together = attacks.filter((each) => each.setUp === undefined);
    if (together.length > 0) onOneServer(family.name, setUp, together);
    onServersOfTheirOwn(
      family.name,
      attacks.filter((each) => each.setUp !== undefined),
    );
  });
}

function onOneServer(name: string, setUp: ServerSetUp | undefined, attacks: readonly Attack[]): void {
  let ground: Ground | undefined;
  let memory: Memory | undefined;
  beforeAll(async () => {
    ground = await Ground.open(setUp);
  }, OPTIONS.timeout);
  afterAll(() => ground?.discard());
  if (LONG)
    test('their short forms come first', async () => {
      await rehearse(() => sufferAll(ground!, attacks));
      await rest();
      memory = await Memory.before(ground!.server);
    });
  for (const attack of attacks) test(attack.name, () => suffer(ground!, name, attack));
  test('after all of them not a packet is missing, and the server ends in order', async () => {
    await memory?.after(`${name}: all of these`);
    await ground!.end();
  });
}

function onServersOfTheirOwn(name: string, attacks: readonly Attack[]): void {
  /** Long ones rest for a minute, beside the attacks that follow. */
  const resting: Promise<void>[] = [];
  for (const attack of attacks) {
    test(attack.name, async () => {
      const ground = await Ground.open(attack.setUp);
      const memory = await Memory.before(ground.server);
      const finish = async (): Promise<void> => {
        if (!attack.ends) await memory?.after(`${name}: ${attack.name}`);
        await ground.end();
      };
      try {
        await suffer(ground, name, attack);
      } catch (error) {
        ground.discard();
        throw error;
      }
      const rested = finish().finally(() => ground.discard());
      if (!LONG) return rested;
      rested.catch(() => {});
      resting.push(rested);
    });
  }
  if (LONG) test('a minute after, memory is back and not a packet is missing', () => Promise.all(resting));
}

// What a first request of its kind leaves for good is code that was compiled, and tables of Node and V8. Memory is therefore
// compared with that of a server that has had every kind.
async function sufferAll(ground: Ground, attacks: readonly Attack[]): Promise<void> {
  for (const attack of attacks) if (!attack.ends) await ground.suffer(attack);
}

function suffer(ground: Ground, family: string, attack: Attack): Promise<void> {
  if (!LONG || attack.ends) return ground.suffer(attack);
  return costOf(ground.server, `${family}: ${attack.name}`, () => ground.suffer(attack));
}
