// Self-signed certificates, made by openssl for one test and deleted with it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TlsFiles } from '../../../core/net/tls.ts';

/** Writes `server.crt` and `server.key` for that name into a folder of the test's own, or over those of `files`. */
export function makeCertificate(commonName: string, files?: TlsFiles): TlsFiles {
  const made = files ?? newFiles();
  const subject = ['-subj', `/CN=${commonName}`, '-addext', `subjectAltName=DNS:${commonName}`];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', made.key];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-days', '90', '-out', made.cert], {
    stdio: 'pipe',
  });
  return made;
}

function newFiles(): TlsFiles {
  const folder = mkdtempSync(join(tmpdir(), 'livego-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { cert: join(folder, 'server.crt'), key: join(folder, 'server.key') };
}
