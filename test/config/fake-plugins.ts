// Small plugins for tests of the config, shaped like the built-in ones.
import { createConfigSource } from '../../config/load.ts';
import type { ConfigSourceSettings } from '../../config/load.ts';
import type { LoadResult, ResolvedConfig } from '../../core/config.ts';
import { formatFault } from '../../core/config-fault.ts';
import { definePlugin } from '../../core/plugin/plugin.ts';
import type { PluginDefinition, ServerContext } from '../../core/plugin/plugin.ts';

const port = (fallback: number): Record<string, unknown> => ({
  level: 'server',
  anyOf: [
    { type: 'integer', minimum: 0, maximum: 65_535 },
    { type: 'string', pattern: '^[^:]*:[0-9]{1,5}$' },
  ],
  expects: 'a port such as 1935, or an address such as "127.0.0.1:1935"',
  default: fallback,
  description: 'Where to listen.',
});

function serve(context: ServerContext, { port }: { port: string | number }): void {
  context.serve({ port }, [{ methods: ['GET'], path: '/', handler: () => {} }]);
}

export const fakeRtmp = definePlugin({
  name: 'rtmp',
  schema: { type: 'object', properties: { port: port(1935) } },
  aliases: { listen: 'port' },
  server(context, options: { port: string | number }) {
    context.listen({ port: options.port }, () => {});
  },
});

export const fakeHls = definePlugin({
  name: 'hls',
  schema: {
    type: 'object',
    properties: {
      port: port(8090),
      segmentSeconds: { type: 'number', minimum: 0.5, default: 2, description: 'Length of a segment.' },
      window: { type: 'integer', minimum: 1, default: 6, description: 'Segments in the playlist.' },
      keepAfterEnd: { type: 'boolean', default: false, description: 'Keep the last playlist.' },
      path: { type: 'string', default: '', description: 'Where segments are kept.' },
      encrypt: {
        type: 'object',
        default: {},
        description: 'Encryption.',
        properties: {
          method: { enum: ['none', 'aes-128'], default: 'none', description: 'How.' },
          rotate: { type: 'integer', minimum: 0, default: 0, description: 'Segments with one key.' },
        },
      },
      labels: { type: 'array', items: { type: 'string' }, default: [], description: 'Labels.' },
    },
  },
  aliases: { hlsport: 'port', hls_keep_after_end: 'keepAfterEnd' },
  server: serve,
  app() {},
});

export const fakeFlv = definePlugin({
  name: 'httpflv',
  schema: { type: 'object', properties: { port: port(8011) } },
  aliases: { flvport: 'port' },
  server: serve,
  app() {},
});

export const fakeRelay = definePlugin({
  name: 'relay',
  enabledByDefault: false,
  schema: {
    type: 'object',
    required: ['push'],
    properties: {
      push: {
        type: 'array',
        minItems: 1,
        description: 'Targets.',
        items: {
          anyOf: [
            { type: 'string', pattern: '^rtmp://' },
            {
              type: 'object',
              required: ['url'],
              properties: { url: { type: 'string' }, retries: { type: 'integer', minimum: 0 } },
            },
          ],
        },
      },
    },
  },
  app() {},
});

export const fakeEngine = definePlugin({
  name: 'engine',
  enabledByDefault: false,
  schema: {
    type: 'object',
    properties: { ffmpeg: { type: 'string', default: 'ffmpeg', description: 'The program.' } },
  },
  aliases: { engineEnable: 'enabled' },
  app() {},
});

export const FAKES: readonly PluginDefinition[] = [fakeRtmp, fakeHls, fakeFlv, fakeRelay];

export function loadText(text: string, settings: Partial<ConfigSourceSettings> = {}): Promise<LoadResult> {
  return createConfigSource({ file: 'livego.json5', builtins: FAKES, env: {}, text, ...settings }).load();
}

/** The config, or an error with its faults. */
export async function resolveText(
  text: string,
  settings?: Partial<ConfigSourceSettings>,
): Promise<ResolvedConfig> {
  const loaded = await loadText(text, settings);
  if (!loaded.ok) throw new Error(loaded.faults.map((fault) => formatFault(fault)).join('\n'));
  return loaded.config;
}

/** All faults as lines; empty for a config without any. */
export async function faultsOf(text: string, settings?: Partial<ConfigSourceSettings>): Promise<string[]> {
  const loaded = await loadText(text, settings);
  return loaded.ok ? [] : loaded.faults.map((fault) => formatFault(fault));
}
