// The package as `npm pack` makes it, installed into an empty folder as a user installs it.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { within } from '../helpers/net.ts';
import { ROOT } from '../docs/documents.ts';

const MAX_TARBALL_BYTES = 1_750_000;
const MAX_PACKAGES = 80;
const INSTALL_MS = 240_000;
const START_MS = 60_000;
const TEST_MS = 120_000;

const ANY_PORTS = ['--rtmp_addr', '--httpflv_addr', '--hls_addr', '--api_addr'].flatMap((flag) => [
  flag,
  '127.0.0.1:0',
]);

let folder: string;
let tarball: string;
/** Why the package could not be installed here. */
let offline: string | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'livego-tarball-'));
  // As `prepack` does, but without compiling: other tests run what has been compiled.
  spawnSync(process.execPath, [join(ROOT, 'scripts', 'copy-players.mjs')]);
  tarball = join(folder, npm(ROOT, ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder]));
  try {
    npm(folder, ['install', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', tarball]);
  } catch (error) {
    if (!/ENOTFOUND|EAI_AGAIN|ENETUNREACH|ECONNREFUSED|ENOTCACHED/.test(String(error))) throw error;
    offline = 'the registry cannot be reached';
  }
}, INSTALL_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ${args[0]}: ${stderr}`);
  return stdout.trim();
}

type LogLine = Readonly<Record<string, unknown>>;

/** Runs `npx livego` in a folder inside that of the installation. It ends with the test, and with it its whole group. */
function serve(
  cwd: string,
  args: readonly string[] = [],
): { saw(text: string): Promise<LogLine>; child: ChildProcess } {
  const child = spawn('npx', ['livego', ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  onTestFinished(() => void (child.exitCode === null && process.kill(-child.pid!, 'SIGKILL')));
  const lines: LogLine[] = [];
  const looks = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as LogLine);
    for (const look of looks) look();
  });
  const find = (text: string): Promise<LogLine> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = lines.find(({ msg }) => String(msg).includes(text));
        if (found) resolve(found);
      };
      looks.add(look);
      look();
    });
  return { child, saw: (text) => within(find(text), `the log line "${text}"`, START_MS) };
}

function userFolder(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

describe('the tarball', { timeout: TEST_MS }, () => {
  beforeEach(({ skip }) => skip(offline !== undefined, offline));

  test('installs without development packages, and is small', () => {
    const { size } = statSync(tarball);
    const lock = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, unknown>>;
    };
    const packages = Object.keys(lock.packages);
    process.stdout.write(
      `the package: ${Math.round(size / 1024)} KiB, ${packages.length} packages installed\n`,
    );
    expect(size).toBeLessThan(MAX_TARBALL_BYTES);
    expect(packages.length).toBeLessThan(MAX_PACKAGES);
    expect(packages).not.toContain('node_modules/vitest');
  });

  test('serves with the defaults where there is no config, and says so', async () => {
    const { saw } = serve(userFolder('empty'), ANY_PORTS);
    await saw('there is no livego.json5; running with the defaults of every option (livego init writes one)');
    for (const option of ['rtmp.port', 'hls.port']) await saw(option);
    const address = /127\.0\.0\.1:\d+/.exec(String((await saw('httpflv.port'))['msg']))?.[0];
    for (const path of ['', 'demo/page.js', 'demo/page.css', 'demo/hls.js', 'demo/mpegts.js'])
      expect((await fetch(`http://${address}/${path}`)).status, path).toBe(200);
  });

  test('serves the config of the folder, with a plugin in TypeScript beside it', async () => {
    const cwd = userFolder('mine');
    expect(spawnSync('npx', ['livego', 'init'], { cwd }).status).toBe(0);
    writeFileSync(
      join(cwd, 'greet.ts'),
      `import { definePlugin, addressSchema } from 'livego';
import { replyJson } from 'livego/http';
interface Options { readonly port: string }
export default definePlugin<Options>({
  name: 'greet',
  schema: { type: 'object', properties: { port: addressSchema(8070, 'Its address.') } },
  server: (context, options) => context.serve(options, [
    { methods: ['GET'], path: '/greet', handler: (request, response) => replyJson(request, response, { body: 'hello' }) },
  ]),
});
`,
    );
    const file = join(cwd, 'livego.json5');
    const written = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      written.replace('servers: [', 'plugins: ["./greet.ts"], greet: { port: "127.0.0.1:0" }, servers: ['),
    );
    const { saw } = serve(cwd, ANY_PORTS);
    const { msg } = await saw('greet.port');
    const address = /127\.0\.0\.1:\d+/.exec(String(msg))?.[0];
    expect(await (await fetch(`http://${address}/greet`)).json()).toBe('hello');
  });

  test('has a command that writes a plugin, whose test passes there', () => {
    const cwd = userFolder('plugin');
    expect(spawnSync('npx', ['livego', 'new-plugin', 'mine'], { cwd }).status).toBe(0);
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: '' };
    const run = spawnSync(process.execPath, ['--test', 'plugins/mine.test.mjs'], {
      cwd,
      env,
      encoding: 'utf8',
    });
    expect(run.stdout).toContain('pass 2');
    expect(run.status).toBe(0);
  });

  test('has types for every entry point, without gaps', () => {
    const cwd = userFolder('typed');
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
    const entries = Object.keys(exports).filter((name) => name !== './package.json');
    const imports = entries.map(
      (name, index) => `import * as entry${index} from '${name.replace('.', 'livego')}';`,
    );
    const use = [
      `export const all: readonly object[] = [${entries.map((_, index) => `entry${index}`).join()}];`,
      '// @ts-expect-error a name is a string',
      'entry0.definePlugin({ name: 3, schema: {} });',
    ];
    writeFileSync(join(cwd, 'use.ts'), [...imports, ...use].join('\n'));
    const options = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, skipLibCheck: false };
    const types = { types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] };
    const project = { compilerOptions: { ...options, ...types }, files: ['use.ts'] };
    writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify(project));
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const run = spawnSync(process.execPath, [compiler, '-p', cwd], { encoding: 'utf8' });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
    expect(entries.length).toBeGreaterThan(5);
  });
});
