// The HTTP API: shows and changes everything, and answers what the classic front ends ask.
//
// operations/ has what /api/v1 can do, a table of which routes and the OpenAPI document are made (http/, openapi/);
// classic/ and rooms/ have the requests of the classic servers; config/ turns requests into changes of the file; events/ is
// the stream of events.
import { definePlugin, Denial, pluginState, type ServerContext, type StreamView } from 'livego';
import { replyJson, type Route } from 'livego/http';
import { controlRoutes } from './classic/control.ts';
import { projectRoutes } from './classic/project-routes.ts';
import { Closing } from './closing.ts';
import { linkFeed } from './events/event-feed.ts';
import { noteEvents } from './events/taps.ts';
import { OtherPlugins } from './http/commands.ts';
import { notServed } from './http/not-served.ts';
import { routeOf } from './http/operation.ts';
import { denyByProblem } from './http/problem.ts';
import { Muting } from './mutes.ts';
import { buildDocument } from './openapi/document.ts';
import { OPERATIONS } from './operations/index.ts';
import { ProjectRequests } from './rooms/project-requests.ts';
import { Recordings } from './recordings.ts';
import { readRooms, type RoomList } from './rooms/room-list.ts';
import { schema, type ApiOptions } from './schema.ts';
import type { ApiServices } from './services.ts';
import { SharedChanges } from './shared-changes.ts';
import { ApiState } from './state.ts';

interface SharedState {
  readonly api: ApiState;
  readonly seen: WeakSet<StreamView>;
}

const STATE = pluginState<SharedState>(() => ({
  api: new ApiState(),
  seen: new WeakSet(),
}));

export default definePlugin<ApiOptions>({
  name: 'api',
  schema,
  aliases: { httpoper: 'enabled', operport: 'port', rooms: 'rooms', staticAddr: 'staticAddr' },

  server(context, options) {
    const { api: state, seen } = context.state(STATE);
    const services = makeServices(context, options, state);
    const { muting, shared, feed } = services;
    context.serve(options, routesOf(services));
    context.hooks.streamStart.tap((stream) => muting.begin(stream));
    context.hooks.streamStop.tap((stream) => muting.end(stream));
    context.hooks.connect.tap(
      ({ client }) => {
        const ban = state.bans.find(client.remote);
        return ban && new Denial('forbidden', ban.reason);
      },
      { observer: true },
    );
    context.hooks.fileEnd.tap((file) => state.recordings.note(file));
    noteEvents(context, state.events, seen);
    context.everySecond((now) => {
      shared.tick();
      feed.tick(now);
    });
    manageState(services);
    linkFeed(context, feed);
    context.onStop((cause) => {
      if (cause === 'removed' || cause === 'shutdown') feed.end();
    });
  },
});

function makeServices(context: ServerContext, options: ApiOptions, state: ApiState): ApiServices {
  const muting = new Muting(context, state.mutes);
  const others = new OtherPlugins(context);
  return {
    context,
    options,
    state,
    others,
    muting,
    shared: new SharedChanges(context, state, () => muting.refresh()),
    closing: new Closing(context, state.bans),
    recordings: new Recordings(context, others, state.recordings),
    feed: state.feed,
  };
}

function manageState({ context, options, state }: ApiServices): void {
  let rooms: RoomList = { lives: [] };
  let saved: Awaited<ReturnType<ApiState['read']>>;
  context.onStart(async () => {
    rooms = await readRooms(options.rooms);
    saved = await state.read(options.stateFile);
  });
  context.onActivate(() => {
    state.use(options.stateFile, saved);
    state.projects.useRooms(rooms);
    warnOfLocalOnly(context);
  });
}

function routesOf(services: ApiServices): Route[] {
  let document: object | undefined;
  const requests = new ProjectRequests(services, () => rtmpPort(services.context));
  return [
    ...OPERATIONS.map((operation) => routeOf(operation, services)),
    {
      methods: ['GET', 'HEAD'],
      path: '/api/openapi.json',
      access: { right: 'read', deny: denyByProblem },
      handler: (request, response) =>
        replyJson(request, response, { body: (document ??= buildDocument(OPERATIONS)) }),
    },
    notServed(OPERATIONS),
    ...controlRoutes(services),
    ...projectRoutes(requests),
  ];
}

function rtmpPort(context: ServerContext): string {
  const rtmp = context.addresses().find(({ options }) => options.includes('rtmp.port'));
  return rtmp ? `:${rtmp.port}` : '';
}

function warnOfLocalOnly({ config, log }: ServerContext): void {
  const { control, jwt } = config.current()?.server ?? {};
  if (!control || control.tokens.some(({ token }) => token !== '') || jwt?.secret !== '') return;
  log.info('the API answers programs of this machine only; set control.tokens to use it from elsewhere');
}
