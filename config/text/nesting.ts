// How deep the braces of a config are nested, since parsers call themselves for each level, and how many values it has: each
// costs time in which nothing else happens.
import { LineTable } from './positions.ts';
import type { Position } from './positions.ts';

const MAX_DEPTH = 64;
/** 2,000 applications with ten options each. They take about 0.2 s. */
const MAX_VALUES = 20_000;

/** Strings and comments that are not closed are tokens as well: nothing behind them is parsed, nor looked at again. */
const TOKEN =
  /"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|\/\/[^\n\r\u2028\u2029]*|\/\*[\s\S]*?(?:\*\/|$)|[{}[\],]/g;

export interface SizeFault extends Position {
  readonly message: string;
}

/** Where the text gets too deep or too long; undefined if it does not. */
export function findSizeFault(text: string): SizeFault | undefined {
  const at = (index: number, message: string): SizeFault => ({ ...new LineTable(text).at(index), message });
  let depth = 0;
  let values = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ',') values++;
    if (depth > MAX_DEPTH) return at(index, `braces are nested more than ${MAX_DEPTH} deep here`);
    if (values > MAX_VALUES)
      return at(
        index,
        `there are more than ${MAX_VALUES} values up to here. A servername may stand for many applications: "event-*"`,
      );
  }
  return undefined;
}
