// Commands: too many, with names and arguments that no client sends, and without a purpose.
import { once } from 'node:events';
import { closed, type Attack } from '../kit/attack.ts';
import { times } from '../kit/size.ts';
import { command, connectCommand, handshake, opening, publishing, sends } from './bytes.ts';

function flood(name: string, build: (index: number) => Buffer): Attack {
  return {
    name: `a thousand ${name} commands in one write`,
    run: async (attacker) => {
      const bytes = Buffer.concat(Array.from({ length: 1000 }, (_, index) => build(index)));
      for (let index = 0; index < times(10, 200); index++) await sends(attacker, opening(), bytes);
    },
  };
}

const NAMES = [
  'victim.m3u8',
  'v2/12.ts',
  '../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/x',
  'nul\0byte',
  'nul%00byte',
  'line\nbreak',
  '\u001b[2Jterminal',
  'healthy/',
  '/healthy',
  'healthy%2f',
  'HEALTHY',
  'healthy.flv',
  '~token',
  '.',
  '..',
  'con',
  'aux.ts',
  'trailing.',
  'trailing ',
  '\u202eright-to-left',
  '\ud800lonely',
  '%ff%fe%c0%ae',
  'x'.repeat(5000),
  'a/'.repeat(2000),
  '?',
  '??key=1&key=2&__proto__=3',
  'é'.repeat(300),
  '\u{1f600}',
];

export const COMMANDS: readonly Attack[] = [
  flood('play', () => command('play', 0, null, 'nothing')),
  flood('createStream', (index) => command('createStream', index, null)),
  flood('publish', (index) => command('publish', 0, null, `flood-${index}`, 'live')),
  flood('unknown', (index) => command(`unknown-${index}`, index, null, 'x')),
  flood('FCPublish and releaseStream', (index) =>
    command(index % 2 ? 'FCPublish' : 'releaseStream', index, null, 'healthy'),
  ),
  {
    name: 'names of streams that are paths, files of HLS, devices and noise are published and played',
    run: async (attacker) => {
      for (const name of NAMES) {
        await sends(attacker, publishing(name));
        await sends(attacker, opening(), command('play', 0, null, name));
        await sends(attacker, handshake(), connectCommand(name), command('play', 0, null, name));
      }
    },
  },
  {
    name: 'names of commands hold line breaks, control characters and 60,000 characters',
    run: async (attacker) => {
      const names = ['a\n{"level":30,"msg":"forged"}', '\u001b]0;title\u0007', '', ' ', 'x'.repeat(60_000)];
      await sends(attacker, opening(), ...names.map((name) => command(name, 7, null, 'x')));
      await sends(attacker, opening(), ...names.map((name) => command('onStatus', 7, null, name)));
      await attacker.stream.flows();
      const forged = attacker.server.log.filter(({ msg }) => msg === 'forged');
      if (forged.length > 0) throw new Error('A line of the log was forged.');
    },
  },
  {
    name: 'arguments of play and seek are of every type and beyond every range',
    run: async (attacker) => {
      const odd = [NaN, -Infinity, 1e308, -1e308, true, null, 'x', { a: 1 }, [1, 2]];
      const commands = odd.flatMap((value) => [
        command('play', 0, null, 'healthy', value, value, value),
        command('seek', 0, null, value),
        command('pause', 0, null, value, value),
        command('receiveVideo', 0, null, value),
      ]);
      for (let index = 0; index < times(3, 50); index++) await sends(attacker, opening(), ...commands);
    },
  },
  {
    name: 'other publishers want the name of a stream that has one',
    run: async (attacker) => {
      for (let index = 0; index < times(10, 300); index++) {
        const kind = ['live', 'record', 'append', 'LIVE', ''][index % 5]!;
        await sends(attacker, opening(), command('publish', 3, null, 'healthy', kind));
      }
    },
  },
  {
    name: 'deleteStream comes again and again on a connection that does nothing else',
    setUp: { config: () => ({ rtmp: { commandTimeoutMs: 5000 } }) },
    run: async (attacker) => {
      const socket = await sends(attacker, opening());
      const timer = setInterval(() => socket.write(command('deleteStream', 0, null, 1)), 100);
      attacker.defer(() => clearInterval(timer));
      await closed(socket);
    },
  },
  {
    name: 'one connection publishes and unpublishes without end',
    run: async (attacker) => {
      const rounds = Array.from({ length: 15 }, (_, index) =>
        Buffer.concat([
          command('publish', 3, null, `churn-${index % 3}`, 'live'),
          command('closeStream', 0, null),
        ]),
      );
      for (let index = 0; index < times(10, 500); index++) {
        const socket = await sends(attacker, opening(), ...rounds);
        if (index % 10 === 9) await once(socket, 'data');
        socket.end();
      }
    },
  },
  {
    name: 'clients connect to the application, and leave at once',
    run: async (attacker) => {
      for (let round = 0; round < times(4, 100); round++) {
        const sockets = await attacker.connections(25, 'rtmp.port');
        for (const socket of sockets) socket.end(Buffer.concat([handshake(), connectCommand()]));
      }
    },
  },
];
