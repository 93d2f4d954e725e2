// Finds which elements of a list are those of another list, so that only what differs is written anew.
import { isPlainObject } from '../text/plain-object.ts';

export type AlignedStep =
  | { readonly kind: 'keep'; readonly index: number; readonly next: unknown }
  | { readonly kind: 'remove'; readonly index: number }
  | { readonly kind: 'add'; readonly next: unknown };

/** Longer lists are written as a whole: the comparison takes the product of the lengths. */
const MAX_LENGTH = 1000;

/** The steps that turn `old` into `next`, in the order of `next`. Elements that are kept may differ inside. */
export function align(old: readonly unknown[], next: readonly unknown[]): AlignedStep[] {
  if (old.length > MAX_LENGTH || next.length > MAX_LENGTH)
    return next.map((value) => ({ kind: 'add', next: value }));
  const [mine, theirs] = [old.map(identityOf), next.map(identityOf)];
  const steps: AlignedStep[] = [];
  let [from, to] = [0, 0];
  for (const [index, other] of [...commonPairs(mine, theirs), [old.length, next.length] as const]) {
    steps.push(...gap(from, index, next.slice(to, other)));
    if (index < old.length) steps.push({ kind: 'keep', index, next: next[other] });
    [from, to] = [index + 1, other + 1];
  }
  return steps;
}

/** Between two elements that are the same: those at equal places are changed, the rest comes or goes. */
function gap(from: number, to: number, next: readonly unknown[]): AlignedStep[] {
  const steps: AlignedStep[] = [];
  for (let offset = 0; offset < Math.max(to - from, next.length); offset++) {
    const index = from + offset;
    if (offset >= next.length) steps.push({ kind: 'remove', index });
    else if (index >= to) steps.push({ kind: 'add', next: next[offset] });
    else steps.push({ kind: 'keep', index, next: next[offset] });
  }
  return steps;
}

/** An application is known by its name, whatever its options; anything else by its value. */
function identityOf(value: unknown): string {
  if (isPlainObject(value) && typeof value['servername'] === 'string')
    return `servername ${value['servername']}`;
  return JSON.stringify(value) ?? '';
}

/** The longest common subsequence, as pairs of indexes. */
function commonPairs(one: readonly string[], other: readonly string[]): [number, number][] {
  const width = other.length + 1;
  const lengths = new Uint16Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = other.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        one[i] === other[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length;) {
    if (one[i] === other[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
