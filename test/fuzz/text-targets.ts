// Parsers of text from outside: addresses, URLs, playlists, tokens, answers of web services, bodies of requests.
import { isAbsolute, normalize } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readConfigDocument, rewriteConfigText } from '../../config/edit/rewrite-text.ts';
import { migrate } from '../../config/migrate/migrate.ts';
import { UnreadableSource } from '../../config/migrate/read/source-tree.ts';
import { parseConfigText } from '../../config/text/parse-text.ts';
import { PathTemplate } from '../../core/files/path-template.ts';
import { noteClient } from '../../core/http/forwarded-client.ts';
import { parseStreamUrl } from '../../core/http/stream-request.ts';
import { parseListenAddress } from '../../core/net/address.ts';
import { AddressSet } from '../../core/net/address-set.ts';
import { parseProxyHeader } from '../../core/net/proxy-protocol.ts';
import { findNameFault, parseRtmpUrl, parseStreamAddress } from '../../core/stream-address.ts';
import { jsonPatch, mergePatch } from '../../plugins/api/config/patches.ts';
import { formatPositions, parsePositions } from '../../plugins/api/events/positions.ts';
import { showPage } from '../../plugins/api/http/paging.ts';
import { Problem } from '../../plugins/api/http/problem.ts';
import { parseJson } from '../../plugins/api/http/read-body.ts';
import { parseAdobeVerifier } from '../../plugins/auth/methods/adobe.ts';
import { RefererList } from '../../plugins/auth/referer-list.ts';
import { readLink, signatureOf } from '../../plugins/auth/credentials/signatures.ts';
import { NO_PROGRESS, readProgress } from '../../plugins/engine/run/progress.ts';
import { parseHlsPath } from '../../plugins/hls/requests/url.ts';
import { parseResumption } from '../../plugins/hls/segments/earlier-files.ts';
import { recognizePlaylist } from '../../plugins/hls/segments/stale-files.ts';
import { Tokens } from '../../plugins/hls/tokens.ts';
import { parseDelivery } from '../../plugins/notify/delivery.ts';
import { makeFormat } from '../../plugins/notify/formats/index.ts';
import {
  findFault,
  hideSecrets,
  parseAddress,
  redirectAddress,
} from '../../plugins/relay/connections/address.ts';
import { nextStep } from '../../plugins/relay/connections/authentication.ts';
import { pullSpec } from '../../plugins/relay/specs.ts';
import { readVia } from '../../plugins/relay/loops/via.ts';

const tokens = new Tokens();
const isApp = (name: string): boolean => name === 'live';
const FORMATS = (['livego', 'srs', 'nginx-rtmp', 'node-media-server'] as const).map((format) =>
  makeFormat({ format, serverId: 'one', method: 'POST' }),
);
const SIGN_FORMATS = ['livego', 'node-media-server', 'secure_link'] as const;
const referers = new RefererList({ allow: ['*.example.org'], allowEmpty: false });
const proxies = new AddressSet(['127.0.0.1', '10.0.0.0/8']);
const RTMP = parseAddress('rtmp://user:pass@host/app/name?key=secret')!;
const HTTP = parseAddress('http://host/live/a.flv?key=secret')!;
const RECORDING_PATH = new PathTemplate('{app}/{name}-{time}.flv', { app: '.*', name: '.*', time: '.*' });
const ITEM = { app: 'live', name: 'movie', publisher: { id: 'a', counters: { bytes: 1 } } };
const DOCUMENT = { a: [1, { 'c/d': 2 }, 'x'], b: { e: null } };

/** Each throws only errors of the catalogue. */
export const TEXT_PARSERS: Readonly<Record<string, (text: string) => unknown>> = {
  'rtmp-url': parseRtmpUrl,
  'stream-address': (text) => [
    parseStreamAddress({ app: text, name: 'a?b=c' }, isApp),
    parseStreamAddress({ app: 'live', name: text }, isApp),
  ],
  'stream-url': (text) => parseStreamUrl(text, text, isApp),
  'stream-name': findNameFault,
  'hls-path': parseHlsPath,
  'hls-playlist': (text) => [parseResumption(text), recognizePlaylist(text, 'movie')],
  'hls-token': (text) => tokens.read(text),
  'proxy-header': (text) => parseProxyHeader(Buffer.from(text, 'latin1')),
  'listen-address': parseListenAddress,
  config: (text) => parseConfigText(text),
  delivery: parseDelivery,
  'rtmp-authentication': (text) => nextStep(text, { user: 'u', password: 'p' } as never, 'live'),
  via: readVia,
  'adobe-verifier': parseAdobeVerifier,
  'relay-address': readRelayAddress,
  'web-hook-answer': (text) =>
    FORMATS.flatMap(({ decide }) =>
      [200, 302, 404, 503].map((status) => decide({ status, body: text, location: text })),
    ),
  'signed-link': (text) =>
    SIGN_FORMATS.map((format) => {
      const link = readLink(new URLSearchParams(text), format);
      const facts = {
        action: 'play',
        app: text,
        name: text,
        expires: Number(link?.expires),
        ip: text,
      } as const;
      return signatureOf(facts, 'secret', { format, expression: '{expires}{uri}{ip} {secret}' });
    }),
  'config-edit': editConfig,
  'json-patch': patchConfig,
  'forwarded-for': (text) =>
    noteClient(
      {
        headers: { 'x-forwarded-for': text },
        socket: { remoteAddress: '127.0.0.1', remotePort: 1 },
      } as never,
      proxies,
    ),
  referer: (text) => referers.check({ protocol: 'http-flv', pageUrl: text } as never),
  'relay-request': (text) =>
    tolerateAs(TypeError, () =>
      pullSpec({ url: text, name: text }, { fallback: '', ca: '', insecure: false } as never, 'live'),
    ),
  'recording-path': buildRecordingPath,
  'program-progress': (text) => readProgress(NO_PROGRESS, text),
  'event-positions': (text) => {
    const positions = parsePositions(text);
    if (positions && !isDeepStrictEqual(parsePositions(formatPositions(positions)), positions))
      throw new Error(formatPositions(positions));
  },
  'api-fields': (text) =>
    tolerateAs(Problem, () => showPage([ITEM], 1, { limit: 1, offset: 0, fields: text })),
  'api-body': (text) => tolerateAs(Problem, () => parseJson(text)),
  migration: (text) => tolerateAs(UnreadableSource, () => migrate(text, 'livego.json5')),
};

function readRelayAddress(text: string): void {
  findFault(text, 'pull');
  for (const address of [parseAddress(text), redirectAddress(RTMP, text), redirectAddress(HTTP, text)])
    if (address) hideSecrets(text, address);
}

/** No name leaves the directory, and none makes a file that another name's path has as a folder. */
function buildRecordingPath(text: string): void {
  const known = ['app', 'name', 'time'];
  const path = RECORDING_PATH.build({ app: text, name: text, time: '1' });
  if (normalize(path).startsWith('..') || isAbsolute(path) || path.includes('\0')) throw new Error(path);
  if (PathTemplate.fault(text, known) !== undefined) return;
  new PathTemplate(text, { app: '.*', name: '.*', time: '.*' }).match(path);
}

/** What is edited says afterwards what it should say. */
function editConfig(text: string): void {
  const document = readConfigDocument(text);
  const next = { ...document, servers: [{ servername: 'live' }], hls: { port: 1 } };
  const edited = readConfigDocument(rewriteConfigText(text, next));
  if (!isDeepStrictEqual(edited['servers'], next.servers))
    throw new Error(`edited to ${JSON.stringify(edited)}`);
}

function patchConfig(text: string): void {
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    return;
  }
  tolerateAs(Problem, () => mergePatch(DOCUMENT, patch));
  const steps = Array.isArray(patch) ? (patch as unknown[]).filter(isStep) : [];
  tolerateAs(Problem, () => jsonPatch(DOCUMENT, steps as never));
  if ('x' in {}) throw new Error('the prototype of all objects has changed');
}

function isStep(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { op, path, from } = value as Readonly<Record<string, unknown>>;
  return (
    ['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(op as string) &&
    typeof path === 'string' &&
    (from === undefined || typeof from === 'string')
  );
}

function tolerateAs(kind: abstract new (...args: never[]) => object, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
  }
}
