import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeExpiry } from '../../../core/net/certificate-expiry.ts';
import { makeCertificate } from '../../helpers/programs/certificate.ts';
import { startServer } from '../../helpers/server.ts';

const DAY = 86_400_000;

test.each([
  [1, undefined],
  [59, undefined],
  [65, /^expires in 2\d days \(/],
  [88.5, /^expires in 1 day \(/],
  [89.5, /^expires within a day \(/],
  [91, /^has expired \(.*\); clients will not accept it$/],
  [-2, /^is not valid before /],
])('a certificate of 90 days, after %d days', (days, words) => {
  const said = describeExpiry(readFileSync(makeCertificate('host').cert), Date.now() + days * DAY);
  if (words) expect(said).toMatch(words);
  else expect(said).toBeUndefined();
});

test('one that has little time left is applied, and the log says so', async () => {
  const tls = makeCertificate('host', undefined);
  const { X509Certificate } = await import('node:crypto');
  expect(new X509Certificate(readFileSync(tls.cert)).subject).toContain('host');
  const server = await startServer({ config: { rtmp: { tls: { port: '127.0.0.1:0', ...tls } } } });
  expect(server.log.filter(({ level }) => level > 30)).toEqual([]);
});
