import { describe, expect, test } from 'vitest';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import { describeData } from '../../../core/media/flv/packet-info.ts';
import { bomb } from '../media/flv/metadata-bomb.ts';
import { audio, audioHeader, metadata, spell, START, video, videoHeader } from '../stream/stream-kit.ts';
import { join, live } from './fan-out-kit.ts';

describe('a viewer', () => {
  test('that joins mid-stream gets metadata, headers and the group at once, then what follows', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2), video(40, 3));
    const { transport } = join(test);
    expect(spell(transport.tags)).toBe('m v1 a1 V1! A2 V3');
    test.publish(audio(50, 4), video(80, 5));
    test.flush();
    expect(spell(transport.tags)).toBe('m v1 a1 V1! A2 V3 A4 V5');
    expect(transport.tags.map((tag) => tag.timestamp)).toEqual([0, 0, 0, 0, 10, 40, 50, 80]);
  });

  test('that joins inside a run that is not written yet gets each of its packets once', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'));
    const early = join(test);
    test.publish(audio(10, 2), video(40, 3));
    const late = join(test);
    test.publish(audio(50, 4));
    const later = join(test);
    test.publish(video(80, 5));
    test.flush();
    for (const { transport } of [early, late, later])
      expect(spell(transport.tags)).toBe('m v1 a1 V1! A2 V3 A4 V5');
  });

  test('without a GOP cache starts at the next keyframe, with the headers of that moment and no clock that runs back', () => {
    const test = live({ gop_num: 0 });
    test.publish(...START, video(0, 1, 'key'));
    const { transport } = join(test);
    test.publish(video(40, 2), videoHeader(60, 7), audio(70, 3), video(80, 4, 'key'), audio(90, 5));
    test.flush();
    expect(spell(transport.tags)).toBe('m v7 a1 V4! A5');
    expect(transport.tags.map((tag) => tag.timestamp)).toEqual([0, 80, 80, 80, 90]);
  });

  test('of a format that too few share gets no GOP cache: it starts at the next keyframe', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'));
    const format = Object.assign(new FlvPacketFormat(), { startsAt: 'next-keyframe' as const });
    const { transport } = join(test, format);
    test.publish(video(40, 2), video(80, 3, 'key'));
    test.flush();
    expect(spell(transport.tags)).toBe('m v1 a1 V3!');
  });

  test('gets a header that changes mid-stream where it changed', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'));
    const { transport } = join(test);
    test.publish(videoHeader(40, 2), video(40, 3, 'key'));
    test.flush();
    expect(spell(transport.tags)).toBe('m v1 a1 V1! v2 V3!');
    expect(spell(join(test).transport.tags)).toBe('m v2 a1 V3!');
  });

  test('that joins after a header changed inside the group gets the old one, then the new one in its place', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'), videoHeader(40, 2), video(40, 3));
    expect(spell(join(test).transport.tags)).toBe('m v1 a1 V1! v2 V3');
  });

  test('of a stream without video starts at the next audio packet', () => {
    const test = live();
    test.publish(metadata(0, { audiocodecid: 10 }), audioHeader(0, 1), audio(0, 1), audio(23, 2));
    const { transport } = join(test);
    expect(transport.writes).toEqual([]);
    test.publish(audio(46, 3), audio(69, 4));
    test.flush();
    expect(spell(transport.tags)).toBe('m a1 A3 A4');
  });

  test('of a stream that is about to have video waits for its keyframe; not for one that is only announced', () => {
    const announced = live();
    const viewer = join(announced);
    announced.publish(...START, audio(0, 1), audio(23, 2), video(40, 3, 'key'));
    announced.flush();
    expect(spell(viewer.transport.tags)).toBe('m v1 a1 V3!');

    const never = live();
    const patient = join(never);
    never.publish(metadata(0, { videocodecid: 7, audiocodecid: 10 }), audioHeader(0, 1));
    for (let id = 0; id <= 2100 / 100; id++) never.publish(audio(id * 100, id));
    never.flush();
    expect(spell(patient.transport.tags)).toBe('m a1 A20 A21');
  });

  test('of a stream without audio gets video alone', () => {
    const test = live();
    test.publish(metadata(0, { videocodecid: 7 }), videoHeader(0, 1), video(0, 1, 'key'), video(40, 2));
    expect(spell(join(test).transport.tags)).toBe('m v1 V1! V2');
  });

  test('of a stream that sends no second keyframe for 20 s starts without one', () => {
    const test = live({ gop_num: 0 });
    test.publish(...START, video(0, 0, 'key'));
    const { transport } = join(test);
    for (let id = 1; id <= 22; id++) test.publish(video(id * 1000, id));
    test.flush();
    expect(spell(transport.tags)).toBe('m v1 a1 V22');
  });

  test('with audio alone gets no video, and the other way round', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'), audio(10, 2), video(40, 3));
    const ears = join(test, new FlvPacketFormat({ only: 'audio' }));
    const eyes = join(test, new FlvPacketFormat({ only: 'video' }));
    test.publish(audio(50, 4), video(80, 5));
    test.flush();
    expect(spell(ears.transport.tags)).toBe('m a1 A2 A4');
    expect(spell(eyes.transport.tags)).toBe('m v1 V1! V3 V5');
  });

  test('with one kind alone plays on behind metadata of objects that refer to each other', () => {
    const test = live();
    const payload = bomb(25);
    test.publish(
      { description: describeData(payload), timestamp: 0, payload },
      audioHeader(0, 1),
      audio(0, 1),
    );
    const { transport } = join(test, new FlvPacketFormat({ only: 'audio' }));
    test.publish(audio(50, 4));
    test.flush();
    expect(spell(transport.tags)).toBe('m a1 A4');
  });

  test('is never written an empty buffer, which a WebSocket would send as an empty message', () => {
    const test = live();
    test.publish(...START, video(0, 1, 'key'), video(40, 2));
    const { transport } = join(test, new FlvPacketFormat({ only: 'audio' }));
    expect(transport.writes.every((bytes) => bytes.length > 0)).toBe(true);
    expect(spell(transport.tags)).toBe('m a1');
  });
});
