// Connections that do not get as far as a command.
import { once } from 'node:events';
import { buildAmf0 } from '../../../core/media/amf0/index.ts';
import { closed, turn, type Attack } from '../kit/attack.ts';
import { times } from '../kit/size.ts';
import { command, connectCommand, handshake, opening, sends } from './bytes.ts';

export const HANDSHAKES: readonly Attack[] = [
  {
    name: 'connections open, say nothing, and stay',
    run: async (attacker) => void (await attacker.connections(times(50, 2000), 'rtmp.port')),
  },
  {
    name: 'connections open and are reset at once',
    run: async (attacker) => {
      for (let round = 0; round < times(2, 40); round++) {
        for (const socket of await attacker.connections(50, 'rtmp.port')) socket.resetAndDestroy();
      }
    },
  },
  {
    name: 'handshakes arrive a byte at a time, and end half-way',
    run: async (attacker) => {
      const half = handshake().subarray(0, 900);
      const sockets = await attacker.connections(times(10, 500), 'rtmp.port');
      for (let at = 0; at < times(40, 400); at++) {
        for (const socket of sockets) socket.write(half.subarray(at, at + 1));
        await turn();
      }
    },
  },
  {
    name: 'a handshake of another version, of HTTP, of TLS, and of noise',
    run: async (attacker) => {
      const noise = Buffer.from(Array.from({ length: 4000 }, (_, index) => (index * 131 + 7) & 0xff));
      const hellos = [
        'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
        Buffer.from('160301', 'hex'),
        noise,
        Buffer.from([9]),
      ];
      for (const hello of hellos) {
        const socket = await attacker.connect('rtmp.port');
        socket.end(hello);
        await closed(socket);
      }
    },
  },
  {
    name: 'a client ends its side behind the handshake, and reads on',
    run: async (attacker) => {
      const socket = await attacker.connect('rtmp.port');
      socket.end(handshake());
      await closed(socket);
    },
  },
  {
    name: 'commands end half-way, and nothing follows',
    run: async (attacker) => {
      const whole = connectCommand();
      for (let index = 0; index < times(30, 1000); index++) {
        await sends(attacker, handshake(), whole.subarray(0, 1 + (index % (whole.length - 1))));
      }
    },
  },
  {
    name: 'connect and createStream arrive a byte at a time',
    run: async (attacker) => {
      const [bytes, socket] = [opening(), await attacker.connect('rtmp.port')];
      const answered = once(socket, 'data');
      for (const byte of bytes) socket.write(Buffer.from([byte]));
      await answered;
    },
  },
  {
    name: 'commands come before connect, and connect twice',
    run: async (attacker) => {
      const early = [command('createStream', 2, null), command('play', 0, null, 'healthy')];
      await sends(attacker, handshake(), ...early, connectCommand());
      await sends(attacker, handshake(), connectCommand(), connectCommand('other'), ...early);
    },
  },
  {
    name: 'connect has an application and an address of 60,000 characters',
    run: async (attacker) => {
      const long = 'x'.repeat(60_000);
      await sends(attacker, handshake(), connectCommand(long), buildAmf0(['never', 'read']));
      await sends(attacker, handshake(), connectCommand('live', { tcUrl: `rtmp://${long}`, swfUrl: long }));
    },
  },
];
