// Bundles a custom plugin, TypeScript or JavaScript, with what it imports by path. Packages stay outside.
import type { SourceMapPayload } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildOptions, BuildResult, Message, OutputFile } from 'esbuild';
import { linkPackages } from './linked-packages.ts';
import { unplacedFault } from './plugin-fault.ts';
import type { PluginFault } from './plugin-fault.ts';
import { isBuildFailure, readSources } from './source-files.ts';

export interface PluginBundle {
  readonly ok: true;
  readonly code: string;
  readonly map: SourceMapPayload;
  /** Every file that went into it. */
  readonly files: readonly string[];
}

export type BundleResult =
  | PluginBundle
  | { readonly ok: false; readonly faults: readonly PluginFault[]; readonly files: readonly string[] };

const BUILD_OPTIONS: BuildOptions = {
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Without this, esbuild would also take what packages have for bundlers alone.
  conditions: [],
  logLevel: 'silent',
  bundle: true,
  sourcemap: 'external',
  outExtension: { '.js': '.mjs' },
};

/** Bundles the plugin whose entry is `path`. Syntax errors and missing imports are faults with their places. */
export async function bundlePlugin(path: string, entryUrl: string): Promise<BundleResult> {
  const files = new Set<string>();
  const directory = dirname(path);
  try {
    const { outputFiles } = await build({
      ...BUILD_OPTIONS,
      entryPoints: [path],
      absWorkingDir: directory,
      outdir: directory,
      plugins: [readSources(files), linkPackages(entryUrl)],
    });
    return { ...readOutput(outputFiles, path), ok: true, files: [...files] };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const faults = error.errors.map((message) => toFault(message, directory, path));
    return { ok: false, faults, files: [...files] };
  }
}

/**
 * esbuild is a process of its own, and stays one. After somebody has killed it, such as a system that is short of memory, each
 * further build fails until it is told to stop.
 */
async function build(options: BuildOptions): Promise<BuildResult<{ write: false }>> {
  const esbuild = await import('esbuild');
  const start = (): Promise<BuildResult<{ write: false }>> => esbuild.build({ ...options, write: false });
  try {
    return await start();
  } catch (error) {
    if (isBuildFailure(error)) throw error;
    await esbuild.stop();
    return await start();
  }
}

function readOutput(files: readonly OutputFile[], path: string): Pick<PluginBundle, 'code' | 'map'> {
  const output = (suffix: string): string | undefined =>
    files.find((file) => file.path.endsWith(suffix))?.text;
  const map = JSON.parse(output('.map') ?? '{}') as SourceMapPayload;
  const sources = map.sources.map((source) => pathToFileURL(resolve(dirname(path), source)).href);
  return { code: withRequire(output('.mjs') ?? '', path), map: { ...map, sources } };
}

// esbuild's stand-in for `require` in an ES module uses a real one if it finds it.
function withRequire(code: string, path: string): string {
  if (!code.includes('__require')) return code;
  const url = JSON.stringify(pathToFileURL(path).href);
  // In front of the first line, so that no line moves.
  return `import { createRequire as __livego_require } from 'node:module'; const require = __livego_require(${url}); ${code}`;
}

function toFault({ text, location }: Message, directory: string, path: string): PluginFault {
  const message = explain(text, directory);
  if (location === null) return unplacedFault(path, message);
  const line = location.lineText.trim();
  return {
    file: resolve(directory, location.file),
    line: location.line,
    // esbuild counts columns from 0, in bytes of UTF-8.
    column: Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1,
    message: line === '' ? message : `${message}: ${line.slice(0, 120)}`,
  };
}

function explain(text: string, directory: string): string {
  const entry = /^Could not resolve "(\/[^"]*)"$/.exec(text);
  return entry?.[1] === undefined ? text : `there is no file ${relative(directory, entry[1]) || entry[1]}`;
}
