// What becomes of single messages, by their bytes.
import { describe, expect, test } from 'vitest';
import { HEVC_RECORD } from '../../../helpers/media/media.ts';
import { audio, correct, data, spell, video } from './correction-kit.ts';

const RECORD = '0142c01effe100076742c01ed9010101000468ce3c80';
const HEADER = video(0, `17 00 000000 ${RECORD}`);
/** First slices of an IDR and of a P picture, and later slices of them: first_mb_in_slice is not 0. */
const IDR = '00000003 658881';
const IDR_REST = '00000003 654181';
const INTER = '00000003 419a21';
const SEI = '00000004 06010280';
const END = video(10_000, '17 02 000000');

describe('a picture in several messages', () => {
  test('passes on with the next message of its track at the latest, sound behind it', () => {
    const sound = audio(5, 'af01 21 00');
    const tags = [HEADER, video(0, `17 01 000000 ${IDR}`), sound];
    expect(spell(correct(tags, 'wait'))).toHaveLength(1);
    expect(spell(correct([...tags, video(40, `27 01 000000 ${INTER}`)], 'wait'))).toEqual([
      `video 0 1700000000${RECORD}`,
      'video 0! 170100000000000003658881',
      'audio 5 af012100',
      'video 40 270100000000000003419a21',
    ]);
  });

  test('waits once only, to learn whether the publisher does so', () => {
    const tags = [40, 80, 120].map((time) => video(time, `27 01 000000 ${INTER}`));
    expect(correct(tags, 'wait').messages.map(({ timestamp }) => timestamp)).toEqual([40, 80, 120]);
  });

  test('does not wait while sound goes on for 0.3 s', () => {
    const tags = [
      video(0, `17 01 000000 ${IDR}`),
      ...[100, 200, 300, 301].map((time) => audio(time, 'af012100')),
    ];
    expect(correct(tags, 'wait').messages.map(({ timestamp }) => timestamp)).toEqual([0, 100, 200, 300, 301]);
  });

  test('begins with its parameter sets and SEI, is a keyframe if its slices are, and has their composition time', () => {
    const tags = [
      HEADER,
      video(0, `17 01 000000 ${SEI}`),
      video(0, `17 01 000028 ${IDR}`),
      video(0, `17 01 000028 ${IDR_REST}`),
      video(40, `27 01 000000 ${SEI}`),
      video(40, `27 01 000028 ${INTER}`),
      END,
    ];
    expect(spell(correct(tags)).slice(1, 3)).toEqual([
      'video 0! 17010000280000000406010280' + '00000003658881' + '00000003654181',
      'video 40 27010000280000000406010280' + '00000003419a21',
    ]);
  });

  test('costs no more memory than a picture has', () => {
    const rest = Buffer.concat([Buffer.from('1701000000000186a0654181', 'hex'), Buffer.alloc(99_997)]);
    const tags = [
      HEADER,
      video(0, `17 01 000000 ${IDR}`),
      ...Array.from({ length: 400 }, () => video(0, rest)),
    ];
    const { messages } = correct(tags);
    expect(messages.reduce((sum, { payload }) => sum + payload.length, 0)).toBeGreaterThan(40_000_000);
    expect(Math.max(...messages.map(({ payload }) => payload.length))).toBeLessThanOrEqual(8 * 1024 * 1024);
  });

  test('is told from another picture of the same time: each has a first slice', () => {
    const tags = [HEADER, video(0, `17 01 000000 ${IDR}`), video(0, `27 01 000000 ${INTER}`)];
    expect(correct(tags)).toMatchObject({ corrections: [], messages: [{}, {}, {}] });
  });
});

describe('a keyframe', () => {
  const frame = (first: string, units: string) =>
    correct([HEADER, video(40, `${first} 01 000000 ${units}`)]).messages[1]?.info.keyframe;

  test.each([
    ['an IDR picture', IDR, true],
    [
      'an IDR picture behind a delimiter, parameter sets and SEI',
      `0000000209f0 00000002 6742 ${SEI} ${IDR}`,
      true,
    ],
    ['a P picture', INTER, false],
    ['an I picture that a recovery point stands before', `00000005 0606018080 00000003 418881`, true],
    [
      'a P picture of a stream that refreshes piece by piece, behind a recovery point',
      `00000005 0606018480 ${INTER}`,
      true,
    ],
    ['an I picture without more', '00000003 418881', true],
    ['a B picture', '00000003 019c21', false],
  ])('is %s, if the publisher calls it one', (_name, units, keyframe) => {
    expect(frame('17', units)).toBe(keyframe);
  });

  test.each([
    ['an IDR picture', IDR, true],
    ['a P picture', INTER, false],
    ['an I picture', '00000003 418881', false],
  ])('is %s, whatever the publisher calls it', (_name, units, keyframe) => {
    expect(frame('27', units)).toBe(keyframe);
  });

  test('is no I picture of a publisher that calls P pictures keyframes, too', () => {
    const tags = [
      HEADER,
      video(0, `17 01 000000 ${IDR}`),
      video(40, `17 01 000000 ${INTER}`),
      video(80, '17 01 000000 00000003 418881'),
    ];
    expect(correct(tags).messages.map(({ info }) => info.keyframe)).toEqual([false, true, false, false]);
  });

  test.each([
    ['an IDR picture', '26', true],
    ['a CRA picture', '2a', true],
    ['a trailing picture', '02', false],
  ])('of HEVC is %s', (_name, type, keyframe) => {
    for (const first of ['91', 'a1']) {
      const tags = [
        video(0, `90 68766331 ${HEVC_RECORD}`),
        video(0, `${first} 68766331 000000 00000003 ${type}01af`),
      ];
      expect(correct(tags).messages[1]?.info.keyframe).toBe(keyframe);
    }
  });

  test('of another codec, and what is no NAL unit, is what the publisher calls it', () => {
    const tags = [
      video(0, '91 61763031 120000'),
      video(40, '17 01 000000 ffffffff 41'),
      video(80, '17 01 000000 00000001'),
    ];
    expect(correct(tags).messages.map(({ info }) => info.keyframe)).toEqual([true, true, true]);
  });
});

describe('a sequence header', () => {
  test.each([
    ['without an SPS', '0142c01effe000'],
    ['with an empty SPS', '0142c01effe1000000'],
    ['cut short', '0142c01effe1000767'],
    ['of another version', RECORD.replace('01', '00')],
  ])('%s is none: nothing is offered before the right one', (_name, record) => {
    const tags = [
      video(0, `17 00 000000 ${record}`),
      video(0, `17 01 000000 ${IDR}`),
      video(40, `27 01 000000 ${INTER}`),
      HEADER,
      video(80, `17 01 000000 ${IDR}`),
    ];
    const { messages, corrections } = correct(tags);
    expect(messages.map(({ info }) => [info.header, info.keyframe])).toEqual([
      [false, false],
      [false, false],
      [true, false],
      [false, true],
    ]);
    expect(corrections).toEqual(['bad-sequence-header']);
  });

  test('that is bad changes nothing once there has been a right one', () => {
    const tags = [HEADER, video(0, '17 00 000000 0142c01effe000'), video(0, `17 01 000000 ${IDR}`)];
    expect(correct(tags).messages.map(({ info }) => [info.header, info.keyframe])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test('of AAC that cannot be read is left out', () => {
    expect(correct([audio(0, 'af00 1690')])).toEqual({ messages: [], corrections: ['bad-sequence-header'] });
  });

  test('of HEVC is made of the parameter sets behind start codes', () => {
    const sets = HEVC_RECORD.slice(46).replaceAll(/a[012]0001..../g, '00000001');
    const { messages, corrections } = correct([video(0, `1c 00 000000 ${sets}`)]);
    expect(corrections).toEqual(['start-codes']);
    expect(messages[0]?.payload.subarray(5).toString('hex')).toBe(HEVC_RECORD);
  });
});

describe('AAC with ADTS headers', () => {
  const ADTS = 'fff15040';
  test.each([
    ['legacy', 'af01', 'af00'],
    ['enhanced', '91 6d703461', '906d703461'],
  ])('has them taken off, and a sequence header made of the first, in the %s form', (_form, head, header) => {
    const frame = (mark: string) => `${head} ${ADTS} 013ffc ${mark}${mark}`;
    const { messages, corrections } = correct([audio(0, frame('21')), audio(23, frame('22'))]);
    const plain = head.replaceAll(' ', '');
    expect(messages.map(({ timestamp, payload }) => [timestamp, payload.toString('hex')])).toEqual([
      [0, `${header}1208`],
      [0, `${plain}2121`],
      [23, `${plain}2222`],
    ]);
    expect(corrections).toEqual(['adts']);
  });

  test('of several frames in a message becomes a message for each', () => {
    const { messages } = correct([
      audio(0, 'af00 1208'),
      audio(100, `af01 ${ADTS} 013ffc 2121 ${ADTS} 013ffc 2222 ${ADTS} 013ffc 2323`),
    ]);
    expect(messages.slice(1).map(({ timestamp, payload }) => [timestamp, payload.toString('hex')])).toEqual([
      [100, 'af012121'],
      [123, 'af012222'],
      [146, 'af012323'],
    ]);
  });

  test('keeps the layout of channels that its first frame has', () => {
    // ADTS of 48 kHz and channel configuration 0; front and back pairs and an LFE, then an empty frame.
    const element = 'a09880a004220000';
    const messages = spell(correct([audio(0, `af01 fff14c00023ffc ${element} 2100`)]));
    expect(messages).toEqual(['audio 0 af00118004c40500211000', `audio 0 af01${element}2100`]);
  });

  test('has a sequence header in the same form turned into a configuration', () => {
    expect(spell(correct([audio(0, `af00 ${ADTS} 011ffc`)]))).toEqual(['audio 0 af001208']);
  });
});

describe('a data message', () => {
  test('without a name is left out; one with a name, and metadata, pass', () => {
    const metadata = '02000a6f6e4d65746144617461 080000000000 0009';
    const cuePoint = '02000a6f6e437565506f696e74 05';
    const { messages, corrections } = correct([
      data(0, '00000001'),
      data(0, ''),
      data(0, metadata),
      data(40, '0400000000'),
      data(40, cuePoint),
    ]);
    expect(messages.map(({ timestamp, info }) => [timestamp, info.header])).toEqual([
      [0, true],
      [40, false],
    ]);
    expect(corrections).toEqual(['unnamed-data']);
  });
});

describe('AAC frames with one timestamp', () => {
  /** 48 kHz: a frame has 21.33 ms. */
  const HEADER = audio(0, 'af00 1190');
  const burst = (at: number, frames: number) => Array.from({ length: frames }, () => audio(at, 'af01 2100'));
  const times = (tags: Parameters<typeof correct>[0]): number[] =>
    correct(tags)
      .messages.filter(({ info }) => info.media)
      .map(({ timestamp }) => timestamp);

  test.each([4, 8])('get times of their own, %i at a time, and the log hears of it', (frames) => {
    const tags = [HEADER];
    for (let index = 0; index < 200; index += frames)
      tags.push(...burst(Math.floor((index * 64) / 3), frames));
    const steps = times(tags).map((time, index, all) => time - (all[index - 1] ?? time));
    expect(new Set(steps.slice(1))).toEqual(new Set([21, 22]));
    expect(correct(tags).corrections).toEqual(['crowded-audio']);
  });

  test('never pass the frames behind them, if the clock of the publisher is a little fast', () => {
    expect(times([HEADER, ...burst(1000, 4), ...burst(1060, 4), audio(1121, 'af01 2100')])).toEqual([
      1000, 1021, 1043, 1064, 1064, 1081, 1103, 1124, 1124,
    ]);
  });

  test('are not waited for, and one alone at the start is nothing to tell of', () => {
    const { messages, corrections } = correct([HEADER, ...burst(0, 2), audio(43, 'af01 2100')]);
    expect(messages.map(({ timestamp }) => timestamp)).toEqual([0, 0, 21, 43]);
    expect(corrections).toEqual([]);
  });

  test('begin anew after a step back, and pass the wrap of the clock', () => {
    const late = 2 ** 32 - 10;
    expect(times([HEADER, ...burst(late, 2), audio(33, 'af01 2100'), ...burst(0, 2)])).toEqual([
      late,
      11,
      33,
      0,
      21,
    ]);
  });
});
