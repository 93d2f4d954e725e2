// HTTP-FLV and WebSocket-FLV: GET or upgrade /{app}/{name}.flv, for ffplay, VLC, mpegts.js, flv.js.
//
// The room holds requests for streams and the connections of viewers. FLV is in `livego/media`, routes and chunks are in
// `livego/http`.
import { definePlugin } from 'livego';
import { PlayRequests } from './play-requests.ts';
import { schema, type HttpFlvOptions } from './schema.ts';
import { listStreams } from './stream-list.ts';

export default definePlugin<HttpFlvOptions>({
  name: 'httpflv',
  schema,
  aliases: { flvport: 'port' },

  server(context, options) {
    const requests = new PlayRequests(context);
    context.serve(options, [
      {
        methods: ['GET', 'HEAD'],
        path: '/*',
        extension: 'flv',
        handler: (request, response, match) => requests.play(request, response, match),
        upgrade: (request, socket, head, match) => requests.upgrade(request, socket, head, match),
      },
      {
        methods: ['GET', 'HEAD'],
        path: '/streams',
        handler: (request, response) => listStreams(request, response, context),
      },
    ]);
  },
});
