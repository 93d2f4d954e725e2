// HTTP-FLV and WebSocket-FLV: GET or upgrade /{app}/{name}.flv, for ffplay, VLC, mpegts.js, flv.js.
import type { RouteSpec } from '../../core/plugin/context.ts';
import { preflightHeaders } from '../../core/http/cors.ts';
import { definePlugin } from '../../core/plugin/plugin.ts';
import { FlvPlayRequests } from './play-requests.ts';
import { FlvFormats } from './flv-formats.ts';
import { schema, type HttpFlvOptions } from './schema.ts';
import { listStreams } from './stream-list.ts';

export default definePlugin<HttpFlvOptions>({
  name: 'httpflv',
  schema,
  aliases: { flvport: 'port' },

  server(context, options) {
    const { port, tls, allowOrigin } = options;
    const entrance = new FlvPlayRequests(
      context.admission,
      context.log,
      allowOrigin,
      context.shared(() => new FlvFormats()),
    );
    const addresses: Pick<RouteSpec, 'option' | 'address' | 'tls'>[] = [{ option: 'port', address: port }];
    if (tls.port !== 0) addresses.push({ option: 'tls.port', address: tls.port, tls });
    for (const address of addresses) {
      context.route({
        ...address,
        methods: ['GET', 'HEAD'],
        path: '/*',
        extension: 'flv',
        handle: (request, response) => entrance.play(request, response),
        upgrade: (request, socket, head) => entrance.upgrade(request, socket, head),
      });
      context.route({
        ...address,
        methods: ['OPTIONS'],
        path: '/*',
        extension: 'flv',
        handle: (request, response) => {
          response.writeHead(204, preflightHeaders(request, allowOrigin, ['GET', 'HEAD', 'OPTIONS'])).end();
        },
      });
      context.route({
        ...address,
        methods: ['GET', 'HEAD'],
        path: '/streams',
        handle: (request, response) =>
          listStreams(request, response, context.streams(), context.admission.sessions),
      });
    }
  },
  app() {},
});
