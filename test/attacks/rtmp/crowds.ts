// Many connections at once: each with much to read in the same turn of the event loop, and with names that nobody uses twice.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { within } from '../../helpers/net.ts';
import { closed, turn, type Attack, type Attacker } from '../kit/attack.ts';
import { PATIENCE_MS, times } from '../kit/size.ts';
import { command, message, opening, publishing, sends } from './bytes.ts';

/** What Node reads of a connection at a time. */
const READ_BYTES = 64 * 1024;
/** `rtmp.maxStreamsPerConnection` */
const STREAMS = 16;

const SCRIPTS = ['name', 'имя', '名前', 'שם', '🎥', 'e\u0301', '\u202e', '%2f..%2f', 'x'.repeat(200)];

/** Names that differ, by many connections, each of which has as many streams as it may. */
async function eachNames(attacker: Attacker, connections: number, verb: 'publish' | 'play'): Promise<void> {
  for (let index = 0; index < connections; index++) {
    const commands = Array.from({ length: STREAMS }, (_, number) => {
      const name = `${SCRIPTS[number % SCRIPTS.length]}-${index}-${number}`;
      const start = verb === 'publish' ? command('publish', 4, null, name, 'live') : playing(name);
      return [command('createStream', 3, null), readdress(start, number + 1)];
    });
    const socket = await sends(attacker, opening(), ...commands.flat());
    // Some of them stay.
    if (index % 8 > 0) socket.end();
    await (index % 50 === 49 ? closed(socket) : turn());
  }
}

async function published(attacker: Attacker, name: string): Promise<Socket> {
  const socket = await attacker.connect('rtmp.port');
  const started = new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => bytes.includes('NetStream.Publish.Start') && resolve());
  });
  socket.write(publishing(name));
  await within(started, `${name} to be published`, PATIENCE_MS);
  return socket;
}

function playing(name: string): Buffer {
  return command('play', 4, null, name);
}

/** The message stream that a message of one chunk is of. */
function readdress(bytes: Buffer, streamId: number): Buffer {
  bytes.writeUInt32LE(streamId, 8);
  return bytes;
}

export const CROWDS: readonly Attack[] = [
  {
    name: 'bytes of many publishers arrive together, each with a read of thousands of messages',
    run: async (attacker) => {
      const { child } = attacker.server;
      const block = message(MESSAGE_TYPE.audio, Buffer.from([0xaf, 1, 0]));
      const burst = Buffer.concat(Array<Buffer>(Math.floor(READ_BYTES / block.length)).fill(block));
      const names = Array.from({ length: times(40, 200) }, (_, index) => `crowd-${index}`);
      const sockets = await Promise.all(names.map((name) => published(attacker, name)));
      child.kill('SIGSTOP');
      for (const socket of sockets) socket.end(burst);
      await Promise.all(sockets.map((socket) => once(socket, 'finish')));
      child.kill('SIGCONT');
      // Everything has been read by then.
      await Promise.all(sockets.map(closed));
    },
  },
  {
    name: 'names are published once each, long and in every script',
    run: (attacker) => eachNames(attacker, times(20, 1300), 'publish'),
  },
  {
    name: 'names that nobody publishes are played, long and in every script',
    run: (attacker) => eachNames(attacker, times(20, 1300), 'play'),
  },
];
