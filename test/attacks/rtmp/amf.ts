// Values that are small on the wire and large, deep or wrong in memory.
import { MESSAGE_TYPE } from '../../../core/protocol/rtmp/message.ts';
import { buildAmf0 } from '../../../core/media/amf0/index.ts';
import type { Attack } from '../kit/attack.ts';
import { times } from '../kit/size.ts';
import { message, opening, publishing, sends } from './bytes.ts';

const NUMBER = Buffer.from('003ff0000000000000', 'hex');
const NAME = Buffer.from('02000463616c6c', 'hex');

/** A command and metadata that hold the value, on some connections. */
function value(name: string, bytes: () => Buffer): Attack {
  return {
    name: `a command and metadata hold ${name}`,
    run: async (attacker) => {
      const bomb = bytes();
      const called = message(MESSAGE_TYPE.commandAmf0, Buffer.concat([NAME, NUMBER, bomb]));
      const metadata = Buffer.concat([buildAmf0(['@setDataFrame', 'onMetaData']), bomb]);
      const told = message(MESSAGE_TYPE.dataAmf0, metadata);
      for (let index = 0; index < times(2, 50); index++) {
        await sends(attacker, opening(), called, called);
        await sends(attacker, publishing(`amf-${index}`), told, told);
      }
    },
  };
}

function amf3(name: string, bytes: () => Buffer): Attack {
  return {
    name: `a command and metadata of AMF3 hold ${name}`,
    run: async (attacker) => {
      // Format byte 3, then a string, an integer and the value.
      const payload = Buffer.concat([Buffer.from('0306096d6574610400', 'hex'), bytes()]);
      for (let index = 0; index < times(2, 50); index++) {
        await sends(attacker, opening(), message(MESSAGE_TYPE.commandAmf3, payload));
        await sends(attacker, publishing(`amf3-${index}`), message(MESSAGE_TYPE.dataAmf3, payload));
      }
    },
  };
}

const KEY = Buffer.from('000161', 'hex');

export const AMF: readonly Attack[] = [
  value('objects 40,000 deep', () =>
    Buffer.concat(Array(40_000).fill(Buffer.concat([Buffer.from([3]), KEY]))),
  ),
  value('arrays 40,000 deep', () => Buffer.concat(Array(40_000).fill(Buffer.from('0a00000001', 'hex')))),
  value('an array of four billion values', () => Buffer.from('0affffffff05', 'hex')),
  value('a map of four billion keys', () => Buffer.concat([Buffer.from('08ffffffff', 'hex'), KEY])),
  value('a string of four gigabytes', () => Buffer.from('0cffffffff61', 'hex')),
  value('an object with 100,000 keys', () =>
    Buffer.concat([
      Buffer.from([3]),
      ...Array.from({ length: 100_000 }, (_, index) =>
        Buffer.concat([Buffer.from([0, 6]), Buffer.from(String(100_000 + index)), Buffer.from([5])]),
      ),
      Buffer.from('000009', 'hex'),
    ]),
  ),
  value('keys that are dangerous in JavaScript', () =>
    Buffer.from(
      `03${['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then']
        .map(
          (key) => `${key.length.toString(16).padStart(4, '0')}${Buffer.from(key).toString('hex')}0300000902`,
        )
        .join('')}000009`,
      'hex',
    ),
  ),
  value('references to themselves', () => Buffer.from(`0300016107000000016207ffff000009`, 'hex')),
  value('numbers that are none', () => Buffer.from('007ff8000000000001007ff0000000000000', 'hex')),
  value('types that do not exist', () => Buffer.from('0e0d0f1112fe', 'hex')),
  amf3('references beyond every table', () => Buffer.from('0a7e09fffffffe06fffffffe', 'hex')),
  amf3('a vector of half a billion numbers', () => Buffer.from('0fbfffffff00', 'hex')),
  amf3('a class of half a billion members', () => Buffer.from('0abfffffff0161', 'hex')),
  amf3('arrays 40,000 deep', () => Buffer.concat(Array(40_000).fill(Buffer.from('090301', 'hex')))),
];
