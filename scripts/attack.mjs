// The long attacks: `npm run attack`, or `npm run attack -- rtmp` for one family. On loopback, bounded, and ended with
// their tests. Prints what each of them cost the server.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'livego-attacks-'));
const file = join(folder, 'figures');
const [family = ''] = process.argv.slice(2);
const before = loadavg();
const run = ['vitest', 'run', `test/attacks/${family}`, '--no-file-parallelism', '--reporter=verbose'];
const env = { ...process.env, LIVEGO_ATTACKS: 'long', LIVEGO_ATTACK_FIGURES: file };
process.exitCode = spawnSync('npx', run, { stdio: 'inherit', env }).status ?? 1;
if (existsSync(file))
  print(
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
rmSync(folder, { recursive: true, force: true });

function print(figures) {
  const load = [before, loadavg()].map(([minute]) => minute.toFixed(1)).join(' before, ');
  process.stdout.write(`\n${cpus().length} processors, Node ${process.version}, load ${load} after\n\n`);
  table(
    [
      'attack',
      'seconds',
      'longest hold of the loop, ms',
      'of processor time',
      'most memory, MiB',
      'log lines',
    ],
    figures
      .filter(({ attack }) => attack)
      .map((each) => [
        each.attack,
        each.seconds.toFixed(1),
        each.longestHoldMs.toFixed(0),
        each.longestTurnMs.toFixed(0),
        each.peakMib.toFixed(0),
        String(each.logLines),
      ]),
  );
  table(
    ['server', 'resident MiB before, a minute after', 'MiB in use before, a minute after'],
    figures
      .filter(({ attacks }) => attacks)
      .map(({ attacks, resident, kept }) => [attacks, mib(resident), mib(kept)]),
  );
}

function table(head, rows) {
  for (const row of [head, head.map(() => '---'), ...rows]) process.stdout.write(`| ${row.join(' | ')} |\n`);
  process.stdout.write('\n');
}

function mib(values) {
  return values.map((value) => value.toFixed(1)).join(', ');
}
