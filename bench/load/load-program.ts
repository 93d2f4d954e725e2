// The load generator as a program: compiled from C on the spot, or the slower one in Node.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface LoadProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly about: string;
}

/** Compiles load/c/load.c where there is a compiler. Otherwise the generator in Node is used. */
export function prepareLoad(root: string, peers: string, wanted: 'c' | 'node'): LoadProgram {
  const inNode = {
    command: process.execPath,
    args: [join(root, 'bench', 'load', 'node', 'generator.mjs')],
  };
  if (wanted === 'node') return { ...inNode, about: 'Node (as requested)' };
  const sources = join(root, 'bench', 'load', 'c');
  const program = join(peers, 'load');
  if (isFresh(program, sources)) return { command: program, args: [], about: 'C' };
  const compiler = compile(join(sources, 'load.c'), program);
  if (compiler !== undefined) return { command: program, args: [], about: `C (${compiler})` };
  console.error(
    'No C compiler: the load generator runs in Node and takes a noticeable share of the machine.',
  );
  return { ...inNode, about: 'Node (no C compiler)' };
}

function isFresh(program: string, sources: string): boolean {
  if (!existsSync(program)) return false;
  const newest = Math.max(...readdirSync(sources).map((name) => statSync(join(sources, name)).mtimeMs));
  return statSync(program).mtimeMs > newest;
}

/** Returns the compiler that worked; undefined if none did. */
export function compile(source: string, program: string): string | undefined {
  const failures: string[] = [];
  for (const compiler of [process.env['CC'], 'cc', 'gcc', 'clang']) {
    if (!compiler) continue;
    const { status, stderr, error } = spawnSync(compiler, ['-O2', '-o', program, source], {
      encoding: 'utf8',
    });
    if (status === 0) return compiler;
    if (!error) failures.push(`${compiler}: ${stderr}`);
  }
  for (const failure of failures) console.error(failure);
  return undefined;
}
