// The chunk stream itself: sizes, heads and numbers that no client sends.
import { once } from 'node:events';
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { closed, flushed, type Attack } from '../kit/attack.ts';
import { times } from '../kit/size.ts';
import { chunkHead, command, message, opening, publishing, sends, uint32 } from './bytes.ts';

function chunkSize(size: number): Buffer {
  return message(MESSAGE_TYPE.setChunkSize, uint32(size), { streamId: 0, chunkStreamId: 2 });
}

export const CHUNK_STREAMS: readonly Attack[] = [
  {
    name: 'a publisher sends frames of 100 KB in chunks of one byte',
    run: async (attacker) => {
      const frame = Buffer.alloc(100_000, 0x41);
      frame.set([0x17, 1, 0, 0, 0]);
      const bytes = message(MESSAGE_TYPE.video, frame, { chunkSize: 1 });
      const socket = await sends(attacker, publishing('crumbs'), chunkSize(1));
      for (let sent = 0; sent < times(5, 200); sent++) {
        socket.write(bytes);
        await flushed(socket);
      }
    },
  },
  {
    name: 'chunk sizes of 0, of 2 GiB, and of 4 GiB',
    run: async (attacker) => {
      for (const size of [0, 0x7fffffff, 0x80000000, 0xffffffff]) {
        await sends(attacker, opening(), chunkSize(size), command('createStream', 9, null));
      }
    },
  },
  {
    name: 'the chunk size changes 50,000 times',
    run: async (attacker) => {
      const changes = Buffer.concat(
        Array.from({ length: 50_000 }, (_, index) => chunkSize(128 + (index & 1))),
      );
      for (let index = 0; index < times(1, 20); index++) await sends(attacker, opening(), changes);
    },
  },
  {
    name: 'a message begins on each of 65,000 chunk streams, and none ends',
    run: async (attacker) => {
      const begun: Buffer[] = [];
      for (let id = 64; id < 65_064; id++) {
        begun.push(chunkHead(id, MESSAGE_TYPE.video, 8_000_000), Buffer.alloc(128));
      }
      const bytes = Buffer.concat(begun);
      for (let index = 0; index < times(2, 30); index++) {
        const socket = await sends(attacker, publishing(`begun-${index}`), bytes);
        await flushed(socket);
      }
    },
  },
  {
    name: 'messages of 16 MB are announced, and their bytes trickle',
    run: async (attacker) => {
      for (let index = 0; index < times(20, 1000); index++) {
        const head = chunkHead(4, MESSAGE_TYPE.video, 0xffffff);
        await sends(attacker, publishing(`announced-${index}`), head, Buffer.alloc(64));
      }
    },
  },
  {
    name: 'chunks continue messages that never began',
    run: async (attacker) => {
      for (const format of [0x44, 0x84, 0xc4, 0xff, 0x41, 0x80]) {
        await sends(attacker, opening(), Buffer.alloc(5000, format));
      }
    },
  },
  {
    name: 'messages are aborted that are whole, half or unknown, 20,000 times',
    run: async (attacker) => {
      const half = Buffer.concat([chunkHead(5, MESSAGE_TYPE.video, 1000), Buffer.alloc(128)]);
      const aborts = [5, 5, 6, 0xffffffff].map((id) =>
        message(MESSAGE_TYPE.abort, uint32(id), { streamId: 0, chunkStreamId: 2 }),
      );
      const round = Buffer.concat([half, ...aborts]);
      await sends(attacker, opening(), Buffer.concat(Array<Buffer>(times(5000, 50_000)).fill(round)));
    },
  },
  {
    name: 'a window of one byte asks for an acknowledgement of every byte, and nobody reads them',
    run: async (attacker) => {
      const window = message(MESSAGE_TYPE.windowAcknowledgementSize, uint32(1), { streamId: 0 });
      const socket = await sends(attacker, publishing('window'), window);
      socket.pause();
      const frame = message(MESSAGE_TYPE.audio, Buffer.from('af01210000', 'hex'), { streamId: 1 });
      for (let block = 0; block < times(10, 300); block++) {
        socket.write(Buffer.concat(Array<Buffer>(1000).fill(frame)));
        await flushed(socket);
      }
    },
  },
  {
    name: 'pings ask for 100,000 answers that nobody reads',
    run: async (attacker) => {
      const ping = message(MESSAGE_TYPE.userControl, Buffer.from('000600000001', 'hex'), { streamId: 0 });
      const block = Buffer.concat(Array<Buffer>(10_000).fill(ping));
      const socket = await sends(attacker, opening());
      await once(socket, 'data');
      socket.pause();
      for (let index = 0; index < times(10, 300) && !socket.destroyed; index++) socket.write(block);
    },
  },
  {
    name: 'messages of every type, empty, short and of noise',
    run: async (attacker) => {
      for (const payload of [Buffer.alloc(0), Buffer.from([1]), Buffer.alloc(300, 0xa7)]) {
        for (let type = 0; type < 256; type += 1) {
          const socket = await sends(attacker, publishing(`type-${type}`), message(type, payload));
          if (type % 32 === 31) await flushed(socket);
        }
        attacker.release();
      }
    },
  },
  {
    name: 'aggregates hold themselves, and end in the middle',
    run: async (attacker) => {
      const inner = Buffer.from('160000ff00000000000000', 'hex');
      let nested = Buffer.from('0900000a00000000000000', 'hex');
      for (let depth = 0; depth < 2000; depth++) {
        const head = Buffer.from(inner);
        head.writeUIntBE(Math.min(nested.length, 0xffffff), 1, 3);
        nested = Buffer.concat([head, nested]);
      }
      await sends(attacker, publishing('aggregates'), message(MESSAGE_TYPE.aggregate, nested));
      await sends(attacker, publishing('half'), message(MESSAGE_TYPE.aggregate, nested.subarray(0, 25)));
    },
  },
  {
    name: 'extended timestamps are missing, wrong, and over the end',
    run: async (attacker) => {
      const socket = await sends(attacker, publishing('extended'));
      for (const timestamp of [0xffffff, 0xfffffffe, 0xffffffff, 0, 0xffffff]) {
        const whole = message(MESSAGE_TYPE.video, Buffer.alloc(400, 0x27), { timestamp });
        socket.write(whole);
        socket.write(whole.subarray(0, whole.length - 7));
      }
      socket.end();
      await closed(socket);
    },
  },
];
