// A target that answers as a test wants it to.
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { RtmpCommand } from '../../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../../core/protocol/rtmp/connection.ts';
import type { RtmpMessage } from '../../../core/protocol/rtmp/message.ts';
import { parseCapabilities } from '../../../core/protocol/rtmp/capabilities.ts';
import { connectResult, createStreamResult } from '../../../core/protocol/rtmp/responses.ts';
import { publishStart } from '../../../core/protocol/rtmp/status.ts';
import { waitForEvent } from '../../helpers/net.ts';

/** One connection to the target. */
export interface Caller {
  /** From 1. */
  readonly number: number;
  readonly connection: RtmpConnection;
  readonly socket: Socket;
  readonly commands: readonly RtmpCommand[];
  readonly media: readonly RtmpMessage[];
  /** Resolves when it has answered a ping. */
  pinged(): Promise<unknown>;
}

export interface FakeTarget {
  readonly port: number;
  readonly callers: readonly Caller[];
  /** rtmp://127.0.0.1:PORT/PATH */
  url(path: string): string;
  /** Resolves when the caller of that number has published, or has at present. */
  published(number?: number): Promise<Caller>;
  /** Resolves when so many callers have connected. */
  called(count: number): Promise<void>;
}

export interface TargetScript {
  /** Answers a command itself; false leaves it to the target, which accepts everything. */
  answer?(command: RtmpCommand, caller: Caller): boolean;
  /** Called for each connection; false: it is never read. */
  accept?(socket: Socket, number: number): boolean;
}

export async function startTarget(script: TargetScript = {}): Promise<FakeTarget> {
  const events = new EventEmitter();
  const callers: Caller[] = [];
  const publishing = new Set<Caller>();
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const number = ++accepted;
    events.emit('called', number);
    if (script.accept?.(socket, number) === false) return;
    const caller = talk(socket, number, script, () => {
      publishing.add(caller);
      events.emit('published', caller);
    });
    callers.push(caller);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const published = async (number = 1): Promise<Caller> => {
    const fits = (caller: Caller): boolean => caller.number === number;
    const present = [...publishing].find(fits);
    return present ?? (await waitForEvent<[Caller]>(events, 'published', fits))[0];
  };
  return {
    port,
    callers,
    url: (path) => `rtmp://127.0.0.1:${port}/${path}`,
    published,
    called: async (count) => {
      if (accepted < count)
        await waitForEvent<[number]>(events, 'called', (number) => number >= count, 20_000);
    },
  };
}

function talk(socket: Socket, number: number, script: TargetScript, published: () => void): Caller {
  const commands: RtmpCommand[] = [];
  const media: RtmpMessage[] = [];
  const events = new EventEmitter();
  const connection = new RtmpConnection({
    role: 'server',
    send: (bytes) => void socket.write(bytes),
    receiver: {
      onCommand: (command, { streamId }) => {
        commands.push(command);
        if (script.answer?.(command, caller)) return;
        if (command.name === 'connect') accept(connection, command);
        if (command.name === 'createStream')
          connection.sendCommand(createStreamResult(command.transactionId, 1));
        if (command.name !== 'publish') return;
        connection.sendCommand(publishStart('it'), streamId);
        published();
      },
      onMedia: (message) => void media.push(message),
      onControl: (control) => {
        if (control.kind === 'user-control' && control.event === 'ping-request') events.emit('pinged');
      },
    },
  });
  const pinged = (): Promise<unknown> => waitForEvent(events, 'pinged');
  const caller = { number, connection, socket, commands, media, pinged };
  socket.on('data', (bytes) => connection.push(bytes));
  return caller;
}

function accept(connection: RtmpConnection, { transactionId }: RtmpCommand): void {
  const capabilities = parseCapabilities(null);
  connection.sendCommand(connectResult({ transactionId, objectEncoding: 0, capabilities }));
}
