// Replay: finished recordings by HTTP, as files, as FLV from a time on, and as HLS; and a list of them.
//
// The room knows files and serves them. What writes them are the plugins record and engine, or anything else that puts
// such files into the directories.
import {
  definePlugin,
  handoverKey,
  LivegoError,
  pluginState,
  timeSchema,
  type JsonSchema,
  type ServerContext,
} from 'livego';
import type { Route } from 'livego/http';
import { RecordingsElsewhere } from './elsewhere.ts';
import { Md5Sums } from './recordings/md5-sums.ts';
import { declareMetrics } from './metrics.ts';
import { Outlines } from './outlines/outlines.ts';
import { Pauses } from './pauses.ts';
import { RecordingFiles } from './recordings/recording-files.ts';
import { Recordings, type KnownRecordings } from './recordings/recordings.ts';
import { describeRecording, type RecordingKind } from './recordings/recording.ts';
import { schema, type ReplayOptions } from './schema.ts';
import { SegmentCache } from './http/segment-cache.ts';
import { StoredRecordings } from './stored-recordings.ts';
import { VodList } from './http/vod-list.ts';
import { VodRequests } from './http/vod-requests.ts';

const PAUSES = pluginState(() => new Pauses());
const RECORDINGS = handoverKey<KnownRecordings>('recordings');

const HOSTS = ['httpflv', 'hls'];
const METHODS = ['GET', 'HEAD'] as const;
const EXTENSIONS = [undefined, 'flv', 'ts', 'm3u8'] as const;

export default definePlugin<ReplayOptions>({
  name: 'replay',
  schema,
  enabledByDefault: false,

  server(context, options) {
    const md5 = options.md5 && context.everywhere.isFirst ? new Md5Sums() : undefined;
    const recordings = new Recordings(options.directories, context.log, md5);
    const elsewhere = new RecordingsElsewhere(context, recordings);
    const cache = new SegmentCache(
      () => context.everywhere.partOf(options.cacheBytes),
      // No stream has this name.
      (bytes) => context.holdMemory('replay', bytes),
    );
    const files = new RecordingFiles();
    const outlines = new Outlines(files);
    const pauses = context.state(PAUSES);
    context.onActivate(() => pauses.use({ options, everywhere: context.everywhere }));
    const services = { recordings, files, outlines, pauses: pauses.viewers };
    const requests = new VodRequests({ context, options, cache, ...services });
    const list = new VodList({ context, recordings, elsewhere, access: options.list });
    context.store(new StoredRecordings(services));
    serve(context, options, [
      { methods: METHODS, path: '/vod', handler: list.serve.bind(list) },
      ...EXTENSIONS.map((extension) => ({
        methods: METHODS,
        path: '/vod/*',
        ...(extension !== undefined && { extension }),
        handler: requests.serve.bind(requests),
      })),
    ]);
    declareList(context, recordings, elsewhere);
    declareMetrics(context, { recordings, cache, pauses: pauses.viewers });
    context.hooks.fileEnd.tap(({ kind, path, md5: sum }) => {
      if (kind !== 'recording' && kind !== 'replay') return;
      recordings.add(path, sum);
      elsewhere.tell({ path, md5: sum });
    });
    context.handover(RECORDINGS, {
      give: () => ({ state: recordings.give(), dispose: () => {} }),
      take: (known) => recordings.take(known),
    });
    scanNowAndThen(context, recordings, options.scanSeconds);
    context.onStop(() => cache.clear());
  },
});

function serve(context: ServerContext, options: ReplayOptions, routes: readonly Route[]): void {
  const { port, tls, allowOrigin } = options;
  if (port !== undefined) return context.serve({ port, tls, allowOrigin }, routes);
  if (tls.port !== 0)
    throw new LivegoError(
      'LVG_PLUGIN_FAILED',
      'replay.tls.port: replay has no port of its own; give replay.port as well, or leave both out to serve recordings where HTTP-FLV is, with its TLS',
    );
  context.serveBeside(HOSTS, routes, { allowOrigin });
}

function scanNowAndThen(context: ServerContext, recordings: Recordings, scanSeconds: number): void {
  let scannedAt = -Infinity;
  const scan = (now: number): void => {
    scannedAt = now;
    void recordings.scan();
  };
  context.everySecond((now) => {
    if (now - scannedAt >= scanSeconds * 1000) scan(now);
  });
  context.onActivate(() => scan(context.now()));
  context.onStop(() => recordings.stop());
}

/** The recordings that one answer lists. */
const MAX_LISTED = 1000;

const LIST_INPUT: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    app: { type: 'string', description: 'Only those of this application.' },
    name: { type: 'string', description: 'Only those of this stream.' },
    kind: { enum: ['recording', 'replay'], description: 'Only those of the server, or of engines.' },
    endedBefore: timeSchema('Only those that ended before this time: "2026-11-26T10:00:00Z".'),
    offset: { type: 'integer', minimum: 0, description: 'Those that come before, which are left out.' },
    limit: { type: 'integer', minimum: 1, maximum: MAX_LISTED, description: 'How many are listed.' },
  },
};

interface ListInput {
  readonly app?: string;
  readonly name?: string;
  readonly kind?: RecordingKind;
  readonly endedBefore?: string;
  readonly offset?: number;
  readonly limit?: number;
}

function declareList(context: ServerContext, recordings: Recordings, elsewhere: RecordingsElsewhere): void {
  context.command<ListInput>({
    name: 'list',
    description: `Lists finished recordings, the newest first: ${MAX_LISTED} at most, and \`total\`.`,
    input: LIST_INPUT,
    run: async ({ limit = MAX_LISTED, endedBefore, ...wanted }) => {
      const until = endedBefore === undefined ? undefined : Date.parse(endedBefore);
      const { found, total } = recordings.list({ ...wanted, endedBefore: until, most: limit });
      const sums = await elsewhere.sumsOf(found);
      const described = found.map((each, index) => ({
        ...describeRecording(each, sums[index]),
        durationMs: each.durationMs,
        startedAt: each.startedAt.toISOString(),
        endedAt: each.endedAt.toISOString(),
      }));
      return { recordings: described, total };
    },
  });
}
