// The files beside the config: a certificate that is renewed, and custom plugins, of which two do not work.

import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class SideFiles {
  readonly certificate: { readonly cert: string; readonly key: string };
  readonly #directory: string;
  #certificateName: 'a' | 'b' = 'a';

  constructor(directory: string) {
    this.#directory = directory;
    this.certificate = { cert: join(directory, 'tls.crt'), key: join(directory, 'tls.key') };
    for (const name of ['a', 'b']) createCertificate(join(directory, name));
    this.#copyCertificate();
    this.editPlugin(0);
    writeFileSync(join(directory, 'broken.mjs'), 'export default {\n  name: "broken",,\n};\n');
    writeFileSync(join(directory, 'failing.mjs'), pluginText('failing', 'throw new Error("no disk")'));
  }

  renewCertificate(): void {
    this.#certificateName = this.#certificateName === 'a' ? 'b' : 'a';
    this.#copyCertificate();
  }

  editPlugin(turn: number): void {
    writeFileSync(join(this.#directory, 'plugin.mjs'), pluginText('mine', `globalThis.soakTurn = ${turn}`));
  }

  #copyCertificate(): void {
    const { cert, key } = this.certificate;
    copyFileSync(join(this.#directory, `${this.#certificateName}.key`), key);
    copyFileSync(join(this.#directory, `${this.#certificateName}.crt`), cert);
  }
}

function pluginText(name: string, start: string): string {
  return `export default {
  name: ${JSON.stringify(name)},
  schema: { type: 'object', properties: {} },
  server({ hooks, onStart }) {
    hooks.publish.tap(() => undefined);
    onStart(() => { ${start}; });
  },
  app({ hooks }) {
    hooks.streamStart.tap(() => {});
  },
};
`;
}

function createCertificate(path: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', `${path}.key`, '-out', `${path}.crt`];
  const args = ['req', '-x509', '-nodes', '-days', '2', ...curve, '-subj', '/CN=localhost', ...files];
  execFileSync('openssl', args, { stdio: 'ignore' });
}
