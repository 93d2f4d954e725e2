import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TlsFiles, TlsOptions } from '../../../core/net/tls.ts';
import type { PluginDefinition } from '../../../core/plugin/plugin.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { pluginForTest } from '../../helpers/config.ts';
import { connectTo, freePorts, readBytes, waitForEvent, within } from '../../helpers/net.ts';
import { kernelForTest } from '../kernel/kernel-kit.ts';

/** Echoes, at a plain address and, if its option `tls` names one, at a TLS one. Notes over what it was reached. */
function echoing(transports: string[] = []): PluginDefinition {
  return pluginForTest('echo', {
    server: (context, { port, tls }) =>
      context.listen(
        { port: (port as number | undefined) ?? 0, tls: tls as TlsOptions | undefined },
        (socket, transport) => {
          transports.push(transport);
          socket.on('data', (bytes) => socket.write(bytes));
        },
      ),
  });
}

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

/** A TLS address beside a plain one; the system chooses both ports unless told. */
const config = (files: TlsFiles, tlsPort = ':0', definition = echoing()) => ({
  definitions: [definition],
  plugins: { echo: { tls: { port: tlsPort, ...files } } },
});

const TLS_PORT = 'echo.tls.port';

describe('TLS', () => {
  test('is served beside the plain address, and the plugin is told which one a client used', async () => {
    const transports: string[] = [];
    const kernel = kernelForTest();
    const files = makeCertificate('one.example');
    await kernel.apply(config(files, ':0', echoing(transports)));
    expect(kernel.kernel.addresses).toMatchObject([
      { option: 'echo.port', scheme: 'tcp' },
      { option: TLS_PORT, scheme: 'tls' },
    ]);
    expect(await echoed(await connectTo(kernel.port('echo.port')), 'plain')).toBe('plain');
    expect(await echoed(await secure(kernel.port(TLS_PORT)), 'secret')).toBe('secret');
    expect(transports).toEqual(['plain', 'tls']);
  });

  test('with port 0 is not served', async () => {
    const kernel = kernelForTest();
    const tls = { port: 0, cert: '/no/such.crt', key: '/no/such.key' };
    await kernel.apply({ definitions: [echoing()], plugins: { echo: { tls } } });
    expect(kernel.kernel.addresses.map(({ option }) => option)).toEqual(['echo.port']);
  });

  test('is switched on and off at one address by a reload, and connections of either kind live on', async () => {
    const files = makeCertificate('one.example');
    const [port, other] = (await freePorts(2)) as [number, number];
    const kernel = kernelForTest();
    const definitions = [echoing()];
    const plainAtPort = { definitions, plugins: { echo: { port } } };
    const tlsAtPort = { definitions, plugins: { echo: { port: other, tls: { port, ...files } } } };
    await kernel.apply(plainAtPort);
    const plain = await connectTo(port);
    expect(await echoed(plain, 'plain')).toBe('plain');
    const on = await kernel.apply(tlsAtPort);
    expect(on.changes.replaced).toEqual(['echo']);
    expect(kernel.kernel.addresses.find((each) => each.port === port)).toMatchObject({ scheme: 'tls' });
    const encrypted = await secure(port);
    expect(await echoed(encrypted, 'secret')).toBe('secret');
    await kernel.apply(plainAtPort);
    expect(await echoed(await connectTo(port), 'plain again')).toBe('plain again');
    expect(await echoed(plain, 'still')).toBe('still');
    expect(await echoed(encrypted, 'still')).toBe('still');
  });

  test('gives new connections the new certificate when its file was replaced, and says so', async () => {
    const files = makeCertificate('old.example');
    const kernel = kernelForTest();
    const same = config(files);
    await kernel.apply(same);
    const port = kernel.port(TLS_PORT);
    const before = await secure(port);
    expect(nameOf(before)).toBe('old.example');
    expect(kernel.kernel.certificateFiles).toEqual([files.cert, files.key]);
    makeCertificate('new.example', files);
    const report = await kernel.apply(same);
    expect(report).toMatchObject({ outcome: 'applied', changes: { certificates: [TLS_PORT], kept: 1 } });
    expect(nameOf(await secure(port))).toBe('new.example');
    expect(await echoed(before, 'still')).toBe('still');
  });

  test.each([
    ['is no PEM', (files: TlsFiles) => writeFileSync(files.cert, 'nonsense')],
    [
      'does not belong to the key',
      (files: TlsFiles) => void makeCertificate('b.example', { ...files, key: `${files.key}2` }),
    ],
  ])(
    'with a certificate that %s has the config rejected, and the old one stays in use',
    async (_, damage) => {
      const files = makeCertificate('good.example');
      const kernel = kernelForTest();
      await kernel.apply(config(files));
      damage(files);
      const report = await kernel.reload(config(files));
      expect(report.outcome).toBe('rejected');
      expect(report.error).toContain('echo.tls: ');
      expect(report.error).toContain(files.cert);
      expect(nameOf(await secure(kernel.port(TLS_PORT)))).toBe('good.example');
    },
  );

  test('with a file that is missing names it, and its option', async () => {
    const report = await kernelForTest().reload(config({ cert: '/no/such.crt', key: '/no/such.key' }));
    expect(report.outcome).toBe('rejected');
    expect(report.error).toContain('echo.tls.cert: /no/such.crt cannot be read');
  });

  test('ends a plain-text client, and only that one', async () => {
    const kernel = kernelForTest();
    await kernel.apply(config(makeCertificate('one.example')));
    const port = kernel.port(TLS_PORT);
    const lost = await connectTo(port);
    lost.on('error', () => {});
    lost.write('GET / HTTP/1.0\r\n\r\n');
    await waitForEvent(lost.resume(), 'close');
    expect(await echoed(await secure(port), 'fine')).toBe('fine');
  });

  test('counts a connection once, and no longer when it has closed', async () => {
    const kernel = kernelForTest();
    await kernel.apply(config(makeCertificate('one.example')));
    const socket = await secure(kernel.port(TLS_PORT));
    expect(await echoed(socket, 'x')).toBe('x');
    expect(kernel.kernel.pool.connections).toBe(1);
    socket.destroy();
    await within(kernel.kernel.pool.drained(), 'the connection to close');
    expect(kernel.kernel.pool.connections).toBe(0);
  });

  test('that a peer breaks off does not end the process, though no plugin listens to its errors', async () => {
    const kernel = kernelForTest();
    await kernel.apply(config(makeCertificate('one.example')));
    const port = kernel.port(TLS_PORT);
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
    await within(kernel.kernel.pool.drained(), 'the broken connection to close');
    expect(await echoed(await secure(port), 'fine')).toBe('fine');
  });
});
