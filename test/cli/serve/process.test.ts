// Signals, exit codes and output of the command.
import { fork, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectTo, readBytes, waitForEvent } from '../../helpers/net.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { COMMAND, startProcess } from '../server-process.ts';

const PORTS = {
  listen: '127.0.0.1:0',
  flvport: '127.0.0.1:0',
  hlsport: '127.0.0.1:0',
  operport: '127.0.0.1:0',
  watch: { enabled: false },
};

test('a server without a terminal logs JSON, reloads at SIGHUP, and exits with 0 at SIGTERM', async () => {
  const { child, file, saw } = startProcess(PORTS);
  expect((await saw('rtmp.port'))['level']).toBe(30);
  await saw('hls.port');
  writeFileSync(file, JSON.stringify({ ...PORTS, gop_num: 2 }));
  child.kill('SIGHUP');
  expect((await saw('config 2 applied'))['msg']).toContain('gop_num of live changed');
  writeFileSync(file, JSON.stringify({ ...PORTS, gop_nun: 3 }));
  child.kill('SIGHUP');
  await saw('config rejected, config 2 stays current');
  const ended = waitForEvent(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('a config with faults ends the command with 1, and every fault is on standard error', async () => {
  const { child } = startProcess({ ...PORTS, gop_num: 'two', hlsprot: 8090 });
  const closed = waitForEvent(child, 'close');
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  expect(await closed).toEqual([1, null]);
  expect(stderr).toContain('gop_num: "two"');
  expect(stderr).toContain('hlsport');
});

// Later versions of Node read modules one by one, and start.
test.runIf(process.platform === 'linux' && Number.parseInt(process.versions.node) < 22)(
  'a limit of open files that is too low is named, with the way out',
  () => {
    const script = 'ulimit -n 100; exec "$@"';
    const ended = spawnSync('sh', ['-c', script, 'sh', process.execPath, COMMAND, 'schema'], {
      encoding: 'utf8',
    });
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toMatch(
      /^livego cannot start with a limit of 100 open files: .*\nRaise it \(ulimit -n 4096, /,
    );
  },
);

test('the variable of workers in the environment of the operator is an error, and no silent end', async () => {
  const child = spawn(process.execPath, [COMMAND], { env: { ...process.env, LIVEGO_WORKER: 'x' } });
  const closed = waitForEvent(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  expect(await closed).toEqual([1, null]);
  expect(stderr).toContain('LIVEGO_WORKER is in the environment');
});

test.runIf(process.platform === 'linux')(
  'a process that waits to become a worker ends with its supervisor, and by no signal that reaches all processes',
  async () => {
    const child = fork(COMMAND, [], { env: { ...process.env, LIVEGO_WORKER: 'yes' } });
    const hangUp = 1n << BigInt(constants.signals.SIGHUP - 1);
    const caught = (): bigint =>
      BigInt(`0x${/SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))![1]}`);
    await vi.waitUntil(() => (caught() & hangUp) !== 0n, { timeout: 20_000 });
    const ended = waitForEvent(child, 'exit');
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) child.kill(signal);
    child.disconnect();
    expect(await ended).toEqual([0, null]);
  },
);

test('addresses may be sockets that the process was started with, with TLS too, and reloads keep them', async () => {
  const [plain, secure] = [await openSocket(), await openSocket()];
  const tls = { port: { fd: 4 }, ...makeCertificate('localhost') };
  const config = { ...PORTS, rtmp: { port: { fd: 3 }, tls }, listen: undefined };
  const { child, file, saw } = startProcess(config, [plain.fd, secure.fd]);
  for (const { server } of [plain, secure]) server.close();
  await saw('rtmp.tls.port');
  for (const generation of [2, 3]) {
    writeFileSync(file, JSON.stringify({ ...config, gop_num: generation }));
    child.kill('SIGHUP');
    await saw(`config ${generation} applied`);
    expect(await firstByte(await connectTo(plain.port))).toBe(3);
    const client = connectTls({ socket: await connectTo(secure.port), rejectUnauthorized: false });
    expect(await firstByte(client)).toBe(3);
  }
});

test('custom plugins are bundled again after the program that does it was killed', async ({ skip }) => {
  skip(!existsSync('/proc/self/stat'), 'the system has no /proc');
  const { child, file, saw } = startProcess(PORTS);
  await saw('rtmp.port');
  const plugin = join(dirname(file), 'mine.mjs');
  const edit = (text: string): void =>
    writeFileSync(
      plugin,
      `export default { name: 'mine', schema: { type: 'object' }, app: () => '${text}' };`,
    );
  edit('one');
  writeFileSync(file, JSON.stringify({ ...PORTS, plugins: ['./mine.mjs'] }));
  child.kill('SIGHUP');
  await saw('config 2 applied');
  for (const bundler of childrenOf(child.pid ?? 0)) process.kill(bundler, 'SIGKILL');
  edit('two');
  child.kill('SIGHUP');
  expect((await saw('config 3 applied'))['msg']).toContain('mine');
});

const THROWING = `
import { EventEmitter } from 'node:events';
import { definePlugin } from 'livego';
export default definePlugin({
  name: 'throwing',
  schema: { type: 'object', properties: {} },
  server(context) {
    const routes = {
      '/timer': () => setTimeout(() => { throw new Error('boom in a timer'); }),
      '/event': () => process.nextTick(() => new EventEmitter().emit('error', new Error('boom of an emitter'))),
      '/core': () => setTimeout(() => context.format('x', () => { throw new Error('boom in core'); })),
    };
    context.serve({ port: '127.0.0.1:0' }, Object.entries(routes).map(([path, run]) => ({
      path, methods: ['GET'], handler: (_request, response) => { run(); response.end('thrown'); },
    })));
  },
});
`;

test('an exception in a timer or an event of a plugin is a bug in the log; one through core ends the server in order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-throwing-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const plugin = join(folder, 'throwing.js');
  writeFileSync(plugin, THROWING);
  const { child, saw } = startProcess({ ...PORTS, plugins: [plugin] });
  const listening = String((await saw('throwing.port'))['msg']);
  await saw('publish to');
  const origin = `http://${/listening on (\S+) /.exec(listening)![1]}`;
  const ask = async (path: string): Promise<string> => (await fetch(`${origin}${path}`)).text();
  expect(await ask('/timer')).toBe('thrown');
  expect(await saw('a bug in plugin throwing')).toMatchObject({
    level: 50,
    err: { message: 'boom in a timer' },
  });
  expect(await ask('/event')).toBe('thrown');
  await saw('streaming goes on');
  expect(await ask('/event')).toBe('thrown');
  const ended = waitForEvent(child, 'exit');
  await ask('/core');
  expect(await saw('the server ends in order')).toMatchObject({ plugin: 'throwing' });
  await saw('stopped');
  expect(await ended).toEqual([1, null]);
});

test.runIf(process.platform === 'linux')(
  'a server whose files are used up says so once, with its limit, and follows its config when some are free again',
  async () => {
    const config = { ...PORTS, watch: { poll: true } };
    const server = startProcess(config, [], 256);
    const listening = String((await server.saw('rtmp.port'))['msg']);
    await server.saw('publish to');
    const port = Number(/:(\d+) /.exec(listening)![1]);
    const clients = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => {}));
    onTestFinished(() => clients.forEach((client) => void client.destroy()));
    const warning = (await server.saw('no file descriptor is free'))['msg'];
    expect(warning).toContain('raise the limit of this process from 256 (ulimit -n, LimitNOFILE=)');
    writeFileSync(server.file, JSON.stringify({ ...config, gop_num: 2 }));
    for (const client of clients) client.destroy();
    await server.saw('config 2 applied');
    expect(server.messages.filter((each) => each.includes('vanished'))).toEqual([]);
    expect(server.messages.filter((each) => each.includes('no file descriptor'))).toHaveLength(1);
  },
);

async function openSocket(): Promise<{ server: Server; port: number; fd: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await waitForEvent(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  return { server, port, fd };
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/** Of the server's handshake, the version of RTMP. */
async function firstByte(client: Socket): Promise<number | undefined> {
  client.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
  return (await readBytes(client, 1))[0];
}
