import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../../helpers/programs/certificate.ts';
import { clip, probePackets, publish, watch } from '../../../helpers/media/ffmpeg.ts';
import { save } from '../../../helpers/reload.ts';
import { expectSamePackets } from '../../../helpers/media/same-packets.ts';
import { startServer } from '../../../helpers/server.ts';
import { isLive, startRelaying } from '../relay-kit.ts';

type Files = ReturnType<typeof makeCertificate>;

async function startSecure(files: Files) {
  const tls = { port: '127.0.0.1:0', ...files };
  const config = { rtmp: { tls }, httpflv: { tls } };
  const server = await startServer({ config });
  const port = (plugin: string): number => server.server.port(`${plugin}.tls.port`);
  return {
    server,
    reload: () => server.reload(config),
    rtmps: (host: string, path: string) => `rtmps://${host}:${port('rtmp')}/${path}`,
    https: (host: string, path: string) => `https://${host}:${port('httpflv')}/${path}`,
    wss: (host: string, path: string) => `wss://${host}:${port('httpflv')}/${path}`,
  };
}

test('A relay by TLS checks the certificate by default, and says what is wrong with it', async () => {
  const secure = await startSecure(makeCertificate('localhost'));
  const edge = await startRelaying({
    pull: [{ url: secure.rtmps('localhost', 'live/movie'), name: 'copy' }],
  });
  const relay = await edge.until(({ lastError }) => lastError !== undefined);
  expect(relay.lastError).toMatch(/self-signed certificate/);
});

test('A relay by TLS says so when the certificate is for another name', async () => {
  const files = makeCertificate('elsewhere.test');
  const secure = await startSecure(files);
  const url = secure.https('localhost', 'live/movie.flv');
  const edge = await startRelaying({ pull: [{ url, name: 'copy', ca: files.cert }] });
  const relay = await edge.until(({ lastError }) => lastError !== undefined);
  expect(relay.lastError).toMatch(/does not match certificate's altnames/);
});

test('A relay by TLS says so when the certificate has expired', async () => {
  const files = makeCertificate('localhost');
  expire(files);
  const secure = await startSecure(files);
  const edge = await startRelaying({
    pull: [{ url: secure.rtmps('localhost', 'live/movie'), name: 'copy', ca: files.cert }],
  });
  const relay = await edge.until(({ lastError }) => lastError !== undefined);
  expect(relay.lastError).toBe('certificate has expired');
});

test('A relay by TLS goes on when an expired certificate is renewed, and when its authorities are replaced', async () => {
  const files = makeCertificate('localhost');
  expire(files);
  const secure = await startSecure(files);
  const ca = join(dirname(files.cert), 'authorities.pem');
  copyFileSync(files.cert, ca);
  const edge = await startRelaying({
    pull: [{ url: secure.rtmps('localhost', 'live/movie'), name: 'copy' }],
    rejectedMaxMs: 500,
    ca,
  });
  publish({ file: await clip({ seconds: 3 }), url: secure.server.rtmp('live/movie'), repeat: 'forever' });
  await edge.until(({ lastError }) => lastError === 'certificate has expired');
  makeCertificate('localhost', files);
  await secure.reload();
  await edge.until(({ lastError }) => /self-signed certificate/.test(lastError ?? ''));
  save(ca, 'no certificate', 'in place');
  await edge.logged(/relay\.ca: .* cannot be used .*what was read before stays/);
  expect(await edge.relays()).toMatchObject([{ state: expect.not.stringMatching('live') as string }]);
  save(ca, readFileSync(files.cert, 'utf8'), 'rename');
  await edge.until(isLive);
});

test.each(['rtmps', 'https', 'wss'] as const)(
  'A relay by TLS pulls by %s from a server whose authority is given, packet by packet',
  async (scheme) => {
    const files = makeCertificate('localhost');
    const secure = await startSecure(files);
    const path = scheme === 'rtmps' ? 'live/movie' : 'live/movie.flv';
    const url = secure[scheme]('localhost', path);
    const edge = await startRelaying({ pull: [{ url, name: 'copy' }], ca: files.cert, keepViewersMs: 0 });
    const file = await clip({ seconds: 3 });
    const watcher = watch(edge.rtmp('live/copy'));
    await edge.saw('play');
    publish({ file, url: secure.server.rtmp('live/movie') });
    await edge.until(isLive);
    expectSamePackets(await probePackets(file), await watcher.packets);
  },
);

test('A relay by TLS pushes by rtmps to any server with `insecure`', async () => {
  const secure = await startSecure(makeCertificate('elsewhere.test'));
  const url = secure.rtmps('127.0.0.1', 'live');
  const server = await startRelaying({ push: [{ url, insecure: true }] });
  publish({ file: await clip({ seconds: 3 }), url: server.rtmp('live/movie'), repeat: 'forever' });
  await server.until(isLive);
  expect(secure.server.stream('live/movie').publisher?.client.protocol).toBe('rtmps');
});

/** Signs the key again, for a day that is long past. */
function expire({ cert, key }: Files): void {
  const folder = dirname(cert);
  execFileSync(
    'openssl',
    ['req', '-new', '-key', key, '-subj', '/CN=localhost', '-out', `${folder}/request.pem`],
    {
      stdio: 'pipe',
    },
  );
  execFileSync(
    'openssl',
    ['x509', '-req', '-in', `${folder}/request.pem`, '-signkey', key, '-days', '-1', '-out', cert],
    { stdio: 'pipe' },
  );
}
