// How far somebody has followed the events of each run: "1f0c2a9b-17", and of several workers "1f0c2a9b-17.8b12d401-3".

/** The number of the last event by run. */
export type Positions = ReadonlyMap<string, number>;

/** Of so many workers. */
const MAX_RUNS = 256;

export function formatPositions(positions: Positions): string {
  let text = '';
  for (const [run, number] of positions) text += `${text === '' ? '' : '.'}${run}-${number}`;
  return text;
}

/** Undefined for what this server has not written. */
export function parsePositions(text: string): Positions | undefined {
  const parts = text.split('.').map((part) => /^([\da-f]{8})-(\d{1,15})$/.exec(part));
  if (parts.length > MAX_RUNS || parts.includes(null)) return undefined;
  return new Map(parts.map((part) => [part![1]!, Number(part![2])]));
}
