// Many requests on one connection: answered one after another, and not read while the client reads nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { replyFile } from '../../../core/http/files/file-reply.ts';
import { OpenFiles } from '../../../core/http/files/open-files.ts';
import { replyJson } from '../../../core/http/replies/reply.ts';
import type { Route } from '../../../core/http/router.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, readToEnd } from '../../helpers/net.ts';
import { kernelForTest } from '../kernel/kernel-kit.ts';

type Handle = Route['handler'];

async function serve(handler: Handle): Promise<{ kernel: ReturnType<typeof kernelForTest>; socket: Socket }> {
  const web = pluginForTest('web', {
    server: (context) =>
      context.serve({ port: 0 }, [{ methods: ['GET', 'POST', 'DELETE'], path: '/*', handler }]),
  });
  const kernel = kernelForTest();
  await kernel.apply({ definitions: [web] });
  return { kernel, socket: await connectTo(kernel.port('web.port')) };
}

function request(path: string, more = '', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`;
}

const LAST = 'connection: close\r\n';

test.each(['GET', 'POST', 'DELETE'])(
  'a thousand %s requests in one write are answered in order, one at a time',
  async (method) => {
    let answering = 0;
    let most = 0;
    const seen: string[] = [];
    const { socket } = await serve(async (incoming, response) => {
      most = Math.max(most, ++answering);
      seen.push(incoming.url ?? '');
      await new Promise(setImmediate);
      answering--;
      replyJson(incoming, response, { body: incoming.url });
    });
    const paths = Array.from({ length: 1000 }, (_, index) => `/${index}`);
    socket.write(paths.map((path, index) => request(path, index === 999 ? LAST : '', method)).join(''));
    const text = (await readToEnd(socket)).toString();
    expect(text.match(/"\/\d+"/g)).toEqual(paths.map((path) => `"${path}"`));
    expect(seen).toEqual(paths);
    expect(most).toBe(1);
  },
);

test('requests behind a response that does not end are neither answered nor read on', async () => {
  let asked = 0;
  let send = (): void => {};
  const { kernel, socket } = await serve((_incoming, response) => {
    asked++;
    send = () => void response.write('and so on');
    send();
  });
  // 8 MB, more than all buffers between the two ends hold.
  const block = request('/').repeat(2000);
  let written = 0;
  await new Promise<void>((resolve) => {
    const write = (): void => {
      while (written < 120 && socket.write(block)) written++;
      if (written < 120) socket.once('drain', write);
    };
    write();
    socket.once('data', () => setImmediate(resolve));
  });
  expect(asked).toBe(1);
  expect(kernel.kernel.http.waiting.count).toBeLessThan(5000);
  socket.destroy();
  // A connection that is not read shows its end when it is written to.
  await expect
    .poll(() => {
      send();
      return kernel.kernel.http.waiting.count;
    })
    .toBe(0);
});

test('a client that asks for a file many times and reads nothing holds one file open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-http-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'large');
  const length = 32 * 1024 * 1024;
  writeFileSync(file, Buffer.alloc(length, 7));
  const reply = { type: 'application/octet-stream', etag: '"1"', cacheControl: 'no-store' };
  let asked = 0;
  const { kernel, socket } = await serve((incoming, response) => {
    asked++;
    replyFile(incoming, response, { file, length }, reply);
  });
  socket.pause();
  socket.write(request('/').repeat(1000));
  await expect.poll(() => kernel.kernel.http.files.count).toBe(1);
  await expect.poll(() => kernel.kernel.http.waiting.count).toBeGreaterThan(500);
  expect([asked, kernel.kernel.http.files.count]).toEqual([1, 1]);
  socket.destroy();
  await expect.poll(() => kernel.kernel.http.files.count).toBe(0);
});

test('of many files that are sent, few are open at once; a slow reader gives its own up and goes on later', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'livego-http-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = new OpenFiles(2);
  const used = Array.from({ length: 8 }, (_, index) => {
    const path = join(folder, String(index));
    writeFileSync(path, `file ${index}, part two`);
    return files.use(path);
  });
  const first = await Promise.all(used.map((file) => file.read(0, 6)));
  expect(first.map(String)).toEqual(used.map((_, index) => `file ${index}`));
  expect(files.count).toBeLessThanOrEqual(2);
  const second = await Promise.all(used.map((file) => file.read(6, 100)));
  expect(second.map(String)).toEqual(used.map(() => ', part two'));
  for (const file of used) file.close(false);
  await expect.poll(() => files.count).toBe(0);
  await expect(files.use(join(folder, 'none')).read(0, 1)).rejects.toThrow('ENOENT');
  expect(files.count).toBe(0);
});
