// The demo page: what is live, players for it, and what to enter in an encoder. At the address of HTTP-FLV, or else of HLS.
//
// The room holds the page (page/), which needs nothing from the internet, and the list of streams that it reads.
import { definePlugin, formatAddress, type ServedAddress } from 'livego';
import { replyJson } from 'livego/http';
import { LiveStreams } from './live-streams.ts';
import { PageFiles } from './page-files.ts';
import { describeServer } from './server-facts.ts';
import { schema } from './schema.ts';

const HOSTS = ['httpflv', 'hls'];
const METHODS = ['GET', 'HEAD'] as const;

export default definePlugin({
  name: 'demo',
  schema,

  server(context) {
    const files = new PageFiles();
    const live = new LiveStreams(context);
    const pages = files.names.map((name) => ({
      methods: METHODS,
      path: name === 'index.html' ? '/' : `/demo/${name}`,
      handler: files.handlerOf(name),
    }));
    context.serveBeside(HOSTS, [
      ...pages,
      {
        methods: METHODS,
        path: '/demo/streams',
        handler: async (request, response) =>
          replyJson(request, response, {
            body: describeServer(context, request.socket.localPort, await live.list()),
          }),
      },
    ]);
    context.onActivate(() => {
      for (const url of pageUrls(context.addresses())) context.log.info(`in a browser: ${url}`);
    });
  },
});

/** The addresses of the host, as a browser on this machine takes them. */
function pageUrls(addresses: readonly ServedAddress[]): string[] {
  const of = (host: string): readonly ServedAddress[] =>
    addresses.filter(({ option, options }) =>
      [option, ...options].some((each) => each === `${host}.port` || each === `${host}.tls.port`),
    );
  const served = HOSTS.map(of).find((each) => each.length > 0) ?? [];
  return served.map(
    ({ scheme, host, port }) => `${scheme}://${formatAddress({ host: host ?? 'localhost', port })}/`,
  );
}
