// A sink and a route: counts what each stream brings, and answers GET /meter with the counts as JSON. A change of its
// options replaces the plugin, and the counts go on.
import { definePlugin } from 'livego';

interface Options {
  readonly port: string | number;
  readonly path: string;
}

interface Meter {
  packets: number;
  bytes: number;
}

export default definePlugin<Options>({
  name: 'meter',
  schema: {
    type: 'object',
    properties: {
      port: {
        level: 'server',
        anyOf: [{ type: 'integer', minimum: 1, maximum: 65_535 }, { type: 'string' }],
        default: 8011,
        description: 'Address of http://HOST:PORT/meter. It may be that of another HTTP plugin.',
      },
      path: { level: 'server', type: 'string', pattern: '^/', default: '/meter', description: 'The path.' },
    },
  },
  server(context, { port, path }) {
    let meters = new Map<string, Meter>();
    context.bequeath(() => meters);
    context.inherit((state) => {
      if (state instanceof Map) meters = state as Map<string, Meter>;
    });

    context.hooks.streamStart.tap((stream) => {
      const meter = meters.get(stream.key) ?? { packets: 0, bytes: 0 };
      meters.set(stream.key, meter);
      const write = (packet: { readonly payload: Buffer }): void => {
        meter.packets++;
        meter.bytes += packet.payload.length;
      };
      context.attach(stream, { write }, 'none');
    });
    context.hooks.streamStop.tap((stream) => void meters.delete(stream.key));

    context.route({
      option: 'port',
      address: port,
      methods: ['GET'],
      path,
      handle(_request, response) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`${JSON.stringify(Object.fromEntries(meters))}\n`);
      },
    });
  },
});
