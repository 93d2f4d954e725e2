// How large the attacks are: short in `npm test`, long in `npm run attack`.

/** The long attacks: `npm run attack`. */
export const LONG = process.env['LIVEGO_ATTACKS'] === 'long';

/** How long anything is waited for. Nothing is judged by it: on a loaded machine everything takes its time. */
export const PATIENCE_MS = LONG ? 120_000 : 60_000;

let rehearsing = false;

export function times(short: number, long: number): number {
  return LONG && !rehearsing ? long : short;
}

/** Attacks in their short form, in a run of the long ones. */
export async function rehearse(run: () => Promise<void>): Promise<void> {
  rehearsing = true;
  try {
    await run();
  } finally {
    rehearsing = false;
  }
}
