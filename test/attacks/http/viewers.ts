// Viewers by HTTP that do not read, break off, or invent what they ask for.
import { once } from 'node:events';
import { expect } from 'vitest';
import { avcFrame, avcHeader } from '../../helpers/media/media.ts';
import { fetchText } from '../../helpers/flv-viewer.ts';
import { flushed, type Attack, type Attacker } from '../kit/attack.ts';
import { times } from '../kit/size.ts';

const MIB = 1024 * 1024;

/** A stream of half a MiB each frame, which fills whatever waits for a viewer. */
async function publishLarge(attacker: Attacker, name: string, frames: number): Promise<void> {
  const publisher = await attacker.publish(`live/${name}`);
  attacker.defer(() => publisher.vanish());
  publisher.send(avcHeader());
  for (let index = 0; index < frames && !publisher.closed; index++) {
    publisher.send(avcFrame(index % 4 ? 'inter' : 'key', index * 250, 1, MIB / 2));
    await flushed(publisher.socket);
  }
}

/** The address of a media playlist of a session that this call begins. */
async function mediaPlaylist(attacker: Attacker, name: string): Promise<string> {
  const master = attacker.url('hls.port', `/live/${name}.m3u8`);
  const { body } = await fetchText(master);
  return new URL(
    body.split('\n').find((line) => line !== '' && !line.startsWith('#'))!,
    master,
  ).href;
}

async function newestSegment(attacker: Attacker, name: string): Promise<URL> {
  const list = await mediaPlaylist(attacker, name);
  const { body } = await fetchText(list);
  return new URL(/^\d+\.ts.*$/m.exec(body)![0], list);
}

function get(url: URL, headers = ''): string {
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
}

const RANGES = [
  'bytes=0-',
  'bytes=-0',
  'bytes=5-2',
  'bytes=99999999999999999999-',
  'bytes=-99999999999999999999',
  'bytes=0-0,'.repeat(1000),
  'bytes=0-,0-,0-,0-',
  'bytes=',
  'lines=1-2',
  'bytes=a-b',
];

export const VIEWERS: readonly Attack[] = [
  {
    name: 'viewers by HTTP-FLV ask for a large stream and the healthy one, and do not read',
    run: async (attacker) => {
      const publishing = publishLarge(attacker, 'unread', times(30, 300));
      for (const name of ['unread', 'healthy']) {
        for (const socket of await attacker.connections(times(10, 200), 'httpflv.port')) {
          socket.pause().write(`GET /live/${name}.flv HTTP/1.1\r\nhost: x\r\n\r\n`);
        }
      }
      await publishing;
    },
  },
  {
    name: 'viewers break off in the middle of a response',
    run: async (attacker) => {
      for (let round = 0; round < times(2, 50); round++) {
        const sockets = await attacker.connections(20, 'httpflv.port');
        const answers = sockets.map((socket) => once(socket, 'data'));
        for (const socket of sockets) socket.write('GET /live/healthy.flv HTTP/1.1\r\nhost: x\r\n\r\n');
        await Promise.all(answers);
        for (const socket of sockets) socket.resetAndDestroy();
      }
    },
  },
  {
    name: 'viewers wait for streams that nobody publishes',
    run: async (attacker) => {
      for (const socket of await attacker.connections(times(50, 2000), 'httpflv.port')) {
        socket.write(`GET /live/missing-${socket.localPort}.flv HTTP/1.1\r\nhost: x\r\n\r\n`);
      }
      for (const socket of await attacker.connections(times(50, 2000), 'hls.port')) {
        socket.write(`GET /live/missing-${socket.localPort}.m3u8 HTTP/1.1\r\nhost: x\r\n\r\n`);
      }
    },
  },
  {
    name: 'tokens of HLS sessions are invented, and count nobody',
    run: async (attacker) => {
      const viewers = await countViewers(attacker);
      const own = new URL(await mediaPlaylist(attacker, 'healthy'));
      const socket = await attacker.connect('hls.port');
      for (let index = 0; index < times(1000, 10_000); index++) {
        const token = `~${index.toString(36).padStart(22, 'A')}`;
        socket.write(`GET /live/healthy/${token}/index.m3u8 HTTP/1.1\r\nhost: x\r\n\r\n`);
        socket.write(get(new URL(own.href.replace(/~.{4}/, `~${String(index).padStart(4, '0')}`))));
        await flushed(socket);
      }
      await attacker.stream.flows();
      // Sessions of other attacks may end meanwhile.
      expect(await countViewers(attacker)).toBeLessThanOrEqual(viewers + 1);
    },
  },
  {
    name: 'HLS sessions begin with long headers, and are left alone',
    run: async (attacker) => {
      const headers = `user-agent: ${'u'.repeat(3000)}\r\nreferer: http://${'r'.repeat(3000)}/\r\ncookie: ${'c'.repeat(3000)}\r\n`;
      const request = get(new URL(attacker.url('hls.port', '/live/healthy.m3u8')), headers);
      for (const socket of await attacker.connections(times(4, 20), 'hls.port')) {
        for (let index = 0; index < times(50, 250); index++) {
          socket.write(request);
          await flushed(socket);
        }
      }
    },
  },
  {
    name: 'segments are asked for in ranges that overlap, end before they begin, and overflow',
    run: async (attacker) => {
      const url = await newestSegment(attacker, 'healthy');
      for (const range of RANGES) {
        const answer = await attacker.exchange(
          'hls.port',
          get(url, `range: ${range}\r\nconnection: close\r\n`),
        );
        expect(answer).toMatch(/^HTTP\/1.1 (200|206|400|416|431)/);
      }
    },
  },
  {
    name: 'segments are pipelined 3,000 times, and nobody reads them',
    run: async (attacker) => {
      await publishLarge(attacker, 'segments', 12);
      const url = await newestSegment(attacker, 'segments');
      const block = get(url).repeat(3000);
      for (const socket of await attacker.connections(times(4, 20), 'hls.port')) socket.pause().write(block);
    },
  },
  {
    name: 'playlists and segments are fetched 2,000 times, on new connections too',
    run: async (attacker) => {
      const urls = [
        new URL(await mediaPlaylist(attacker, 'healthy')),
        await newestSegment(attacker, 'healthy'),
      ];
      const block = urls.map((url) => get(url, 'accept-encoding: gzip\r\n')).join('');
      const last = get(urls[0]!, 'connection: close\r\n');
      await Promise.all(
        Array.from({ length: times(10, 300) }, () =>
          attacker.exchange('hls.port', block.repeat(times(10, 40)) + last),
        ),
      );
    },
  },
];

async function countViewers(attacker: Attacker): Promise<number> {
  const { body } = await fetchText(attacker.url('stat.port', '/metrics'));
  return Number(/^livego_hls_viewers (\d+)$/m.exec(body)?.[1]);
}
