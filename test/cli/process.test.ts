// Signals, exit codes and output of the command.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { connectTo, readBytes, waitForEvent } from '../helpers/net.ts';
import { startProcess } from './server-process.ts';

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

test('an address may be a socket that the process was started with, and reloads keep it', async () => {
  const opened = createServer().listen(0, '127.0.0.1');
  await waitForEvent(opened, 'listening');
  const { port } = opened.address() as { port: number };
  const { fd } = (opened as unknown as { _handle: { fd: number } })._handle;
  const config = { ...PORTS, listen: { fd: 3 } };
  const { child, file, saw } = startProcess(config, [fd]);
  opened.close();
  await saw('rtmp.port');
  for (const generation of [2, 3]) {
    writeFileSync(file, JSON.stringify({ ...config, gop_num: generation }));
    child.kill('SIGHUP');
    await saw(`config ${generation} applied`);
    const client = await connectTo(port);
    client.write(Buffer.concat([Buffer.from([3]), Buffer.alloc(1536)]));
    expect((await readBytes(client, 1))[0]).toBe(3);
  }
});
