// HTTP Live Streaming: GET /{app}/{name}.m3u8, for Safari, phones, hls.js, VLC, ffplay and caches.
import type { RouteSpec } from '../../core/plugin/context.ts';
import { preflightHeaders } from '../../core/http/cors.ts';
import { definePlugin } from '../../core/plugin/plugin.ts';
import { HlsApplication } from './application.ts';
import { PresentationRegistry } from './presentations.ts';
import { replyCrossDomain } from './cross-domain.ts';
import { HlsRequests } from './requests/requests.ts';
import { noteFigures } from './metrics.ts';
import { requireDirectory } from './segments/segment-files.ts';
import { schema, type HlsOptions } from './schema.ts';

const EXTENSIONS = ['m3u8', 'ts', 'key'] as const;

export default definePlugin<HlsOptions>({
  name: 'hls',
  schema,
  aliases: { hlsport: 'port', hls_keep_after_end: 'keepAfterEnd' },

  server(context, options) {
    const catalogue = context.shared(() => new PresentationRegistry());
    const entrance = new HlsRequests(context, options, catalogue);
    const { port, tls, allowOrigin } = options;
    const addresses: Pick<RouteSpec, 'option' | 'address' | 'tls'>[] = [{ option: 'port', address: port }];
    if (tls.port !== 0) addresses.push({ option: 'tls.port', address: tls.port, tls });
    for (const address of addresses) {
      for (const extension of EXTENSIONS) {
        context.route({
          ...address,
          methods: ['GET', 'HEAD'],
          path: '/*',
          extension,
          handle: (request, response) => entrance.answer(request, response),
        });
        context.route({
          ...address,
          methods: ['OPTIONS'],
          path: '/*',
          extension,
          handle: (request, response) => {
            const methods = ['GET', 'HEAD', 'OPTIONS'];
            response.writeHead(204, preflightHeaders(request, allowOrigin, methods)).end();
          },
        });
      }
      context.route({
        ...address,
        methods: ['GET', 'HEAD'],
        path: '/crossdomain.xml',
        handle: (request, response) => replyCrossDomain(request, response, allowOrigin),
      });
    }
    context.hooks.stat.tap((figures) => noteFigures(figures, catalogue));
    let handedOn = false;
    context.bequeath(() => (handedOn = true));
    context.inherit(() => {});
    let stopTicking: (() => void) | undefined;
    context.onStart(() => {
      stopTicking = context.ticker.add((now) => {
        entrance.sweep(now);
        catalogue.sweep();
      });
    });
    context.onStop((cause) => {
      stopTicking?.();
      // An instance that never came into force leaves what is shared to the one that is.
      if (handedOn || cause.code === 'refused') return;
      for (const viewer of catalogue.viewers.values()) viewer.leave(cause);
      catalogue.viewers.clear();
      if (cause.code !== 'shutdown') for (const each of [...catalogue.presentations]) catalogue.drop(each);
    });
  },

  app(context, options) {
    const application = new HlsApplication(
      context,
      options,
      context.shared(() => new PresentationRegistry()),
    );
    context.hooks.streamStart.tap((stream) => application.streamStart(stream));
    context.hooks.streamStop.tap((stream, cause) => application.streamStop(stream, cause));
    context.hooks.configChange.tap(() => application.comeIntoForce());
    context.onStart(() => requireDirectory(options.path));
    context.bequeath(() => application);
    context.inherit((predecessor) => application.inherit(predecessor as HlsApplication));
    context.onStop((cause) => application.stop(cause));
  },
});
