// What viewers and recordings have, compared with what was sent.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FlvReader } from '../../core/media/flv/tag-reader.ts';
import { findLoss } from '../soak/clients/loss.ts';
import type { Publisher } from '../soak/clients/publisher.ts';
import { trace, type Trace } from '../soak/clients/trace.ts';
import type { Watching } from '../soak/clients/viewers.ts';
import { STEADY } from './config.ts';

/** As `findLoss`, where times may be those of another timeline: of a relay, or of a file that begins at 0. */
export function findLossAtAnyTime(
  publisher: Publisher,
  viewer: Pick<Watching, 'name' | 'got' | 'ended'>,
  to: 'end' | 'anywhere',
): string | undefined {
  const { name, ended } = viewer;
  return findLoss(publisher, { name, ended, got: onTimelineOf(publisher, viewer.got) }, to);
}

function onTimelineOf({ keyframes }: Publisher, got: readonly Trace[]): readonly Trace[] {
  const [kind, time, digest] = partsOf(got[0] ?? '');
  const same = [...keyframes].find((each) => each.startsWith(`${kind} `) && each.endsWith(` ${digest}`));
  if (same === undefined) return got;
  const shift = Number(partsOf(same)[1]) - Number(time);
  return got.map((each) => {
    const [eachKind, eachTime, eachDigest] = partsOf(each);
    return `${eachKind} ${Number(eachTime) + shift} ${eachDigest}`;
  });
}

function partsOf(text: Trace): [string, string, string] {
  const [kind = '', time = '', digest = ''] = text.split(' ');
  return [kind, time, digest];
}

export interface RecordingsFound {
  readonly files: number;
  readonly packets: number;
  readonly faults: readonly string[];
}

/** The finished recordings of the steady stream: each without a gap, and none between one and the next. */
export function compareRecordings(directory: string, publisher: Publisher): RecordingsFound {
  const folder = join(directory, STEADY.app);
  const names = readdirSync(folder).filter((name) => name.startsWith(STEADY.name) && name.endsWith('.flv'));
  const faults: string[] = [];
  let packets = 0;
  let next: Trace | undefined;
  for (const name of names.sort()) {
    const got = onTimelineOf(publisher, readRecording(join(folder, name)));
    packets += got.length;
    const fault = findLoss(publisher, { name, got, ended: 'complete' }, 'anywhere');
    if (fault !== undefined) faults.push(fault);
    else if (next !== undefined && got[0] !== next)
      faults.push(`${name} begins with ${got[0]}, not with ${next}`);
    next = publisher.sent[publisher.sent.indexOf(got.at(-1) ?? '') + 1];
  }
  return { files: names.length, packets, faults };
}

function readRecording(path: string): Trace[] {
  const tags = new FlvReader().push(readFileSync(path));
  return tags.flatMap(({ type, timestamp, body }) =>
    type === 'script' || body[1] === 0 ? [] : [trace(type, timestamp, body)],
  );
}
