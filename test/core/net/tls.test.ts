import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TlsFiles } from '../../../core/net/tls.ts';
import { makeCertificate } from '../../helpers/certificate.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, readBytes, waitForEvent, within } from '../../helpers/net.ts';
import { kernelForTest } from '../kernel/kernel-kit.ts';

/** Echoes; encrypted when its option `tls` names files. */
const echo = pluginForTest('echo', {
  server: (context, options) =>
    context.listen({
      option: 'port',
      address: 0,
      tls: options['tls'] as TlsFiles | undefined,
      onConnection: (socket) => {
        socket.on('data', (bytes) => socket.write(bytes));
      },
    }),
});

async function secure(port: number): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  onTestFinished(() => void socket.destroy());
  await within(once(socket, 'secureConnect'), 'the TLS handshake');
  return socket;
}

async function echoed(socket: Parameters<typeof readBytes>[0], text: string): Promise<string> {
  socket.write(text);
  return (await readBytes(socket, text.length)).toString();
}

function nameOf(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN);
}

const config = (tls?: TlsFiles) => ({ definitions: [echo], plugins: { echo: tls ? { tls } : {} } });

describe('TLS', () => {
  test('is switched on and off at one address by a reload, and connections of either kind live on', async () => {
    const files = makeCertificate('one.example');
    const kernel = kernelForTest();
    await kernel.apply(config());
    const port = kernel.port('echo.port');
    const plain = await connectTo(port);
    expect(await echoed(plain, 'plain')).toBe('plain');
    const on = await kernel.apply(config(files));
    expect(on.changes.replaced).toEqual(['echo']);
    expect(kernel.kernel.addresses).toMatchObject([{ scheme: 'tls', port }]);
    const encrypted = await secure(port);
    expect(await echoed(encrypted, 'secret')).toBe('secret');
    await kernel.apply(config());
    expect(await echoed(await connectTo(port), 'plain again')).toBe('plain again');
    expect(await echoed(plain, 'still')).toBe('still');
    expect(await echoed(encrypted, 'still')).toBe('still');
  });

  test('gives new connections the new certificate when its file was replaced, and says so', async () => {
    const files = makeCertificate('old.example');
    const kernel = kernelForTest();
    await kernel.apply(config(files));
    const port = kernel.port('echo.port');
    const before = await secure(port);
    expect(nameOf(before)).toBe('old.example');
    expect(kernel.kernel.certificateFiles).toEqual([files.cert, files.key]);
    makeCertificate('new.example', files);
    const report = await kernel.apply(config(files));
    expect(report).toMatchObject({ outcome: 'applied', changes: { certificates: ['echo.port'], kept: 1 } });
    expect(nameOf(await secure(port))).toBe('new.example');
    expect(await echoed(before, 'still')).toBe('still');
  });

  test.each([
    ['is no PEM', (files: TlsFiles) => writeFileSync(files.cert, 'nonsense')],
    [
      'does not belong to the key',
      (files: TlsFiles) => void makeCertificate('b.example', { ...files, key: `${files.key}2` }),
    ],
  ])('with a certificate that %s refuses the config, and the old one stays in use', async (_, damage) => {
    const files = makeCertificate('good.example');
    const kernel = kernelForTest();
    await kernel.apply(config(files));
    damage(files);
    const report = await kernel.reload(config(files));
    expect(report.outcome).toBe('refused');
    expect(report.error).toContain(files.cert);
    expect(nameOf(await secure(kernel.port('echo.port')))).toBe('good.example');
  });

  test('with a file that is missing names it', async () => {
    const report = await kernelForTest().reload(config({ cert: '/no/such.crt', key: '/no/such.key' }));
    expect(report.outcome).toBe('refused');
    expect(report.error).toContain('/no/such.crt cannot be read');
  });

  test('ends a plain-text client, and only that one', async () => {
    const kernel = kernelForTest();
    await kernel.apply(config(makeCertificate('one.example')));
    const port = kernel.port('echo.port');
    const lost = await connectTo(port);
    lost.on('error', () => {});
    lost.write('GET / HTTP/1.0\r\n\r\n');
    await waitForEvent(lost.resume(), 'close');
    expect(await echoed(await secure(port), 'fine')).toBe('fine');
  });

  test('counts a connection once, and no longer when it has gone', async () => {
    const kernel = kernelForTest();
    await kernel.apply(config(makeCertificate('one.example')));
    const socket = await secure(kernel.port('echo.port'));
    expect(await echoed(socket, 'x')).toBe('x');
    expect(kernel.kernel.pool.connections).toBe(1);
    socket.destroy();
    await within(kernel.kernel.pool.drained(), 'the connection to go');
    expect(kernel.kernel.pool.connections).toBe(0);
  });

  test('that a peer breaks off does not end the process, though nobody listens to its errors', async () => {
    const kernel = kernelForTest();
    await kernel.apply(config(makeCertificate('one.example')));
    const port = kernel.port('echo.port');
    const raw = await connectTo(port);
    const middle = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .pipe(raw)
          .pipe(socket),
    );
    onTestFinished(() => void middle.close());
    await once(middle.listen(0, '127.0.0.1'), 'listening');
    const broken = await secure((middle.address() as AddressInfo).port);
    broken.on('error', () => {});
    expect(await echoed(broken, 'x')).toBe('x');
    // An application data record of 32 bytes that no key ever made.
    raw.write(Buffer.from(`1703030020${'5a'.repeat(32)}`, 'hex'));
    await within(kernel.kernel.pool.drained(), 'the broken connection to go');
    expect(await echoed(await secure(port), 'fine')).toBe('fine');
  });
});
