// When a recording continues in a new file.
import { describeVideo, MediaPacket } from 'livego/media';
import { expect, test } from 'vitest';
import type { RecordingFile } from '../../../plugins/record-flv/recording-file.ts';
import type { RecordOptions } from '../../../plugins/record-flv/schema.ts';
import { SplitRules } from '../../../plugins/record-flv/split-rules.ts';

const DAY_MS = 24 * 3600 * 1000;
const UNLIMITED = { maxSeconds: 0, maxBytes: 0 } as RecordOptions;

test('a file ends before its times pass the 31 bits that players read, also if nothing cuts it', () => {
  const rules = new SplitRules();
  rules.restart();
  const body = Buffer.from([0x17, 1, 0, 0, 0, 9]);
  const wantsCut = (days: number): boolean => {
    const packet = new MediaPacket(describeVideo(body), days * DAY_MS, body);
    const file = { bytes: 1000, ageAt: ({ timestamp }: MediaPacket) => timestamp } as RecordingFile;
    return rules.wantCut(file, packet, UNLIMITED);
  };
  expect([1, 23.9, 24, 40].map(wantsCut)).toEqual([false, false, true, true]);
  expect(24 * DAY_MS).toBeLessThan(2 ** 31);
});
