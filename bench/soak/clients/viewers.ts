// Viewers of each protocol, which note what they get.
//
// This room contains the publisher and the viewers of the soak's stream, and compares sent and received packets. The load
// of the timed reloads is in ../../load.

import { get } from 'node:http';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { FlvReader } from '../../../core/media/flv/tag-reader.ts';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { openSession } from './rtmp-session.ts';
import { SOAK } from './stream-name.ts';
import { trace, type Trace } from './trace.ts';

export interface Watching {
  readonly name: string;
  readonly got: Trace[];
  /** The reason why the connection ended; undefined while it lives. */
  ended: string | undefined;
  leave(): void;
  /** Reads nothing more, and stays connected. */
  stall(): void;
}

export function watchRtmp(port: number, stream = SOAK): Watching {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const watching = newWatching(`RTMP :${port}`, socket);
  const session = openSession('play', { ...stream, port }, socket, {
    onMedia: ({ type, timestamp, payload }) => {
      if (type === MESSAGE_TYPE.video || type === MESSAGE_TYPE.audio)
        note(watching, type === MESSAGE_TYPE.video ? 'video' : 'audio', timestamp, payload);
    },
    onEnded: () => (watching.ended ??= 'the stream ended'),
    onRejected: () => (watching.ended ??= 'it was denied'),
  });
  socket.on('data', (bytes) => session.push(bytes)).on('error', () => {});
  socket.once('close', () => (watching.ended ??= 'the connection closed'));
  return watching;
}

export function watchHttp(port: number, { app, name } = SOAK): Watching {
  let pause = (): void => {};
  const watching = newWatching(`HTTP-FLV :${port}`, {
    destroy: () => request.destroy(),
    pause: () => pause(),
  });
  const take = readFlv(watching);
  const request = get(`http://127.0.0.1:${port}/${app}/${name}.flv`, { agent: false }, (response) => {
    pause = () => response.pause();
    if (response.statusCode === 200) response.on('data', take);
    else watching.ended = `status ${response.resume().statusCode}`;
    response.on('error', () => {});
    response.once('close', () => (watching.ended ??= 'the connection closed'));
  });
  request.on('error', (error) => (watching.ended ??= error.message));
  return watching;
}

export function watchWebSocket(port: number, { app, name } = SOAK): Watching {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/${app}/${name}.flv`);
  const watching = newWatching(`WebSocket-FLV :${port}`, {
    destroy: () => socket.terminate(),
    pause: () => socket.pause(),
  });
  socket.on('message', readFlv(watching));
  socket.on('error', (error) => (watching.ended ??= error.message));
  socket.once('close', () => (watching.ended ??= 'the connection closed'));
  return watching;
}

interface Connection {
  destroy(): unknown;
  pause(): unknown;
}

function newWatching(name: string, connection: Connection): Watching {
  const watching: Watching = {
    name,
    got: [],
    ended: undefined,
    leave() {
      watching.ended ??= 'it left';
      connection.destroy();
    },
    stall: () => void connection.pause(),
  };
  return watching;
}

function readFlv(watching: Watching): (bytes: Buffer) => void {
  const reader = new FlvReader();
  return (bytes) => {
    for (const { type, timestamp, body } of reader.push(bytes))
      if (type !== 'script') note(watching, type, timestamp, body);
  };
}

// The server may repeat sequence headers at any time.
function note(watching: Watching, kind: 'audio' | 'video', timestamp: number, payload: Buffer): void {
  if (payload[1] !== 0) watching.got.push(trace(kind, timestamp, payload));
}
