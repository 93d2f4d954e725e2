// Bytes of valid messages, damaged at random.
import type { Random } from '../../fuzz/damage.ts';

const NASTY = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x09, 0x11];

export function damagedBytes(seeds: readonly Buffer[], random: Random): Buffer {
  const pick = (): Buffer => seeds[random(seeds.length)] ?? Buffer.alloc(0);
  let bytes = Buffer.from(pick());
  for (let turns = 1 + random(4); turns > 0; turns--) {
    const at = random(bytes.length + 1);
    switch (random(6)) {
      case 0:
        bytes = Buffer.from(bytes.subarray(0, at));
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), pick().subarray(random(8))]);
        break;
      case 2:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + random(6), NASTY[random(NASTY.length)]),
          bytes.subarray(at),
        ]);
        break;
      case 3:
        if (at < bytes.length) bytes[at] = random(256);
        break;
      case 4:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      default:
        bytes.fill(NASTY[random(NASTY.length)] ?? 0, at, Math.min(bytes.length, at + 1 + random(4)));
    }
  }
  return bytes;
}
