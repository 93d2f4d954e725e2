// The plugin of esbuild that leaves packages outside a custom plugin's bundle. The bundle lies in another directory than
// its sources, so the names of packages become absolute there.
import { isBuiltin } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { findEntryModule, isEntrySpecifier } from './entry-modules.ts';

/** Marks our own calls of esbuild's resolver, so that they are not passed to us again. */
const SEARCHING = Symbol('searching');

/** @param entryUrl - the module that `livego` means */
export function linkPackages(entryUrl: string): Plugin {
  return {
    name: 'livego-packages',
    setup(context) {
      context.onResolve({ filter: /^[^./]/, namespace: 'file' }, (args) => {
        if (args.pluginData === SEARCHING || args.kind === 'entry-point') return undefined;
        return isEntrySpecifier(args.path) ? linkEntry(args, entryUrl) : linkPackage(args, context);
      });
    },
  };
}

async function linkEntry(args: OnResolveArgs, entryUrl: string): Promise<OnResolveResult> {
  const found = await findEntryModule(args.path, entryUrl);
  if (!found.ok) return { errors: [{ text: found.message }] };
  return { path: isRequire(args) ? fileURLToPath(found.url) : found.url, external: true };
}

async function linkPackage(args: OnResolveArgs, context: PluginBuild): Promise<OnResolveResult | undefined> {
  const { resolveDir, kind, importer, path } = args;
  if (isBuiltin(path) || path.startsWith('data:')) return { path, external: true };
  if (path.startsWith('file:')) return { path: fileURLToPath(path) };
  const found = await context.resolve(path, { resolveDir, kind, importer, pluginData: SEARCHING });
  if (found.errors.length > 0) return undefined;
  // A path alias of a tsconfig.json, or a workspace, leads to sources; TypeScript of either kind must be bundled.
  if (/\.[cm]?tsx?$/.test(found.path)) return { path: found.path };
  return { path: isRequire(args) ? found.path : pathToFileURL(found.path).href, external: true };
}

function isRequire({ kind }: OnResolveArgs): boolean {
  return kind === 'require-call' || kind === 'require-resolve';
}
