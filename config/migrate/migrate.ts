// Turns the config of another server into a livego.json5.
//
// This room reads configs of other servers (read/), and translates each kind (from/) into a draft, which has the keys of
// ours, comments, and a note for each line that has no counterpart. It knows no plugin: the result is checked as any config.
import type { Draft, Note } from './draft.ts';
import { fromLivegoGo } from './from/livego-go.ts';
import { fromLivegoJson } from './from/livego-json.ts';
import { fromNginx } from './from/nginx/nginx.ts';
import { fromNodeMediaServer } from './from/node-media-server.ts';
import { fromSrs } from './from/srs/srs.ts';
import { printDraft } from './print-draft.ts';
import { readBlocks } from './read/read-blocks.ts';
import { readJson, readScript } from './read/read-json.ts';
import { readYaml } from './read/read-yaml.ts';
import type { SourceMap } from './read/source-tree.ts';
import type { SourceKind } from './source-kinds.ts';

export { describeNote } from './print-draft.ts';
export { UnreadableSource } from './read/source-tree.ts';

export interface Migration {
  readonly kind: SourceKind;
  /** The text of a livego.json5. */
  readonly text: string;
  readonly notes: readonly Note[];
}

/** @param file - its name; the ending tells YAML from JSON. Throws `UnreadableSource`. */
export function migrate(source: string, file: string, kind = recognize(source, file)): Migration {
  const draft = DRAFTERS[kind](source, file);
  draft.notes.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  return { kind, text: printDraft(draft, file), notes: draft.notes };
}

const DRAFTERS: Readonly<Record<SourceKind, (source: string, file: string) => Draft>> = {
  'livego-go': (source, file) => fromLivegoGo(readMap(source, file)),
  'livego-json': (source) => fromLivegoJson(readJson(source)),
  nginx: (source) => fromNginx(readBlocks(source)),
  'node-media-server': (source, file) => fromNodeMediaServer(readMap(source, file)),
  srs: (source) => fromSrs(readBlocks(source)),
};

/** The kind of a config, by the name of its file and what only that kind has. */
export function recognize(source: string, file: string): SourceKind {
  if (/\.[cm]?[jt]s$/i.test(file)) return 'node-media-server';
  if (/\.ya?ml$/i.test(file)) return 'livego-go';
  if (hasDirectives(source)) return NGINX_BLOCK.test(source) ? 'nginx' : 'srs';
  if (!/^\s*(?:[{\uFEFF]|\/[/*])/.test(source)) return 'livego-go';
  const root = readJson(source);
  if (root.find('servers') ?? root.find('servername')) return 'livego-json';
  return root.find('rtmp') || root.find('http') ? 'node-media-server' : 'livego-go';
}

/** `server {` or `application live {`, which SRS lacks. */
const NGINX_BLOCK = /(?:^|[;{}])\s*(?:server\s*|application\s[^;{}\n]+)\{/m;

/** Whether the first thing in a text, beside comments, is `name arguments;` or `name {`. */
function hasDirectives(source: string): boolean {
  return /^(?:\s|#[^\n]*)*[a-z]\w*(?:[ \t]+[^\n;{:]+)?\s*(?:[;{]|[ \t][^\n:]*:[^\n]*;)/.test(source);
}

function readMap(source: string, file: string): SourceMap {
  if (/\.[cm]?[jt]s$/i.test(file)) return readScript(source);
  return /\.ya?ml$/i.test(file) || !/^\s*(?:[{\uFEFF]|\/[/*])/.test(source)
    ? readYaml(source)
    : readJson(source);
}
