// A sink, a route and a metric: counts the packets of each stream, and serves the counts as JSON at GET /meter. A change of
// its options replaces the plugin, and the counts continue.
import { definePlugin, handoverKey } from 'livego';
import { replyJson } from 'livego/http';

interface Options {
  readonly port: string | number;
  readonly path: string;
}

interface Meter {
  readonly label: string;
  packets: number;
  bytes: number;
}

const METERS = handoverKey<Map<string, Meter>>('meters');

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
  server(context, options) {
    let meters = new Map<string, Meter>();
    context.handover(METERS, {
      give: () => ({ state: meters, dispose: () => {} }),
      take: (given) => (meters = given),
    });

    context.hooks.streamStart.tap((stream) => {
      const meter = meters.get(stream.key) ?? { label: stream.displayKey, packets: 0, bytes: 0 };
      meters.set(stream.key, meter);
      const write = (packet: { readonly payload: Buffer }): void => {
        meter.packets++;
        meter.bytes += packet.payload.length;
      };
      context.attach(stream, { write }, { from: 'live' });
    });
    context.hooks.streamStop.tap((stream) => void meters.delete(stream.key));

    context.serve(options, [
      {
        methods: ['GET'],
        path: options.path,
        handle: (request, response) =>
          replyJson(request, response, { body: Object.fromEntries(sumsOf(meters)) }),
      },
    ]);

    const packets = context.metric({
      name: 'meter_packets_total',
      type: 'counter',
      help: 'Packets of a stream.',
      labels: ['stream'],
    });
    context.hooks.stat.tap((write) => {
      for (const [stream, sum] of sumsOf(meters)) write.counter(packets, sum.packets, { stream });
    });
  },
});

/** By what may be shown: all streams of an application whose names may be secrets are one, `live/***`. */
function sumsOf(meters: ReadonlyMap<string, Meter>): Map<string, { packets: number; bytes: number }> {
  const sums = new Map<string, { packets: number; bytes: number }>();
  for (const { label, packets, bytes } of meters.values()) {
    const sum = sums.get(label) ?? { packets: 0, bytes: 0 };
    sums.set(label, { packets: sum.packets + packets, bytes: sum.bytes + bytes });
  }
  return sums;
}
