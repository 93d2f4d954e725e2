// The load generator for machines without a C compiler. It takes the same commands and gives the same answers as
// ../c/load.c, whose opening comment explains both. It takes a noticeable share of the machine; a round in which it takes
// too much is not valid.
//
// This room contains all of it: clients, the bytes that they read and write, and the figures. It imports nothing of the
// server, so that it does not share the server's mistakes.

import { createInterface } from 'node:readline';
import { readClip } from './clip.mjs';
import { buildFigures } from './figures.mjs';
import { LoadRun } from './load-run.mjs';

const [clipPath = '', rtmpPort, httpPort, app = '', maxSeconds] = process.argv.slice(2);
const run = new LoadRun(readClip(clipPath), { rtmpPort: Number(rtmpPort), httpPort: Number(httpPort), app });

setTimeout(() => process.exit(1), Number(maxSeconds) * 1000).unref();
createInterface({ input: process.stdin })
  .on('line', obey)
  .on('close', () => process.exit(0));
say({ event: 'ready', generator: 'node' });

/** @param {string} line */
function obey(line) {
  const [word, ...rest] = line.split(' ');
  if (word === 'publish') run.publish(Number(rest[0]), Number(rest[1]), say);
  else if (word === 'join') join(rest[0] === 'flv', rest.slice(1).map(Number));
  else if (word === 'mark') mark();
  else if (word === 'report') say(buildFigures(run, 'report'));
  else if (word === 'quit') process.exit(0);
  else say({ event: 'error', message: `unknown command ${line}` });
}

/** @param {boolean} flv @param {number[]} numbers */
function join(flv, [total = 0, rate = 1, probes = 0, stalled = 0, timeoutMs = 0]) {
  const joining = { flv, total, rate, probes, stalled, timeoutMs };
  run.join(joining, () => say(buildFigures(run, 'joined')));
}

function mark() {
  run.setMark();
  say({ event: 'mark' });
}

/** @param {object} answer */
function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
