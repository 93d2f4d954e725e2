// The far ends: 100 targets, or 100 viewers, in one process that discards whatever comes once a stream has begun.

import { connect, createServer, type Socket } from 'node:net';
import { parseCapabilities } from '../../core/protocol/rtmp/capabilities.ts';
import { RtmpClientSession } from '../../core/protocol/rtmp/client/client.ts';
import type { RtmpCommand } from '../../core/protocol/rtmp/command.ts';
import { RtmpConnection } from '../../core/protocol/rtmp/connection.ts';
import { connectResult, createStreamResult } from '../../core/protocol/rtmp/responses.ts';
import { publishStart } from '../../core/protocol/rtmp/status.ts';

/** Accepts every publish. */
export function takePublishes(port: number): void {
  createServer((socket) => {
    const connection: RtmpConnection = new RtmpConnection({
      role: 'server',
      send: (bytes) => void socket.write(bytes),
      receiver: {
        onCommand: (command) => {
          answer(connection, command);
          if (command.name === 'publish') stopReading();
        },
        onMedia: () => {},
      },
    });
    const stopReading = readUntilStopped(socket, (bytes) => connection.push(bytes));
  }).listen(port, '127.0.0.1');
}

/** Plays a stream this many times. */
export function playMany(port: number, count: number, app = 'live', name = 'movie'): void {
  const base = { app, name, tcUrl: `rtmp://127.0.0.1:${port}/${app}` };
  for (let number = 0; number < count; number++) {
    const socket = connect(port, '127.0.0.1', () => session.start());
    const session: RtmpClientSession = new RtmpClientSession({
      ...base,
      mode: 'play',
      send: (bytes) => void socket.write(bytes),
      observer: { onReady: () => {}, onRejected: () => socket.destroy(), onMedia: () => stopReading() },
    });
    const stopReading = readUntilStopped(socket, (bytes) => session.push(bytes));
  }
}

function answer(connection: RtmpConnection, { name, transactionId }: RtmpCommand): void {
  const capabilities = parseCapabilities(null);
  if (name === 'connect')
    connection.sendCommand(connectResult({ transactionId, objectEncoding: 0, capabilities }));
  if (name === 'createStream') connection.sendCommand(createStreamResult(transactionId, 1));
  if (name === 'publish') connection.sendCommand(publishStart('it'), 1);
}

/** From the call of the returned function on, bytes are read and thrown away. */
function readUntilStopped(socket: Socket, read: (bytes: Buffer) => void): () => void {
  let reading = true;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    if (reading) read(bytes);
  });
  return () => (reading = false);
}
