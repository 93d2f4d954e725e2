// How deep the braces of a config are nested: parsers call themselves for each level.
import { LineTable } from './positions.ts';
import type { Position } from './positions.ts';

export const MAX_DEPTH = 64;

const TOKEN = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[{}[\]]/g;

/** Where the text gets deeper than MAX_DEPTH; undefined if it does not. */
export function findDeepNesting(text: string): Position | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    if (depth > MAX_DEPTH) return new LineTable(text).at(index);
  }
  return undefined;
}
