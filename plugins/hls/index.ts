// HTTP Live Streaming: GET /APP/NAME.m3u8, for Safari, phones, hls.js, VLC, ffplay and caches.
//
// The room holds sessions of viewers and presentations of streams; segments/, playlists/ and requests/ have the parts. The
// formats, MPEG-TS and the text of playlists, are in `livego/media`.
import { definePlugin, handoverKey, pluginState, type EndCause } from 'livego';
import { requireDirectory } from 'livego/files';
import { HlsApplication } from './application.ts';
import { Guests } from './elsewhere/guests.ts';
import { OtherWorkers } from './elsewhere/other-workers.ts';
import { SessionPlaces } from './elsewhere/session-places.ts';
import { SharedFolders } from './elsewhere/shared-folders.ts';
import { declareMetrics } from './metrics.ts';
import { HlsRequests } from './requests/requests.ts';
import { RENAMED_OPTIONS, schema, type HlsOptions } from './schema.ts';
import { makeState } from './state.ts';

const STATE = pluginState(makeState);
const APPLICATION = handoverKey<HlsApplication>('application');

const SWITCHED_OFF: EndCause = { code: 'removed', message: 'HLS was switched off' };

export default definePlugin<HlsOptions>({
  name: 'hls',
  schema,
  aliases: { hlsport: 'port', hls_keep_after_end: 'keepAfterEnd' },
  renamedOptions: RENAMED_OPTIONS,

  server(context, options) {
    const state = context.state(STATE);
    const { sessions, presentations } = state;
    const workers = new OtherWorkers(context, state);
    const folders = new SharedFolders(context, presentations.files.folders);
    const guests = new Guests(context, sessions);
    const places = new SessionPlaces(context, options, sessions);
    const requests = new HlsRequests({ context, options, state, workers, guests, places });
    context.serve(
      options,
      ['m3u8', 'ts', 'key'].map((extension) => ({
        methods: ['GET', 'HEAD'],
        path: '/*',
        extension,
        handler: (request, response, match) => requests.answer(request, response, match),
      })),
    );
    declareMetrics(context, state);
    context.everySecond((now) => {
      sessions.sweep(now, ({ key }) => {
        const { sessionTimeoutSeconds } = presentations.find(key)?.options ?? options;
        return sessionTimeoutSeconds * 1000;
      });
      presentations.sweep(now);
      workers.sweep();
      guests.sweep(now);
    });
    context.onActivate(() => {
      sessions.begin();
      workers.activate();
      state.tokens.use(context.everywhere.secret('hls'), context.everywhere.worker);
      presentations.claimFoldersWith((folder) => folders.mayUse(folder));
    });
    context.onStop((cause) => {
      if (cause === 'removed' || cause === 'shutdown') workers.stop();
      if (cause !== 'removed') return;
      sessions.endAll(SWITCHED_OFF);
      presentations.dropAll();
    });
  },

  app(context, options) {
    const application = new HlsApplication(context, options, context.state(STATE).presentations);
    context.hooks.streamStart.tap((stream) => application.streamStart(stream));
    context.hooks.publishStart.tap((session, stream) => application.publishStart(session, stream));
    context.hooks.publishStop.tap((_session, stream) => application.publishStop(stream));
    context.hooks.streamStop.tap((stream, cause) => application.streamStop(stream, cause));
    context.everySecond(() => application.sweep());
    context.onStart(async () => {
      const alternative = 'leave the option out to keep segments in memory';
      if (options.path !== '') await requireDirectory(options.path, 'hls.path', alternative);
    });
    context.onActivate(() => application.activate());
    context.handover(APPLICATION, {
      give: () => ({ state: application, dispose: () => void application.stop('removed') }),
      take: (predecessor) => application.takeOver(predecessor),
    });
    context.onStop((cause) => application.stop(cause));
  },
});
