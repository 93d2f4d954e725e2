// A delivery and a command: sends each stream of an application on to another program, as FLV over a TCP connection of its
// own. A change of its options replaces the plugin; connections that are open live on.
import { connect, type Socket } from 'node:net';
import {
  definePlugin,
  Denial,
  endSocket,
  handoverKey,
  type AppContext,
  type Delivery,
  type StreamView,
} from 'livego';
import { FLV } from 'livego/media';

interface Options {
  readonly host: string;
  readonly port: number;
  readonly start: 'gop' | 'next-keyframe';
}

interface Copy {
  readonly socket: Socket;
  readonly delivery: Delivery;
}

/** By the key of the stream. */
const COPIES = handoverKey<Map<string, Copy>>('copies');

/** A connection that is being closed gets this long to take its last bytes. */
const CLOSING_MS = 3000;

export default definePlugin<Options>({
  name: 'send-flv',
  enabledByDefault: false,
  schema: {
    type: 'object',
    required: ['port'],
    properties: {
      host: { type: 'string', default: '127.0.0.1', description: 'Host of the program that receives.' },
      port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'Its TCP port.' },
      start: {
        enum: ['gop', 'next-keyframe'],
        default: 'next-keyframe',
        description: 'Where a copy starts: with the cached group of pictures, or with the next keyframe.',
      },
    },
  },
  app(context, options) {
    let copies = new Map<string, Copy>();
    const connecting = new Set<Socket>();

    context.handover(COPIES, {
      give: () => {
        const given = copies;
        // From here on they are the successor's, and onStop finds none.
        copies = new Map();
        return { state: given, dispose: () => endAll(given) };
      },
      take: (given) => {
        copies = given;
        for (const { delivery } of copies.values()) context.adopt(delivery);
      },
    });

    context.hooks.streamStart.tap((stream) => {
      if (copies.has(stream.key)) return;
      const socket = connect(options);
      connecting.add(socket);
      socket.on('error', (err) => context.log.warn({ err, stream: stream.displayKey }, 'a copy has failed'));
      socket.once('close', () => connecting.delete(socket));
      socket.once('connect', () => {
        connecting.delete(socket);
        if (stream.state === 'ended') socket.destroy();
        else copies.set(stream.key, { socket, delivery: deliver(context, stream, socket, options.start) });
      });
    });
    context.hooks.streamStop.tap(({ key }) => void copies.delete(key));
    context.onStop(() => {
      for (const socket of connecting) socket.destroy();
      endAll(copies);
    });

    declareStop(context, (key) => copies.get(key));
  },
});

function declareStop(context: AppContext, find: (key: string) => Copy | undefined): void {
  context.command<{ app: string; name: string }>({
    name: 'stop',
    description: 'Stops sending a stream, until it starts again.',
    input: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    run: ({ app, name }) => {
      const copy = find(`${app}/${name}`);
      if (!copy) throw new Denial('not-found', `${app}/${name} is not being sent`);
      end(copy);
      return { sentBytes: copy.delivery.counters.sentBytes };
    },
  });
}

function deliver(context: AppContext, stream: StreamView, socket: Socket, start: Options['start']): Delivery {
  const delivery = context.deliver(stream, {
    format: context.format(FLV),
    start,
    transport: {
      output: socket,
      onDrain: (drained) => {
        socket.on('drain', drained);
        return () => socket.removeListener('drain', drained);
      },
      // Called when the stream has ended, and when the other program reads too slowly.
      close: () => endSocket(socket, CLOSING_MS),
    },
  });
  socket.once('close', () => delivery.end());
  return delivery;
}

function end({ socket, delivery }: Copy): void {
  delivery.end();
  endSocket(socket, CLOSING_MS);
}

function endAll(copies: Map<string, Copy>): void {
  for (const copy of copies.values()) end(copy);
  copies.clear();
}
