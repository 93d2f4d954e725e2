// Bundles a custom plugin, TypeScript or JavaScript, with what it imports by path. Packages stay outside.
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import type { SourceMapPayload } from 'node:module';
import { dirname, extname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type {
  BuildFailure,
  BuildOptions,
  Loader,
  Message,
  OnLoadResult,
  OnResolveArgs,
  OnResolveResult,
  Plugin,
  PluginBuild,
} from 'esbuild';
import type { PluginFault } from './plugin-loader.ts';

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

/** Settings that make esbuild find packages as Node's `import` does. */
const RESOLUTION: BuildOptions = {
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: [],
  logLevel: 'silent',
};

const META_NAMESPACE = 'livego-import-meta';

/** Bundles the plugin whose entry is `path`. Syntax errors and missing imports are faults with their places. */
export async function bundlePlugin(path: string, entryUrl: string): Promise<BundleResult> {
  const { build } = await import('esbuild');
  const files = new Set<string>();
  const outdir = dirname(path);
  try {
    const { outputFiles } = await build({
      ...RESOLUTION,
      entryPoints: [path],
      bundle: true,
      write: false,
      sourcemap: 'external',
      absWorkingDir: outdir,
      outdir,
      outExtension: { '.js': '.mjs' },
      plugins: [readSources(files), linkPackages(entryUrl)],
    });
    const code = outputFiles.find((file) => file.path.endsWith('.mjs'))?.text ?? '';
    const map = JSON.parse(
      outputFiles.find((file) => file.path.endsWith('.map'))?.text ?? '{}',
    ) as SourceMapPayload;
    const sources = map.sources.map((source) => pathToFileURL(resolve(outdir, source)).href);
    return { ok: true, code: withRequire(code, path), map: { ...map, sources }, files: [...files] };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return {
      ok: false,
      faults: error.errors.map((message) => toFault(message, outdir, path)),
      files: [...files],
    };
  }
}

/** The file that a package's name leads to, looked up from each directory in turn. */
export async function resolvePackage(
  name: string,
  directories: readonly string[],
): Promise<string | undefined> {
  const { build } = await import('esbuild');
  let found: string | undefined;
  const search: Plugin = {
    name: 'livego-search',
    setup(context) {
      context.onResolve({ filter: /./ }, async (args) => {
        if (args.pluginData === SEARCHING) return undefined;
        for (const resolveDir of directories) {
          const result = await context.resolve(name, {
            kind: 'import-statement',
            resolveDir,
            pluginData: SEARCHING,
          });
          if (result.errors.length === 0) found ??= result.path;
        }
        return { path: 'found', external: true };
      });
    },
  };
  await build({
    ...RESOLUTION,
    stdin: { contents: 'import "package"' },
    bundle: true,
    write: false,
    plugins: [search],
  });
  return found;
}

/** Marks our own questions to esbuild's resolver, lest they come back to us. */
const SEARCHING = Symbol('searching');

/** Bare imports become absolute file URLs, because the bundle lies in another directory than its sources. */
function linkPackages(entryUrl: string): Plugin {
  return {
    name: 'livego-packages',
    setup(context) {
      context.onResolve({ filter: /^[^./]/ }, (args) => linkPackage(context, args, entryUrl));
    },
  };
}

async function linkPackage(
  context: PluginBuild,
  args: OnResolveArgs,
  entryUrl: string,
): Promise<OnResolveResult | undefined> {
  if (args.pluginData === SEARCHING || args.kind === 'entry-point' || args.namespace === META_NAMESPACE)
    return undefined;
  if (isBuiltin(args.path) || args.path.startsWith('data:')) return { path: args.path, external: true };
  if (args.path.startsWith('file:')) return { path: fileURLToPath(args.path) };
  if (args.path === 'livego') return { path: entryUrl, external: true };
  const { resolveDir, kind, importer, path } = args;
  const found = await context.resolve(path, { resolveDir, kind, importer, pluginData: SEARCHING });
  if (found.errors.length > 0) return undefined;
  // A path alias of a tsconfig.json, or a workspace, leads to sources; TypeScript of either kind must be bundled.
  if (/\.[cm]?tsx?$/.test(found.path)) return { path: found.path };
  const isRequire = kind === 'require-call' || kind === 'require-resolve';
  return { path: isRequire ? found.path : pathToFileURL(found.path).href, external: true };
}

/** Notes every file that is read, and gives each its own `import.meta`. */
function readSources(files: Set<string>): Plugin {
  return {
    name: 'livego-sources',
    setup(context) {
      context.onResolve({ filter: /^livego-import-meta:/ }, ({ path }) => ({
        path: path.slice(META_NAMESPACE.length + 1),
        namespace: META_NAMESPACE,
      }));
      context.onLoad({ filter: /./, namespace: META_NAMESPACE }, ({ path }) => ({
        contents: metaModule(path),
      }));
      context.onLoad({ filter: /\.([cm]?[jt]s|[jt]sx|json)$/, namespace: 'file' }, ({ path }) => {
        files.add(path);
        return readSource(path);
      });
    },
  };
}

async function readSource(path: string): Promise<OnLoadResult> {
  const contents = await readFile(path, 'utf8');
  const loader = extname(path).slice(1).replace(/^[cm]/, '') as Loader;
  if (!contents.includes('import.meta')) return { contents, loader };
  const { transform } = await import('esbuild');
  try {
    const { code } = await transform(contents, {
      loader,
      sourcefile: path,
      sourcemap: 'inline',
      target: 'node20',
      define: {
        'import.meta.url': JSON.stringify(pathToFileURL(path).href),
        'import.meta.filename': JSON.stringify(path),
        'import.meta.dirname': JSON.stringify(dirname(path)),
        'import.meta.resolve': '__livego_resolve',
      },
    });
    if (!code.includes('__livego_resolve')) return { contents: code, loader: 'js' };
    // In front of the source map's comment, which must be last; imports are hoisted.
    const note = code.lastIndexOf('//# sourceMappingURL=');
    const link = `import { __livego_resolve } from ${JSON.stringify(`${META_NAMESPACE}:${path}`)};\n`;
    return { contents: code.slice(0, note) + link + code.slice(note), loader: 'js' };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { errors: error.errors };
  }
}

function metaModule(path: string): string {
  const url = JSON.stringify(pathToFileURL(path).href);
  return `import { createRequire, isBuiltin } from 'node:module';
import { pathToFileURL } from 'node:url';
export const __livego_resolve = (specifier) =>
  /^(\\.{0,2}\\/|[a-z]+:)/.test(specifier) ? new URL(specifier, ${url}).href
  : isBuiltin(specifier) ? 'node:' + specifier
  : pathToFileURL(createRequire(${url}).resolve(specifier)).href;
`;
}

// esbuild's stand-in for `require` in an ES module uses a real one if it finds it.
function withRequire(code: string, path: string): string {
  if (!code.includes('__require')) return code;
  const url = JSON.stringify(pathToFileURL(path).href);
  // In front of the first line, so that no line moves.
  return `import { createRequire as __livego_require } from 'node:module'; const require = __livego_require(${url}); ${code}`;
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

function toFault({ text, location }: Message, directory: string, path: string): PluginFault {
  if (location === null)
    return { file: path, line: undefined, column: undefined, message: plain(text, directory) };
  const line = location.lineText.trim();
  return {
    file: resolve(directory, location.file),
    line: location.line,
    // esbuild counts columns from 0, in bytes of UTF-8.
    column: Buffer.from(location.lineText).subarray(0, location.column).toString().length + 1,
    message: `${plain(text, directory)}${line === '' ? '' : `: ${line.slice(0, 120)}`}`,
  };
}

function plain(text: string, directory: string): string {
  const entry = /^Could not resolve "(\/[^"]*)"$/.exec(text);
  return entry?.[1] === undefined ? text : `there is no file ${relative(directory, entry[1]) || entry[1]}`;
}
