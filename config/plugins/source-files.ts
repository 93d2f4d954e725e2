// The plugin of esbuild that reads a custom plugin's own files. In the bundle they lie elsewhere, so each gets an
// `import.meta` that knows where its source is.
import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readRegularFile } from '../../core/files/regular-file.ts';
import type { BuildFailure, Loader, OnLoadResult, Plugin } from 'esbuild';

/** The namespace of the modules that replace `import.meta.resolve`, one for each file. */
const META_NAMESPACE = 'livego-import-meta';

/** Adds every file that is read to `files`. */
export function readSources(files: Set<string>): Plugin {
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
      // esbuild itself would wait for the writer of a pipe.
      context.onLoad({ filter: /./, namespace: 'file' }, async ({ path }) =>
        (await stat(path)).isFile() ? undefined : { errors: [{ text: 'this is no regular file' }] },
      );
      context.onLoad({ filter: /\.([cm]?[jt]s|[jt]sx|json)$/, namespace: 'file' }, ({ path }) => {
        files.add(path);
        return readSource(path);
      });
    },
  };
}

const MAX_SOURCE_BYTES = 16 * 1024 * 1024;

async function readSource(path: string): Promise<OnLoadResult> {
  const contents = (await readRegularFile(path, { maxBytes: MAX_SOURCE_BYTES })).toString();
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
    return { contents: withResolve(code, path), loader: 'js' };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return { errors: error.errors };
  }
}

function withResolve(code: string, path: string): string {
  if (!code.includes('__livego_resolve')) return code;
  // In front of the source map's comment, which must be last; imports are hoisted.
  const note = code.lastIndexOf('//# sourceMappingURL=');
  const link = `import { __livego_resolve } from ${JSON.stringify(`${META_NAMESPACE}:${path}`)};\n`;
  return code.slice(0, note) + link + code.slice(note);
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

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}
