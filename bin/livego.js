#!/usr/bin/env node
// Starts the compiled command.
import { createHook } from 'node:async_hooks';
import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// V8 is tuned for programs that allocate much and that run the same code often from the start. A live server does neither:
// it handles few packets a second and makes few short-lived objects. bench/README.md has the figures.
//
// - The young generation starts at one megabyte and stays there, until much survives in it (cli/serve/young-generation.ts).
//   At sixteen, V8's limit, it would only hold garbage.
setFlagsFromString('--semi-space-growth-factor=1');
// - A young generation of this size is collected faster by one thread than by several.
setFlagsFromString('--no-parallel-scavenge');
// - Memory of received packets counts against the limit of the old generation, though hardly any of it gets there. With
//   the usual limit the whole heap would be collected twice a second.
setFlagsFromString('--heap-growing-percent=200');
// - At a few hundred packets a second V8 takes minutes to optimise the code for them. This makes it start sooner. The V8
//   of Node 20 is the last one with this flag.
if (Number.parseInt(process.versions.v8) < 12) setFlagsFromString('--interrupt-budget=10000');
// - Node makes an object for each `process.nextTick`, several for each write and each request. When the whole heap is
//   collected while there is none, V8 forgets their shape; later ones get another, and Node makes each of them by its
//   slowest code from then on. So one of them is kept.
keepTick();

// Signals of a terminal or a service manager reach all processes of a server; its supervisor says what they mean to workers,
// also to those that are being started or kept ready.
if (process.env.LIVEGO_WORKER !== undefined && process.connected)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {});

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('livego is not built yet; run: npm run build\n');
  process.exit(1);
}
// Stacks show the lines of the sources, of custom plugins and of livego.
process.setSourceMapsEnabled(true);
const fileLimit = readFileLimit();
process.exitCode = await run().catch(explain);
// A handle that is still open after an orderly stop does not keep the process running.
setTimeout(() => process.exit(), 500).unref();

async function run() {
  const [{ run }, { processIo }] = await Promise.all([
    import(main.href),
    import(new URL('io.js', main).href),
  ]);
  return await run(process.argv.slice(2), processIo());
}

function keepTick() {
  let tick;
  const init = (_id, type, _trigger, object) => {
    if (type === 'TickObject') tick = object;
  };
  const hook = createHook({ init }).enable();
  process.nextTick(() => {});
  hook.disable();
  process.once('exit', () => tick);
}

/** Files that the system lets this process open; not told but by Linux. */
function readFileLimit() {
  try {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

// Node 20 reads about two hundred modules at once, and says of some that they do not exist when it may open no more files.
function explain(error) {
  if (!(fileLimit < 512 && ['ERR_MODULE_NOT_FOUND', 'EMFILE'].includes(error.code))) throw error;
  process.stderr.write(
    `livego cannot start with a limit of ${fileLimit} open files: ${error.message}\n` +
      'Raise it (ulimit -n 4096, or LimitNOFILE=4096 of systemd). Each client takes one more.\n',
  );
  process.exit(1);
}
