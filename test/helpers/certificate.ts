// A self-signed certificate for 127.0.0.1, made by openssl once per run of a test file.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

export interface CertificateFiles {
  /** PEM file. */
  readonly cert: string;
  /** PEM file. */
  readonly key: string;
}

/** Files that are gone with the test. */
export async function createCertificate(): Promise<CertificateFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'livego-certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const args = ['req', '-x509', '-nodes', '-days', '2', ...curve, ...subject, '-keyout', key, '-out', cert];
  await promisify(execFile)('openssl', args);
  return { cert, key };
}
