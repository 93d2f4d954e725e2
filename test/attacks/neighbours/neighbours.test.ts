// Attacks by servers that livego asks: sources and targets of relays, web hooks, a store of keys. And jumps of the wall clock.
import { expect } from 'vitest';
import type { Attack } from '../kit/attack.ts';
import { attacksOf } from '../kit/driver.ts';
import { times } from '../kit/size.ts';
import { command, connectCommand, handshake } from '../rtmp/bytes.ts';
import { HOSTILE } from './hostile-servers.ts';

type Behaviour = keyof typeof HOSTILE;

const BEHAVIOURS = Object.keys(HOSTILE) as Behaviour[];

const at = (behaviour: Behaviour): string => `127.0.0.1:${HOSTILE[behaviour]}`;

/** Each source by each protocol, and each as a target. */
const RELAYS = {
  servers: [
    {
      servername: 'live',
      relay: {
        push: BEHAVIOURS.map((behaviour) => ({ url: `rtmp://${at(behaviour)}/live`, name: 'pushed' })),
      },
    },
    {
      servername: 'pulled',
      relay: {
        pull: BEHAVIOURS.flatMap((behaviour, index) =>
          ['rtmp', 'http', 'ws'].map((protocol) => ({
            name: `${protocol}-${index}`,
            url: `${protocol}://${at(behaviour)}/live/x${protocol === 'rtmp' ? '' : '.flv'}`,
          })),
        ),
      },
    },
  ],
  relay: { responseTimeoutMs: 500, silenceTimeoutMs: 1000, reconnectMaxMs: 100, rejectedMaxMs: 500 },
};

const ASKING = BEHAVIOURS.map((behaviour, index) => ({
  servername: `asking-${index}`,
  notify: { url: `http://${at(behaviour)}/hook`, gate: ['publish'] },
}));

const ATTACKS: readonly Attack[] = [
  {
    name: 'sources and targets of relays answer nothing, noise, and more than they announce',
    setUp: { config: () => RELAYS },
    run: async (attacker) => {
      const publisher = await attacker.publish('live/pushed');
      attacker.defer(() => publisher.vanish());
      for (let round = 0; round < times(3, 60); round++) await attacker.stream.isWhole();
    },
  },
  {
    name: 'web hooks answer nothing, noise, without end, and send elsewhere',
    setUp: {
      config: () => ({
        servers: [{ servername: 'live' }, ...ASKING],
        notify: { timeoutMs: 1000, maxQueued: 100, followRedirects: true },
      }),
    },
    complaint: /web service|web hook|notify/i,
    run: async (attacker) => {
      for (let index = 0; index < times(24, 600); index++) {
        const { servername } = ASKING[index % ASKING.length]!;
        const socket = await attacker.connect('rtmp.port');
        const opening = [handshake(), connectCommand(servername), command('createStream', 2, null)];
        socket.write(Buffer.concat([...opening, command('publish', 3, null, `x-${index}`, 'live')]));
      }
      for (let round = 0; round < times(2, 10); round++) await attacker.stream.isWhole();
    },
  },
  ...(['never answer', 'answer with noise', 'answer Redis with an array without end'] as const).map(
    (behaviour): Attack => ({
      name: `a store of channel keys is no Redis: its connections ${behaviour}`,
      setUp: {
        config: () => ({
          servers: [{ servername: 'live' }, { servername: 'keys', auth: { channelKeys: 'enable' } }],
          auth: { keyStore: { redisAddress: at(behaviour) } },
        }),
      },
      complaint: /redis|key store|keys/i,
      run: async (attacker) => {
        for (let index = 0; index < times(10, 300); index++) {
          const socket = await attacker.connect('rtmp.port');
          const opening = [handshake(), connectCommand('keys'), command('createStream', 2, null)];
          socket.write(Buffer.concat([...opening, command('publish', 3, null, `key-${index}`, 'live')]));
        }
        await attacker.stream.isWhole();
      },
    }),
  ),
  {
    name: 'the wall clock jumps a day ahead, a week back, and to the beginning of time',
    setUp: { flags: ['--import', new URL('jumping-clock.mjs', import.meta.url).href] },
    run: async ({ server, stream }) => {
      for (let jump = 0; jump < times(3, 30); jump++) {
        server.child.kill('SIGUSR2');
        await stream.isWhole();
      }
      expect(server.log.filter(({ msg }) => /slow|timed? ?out|took no byte/.test(msg))).toEqual([]);
    },
  },
];

attacksOf({ name: 'neighbours', attacks: ATTACKS });
