// A pipe in the place of a file must not hold the server: opening it would wait for its writer.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createConfigSource } from '../../../config/load.ts';
import { startServer } from '../../helpers/server.ts';

function pipeIn(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'livego-pipe-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pipe = join(folder, name);
  execFileSync('mkfifo', [pipe]);
  return pipe;
}

test.runIf(process.platform !== 'win32')(
  'a plugin’s source, or a file that it imports, is no pipe',
  async () => {
    const pipe = pipeIn('pipe.js');
    const plugin = `${pipe}.plugin.js`;
    writeFileSync(plugin, `import value from './pipe.js';\nexport default value;\n`);
    for (const entry of [pipe, plugin]) {
      const text = JSON.stringify({ plugins: [entry] });
      const loaded = await createConfigSource({ file: 'x.json5', text, builtins: [] }).load();
      expect(loaded.ok).toBe(false);
      expect(JSON.stringify(!loaded.ok && loaded.faults)).toContain('this is no regular file');
    }
  },
);

test.runIf(process.platform !== 'win32')('nor is any file that a plugin’s option names', async () => {
  const pipe = pipeIn('file');
  const { reload } = await startServer();
  const configs = {
    'engine.extra_conf': { engine: { profile: 'command', command: ['true'], extra_conf: pipe } },
    'auth.keyStore.file': { auth: { publish: { channelKeys: true }, keyStore: { file: pipe } } },
    'auth.jwt.keyFile': { auth: { jwt: { keyFile: pipe } } },
    'api.rooms': { api: { rooms: pipe } },
    'api.stateFile': { api: { stateFile: pipe } },
    'relay.ca': { relay: { ca: pipe, push: ['rtmps://127.0.0.1:1/a/'] } },
    'rtmp.tls': { rtmp: { tls: { port: '127.0.0.1:0', cert: pipe, key: pipe } } },
  };
  for (const [option, config] of Object.entries(configs)) {
    const { outcome, error, faults } = await reload(config);
    expect([option, outcome, error ?? JSON.stringify(faults)]).toEqual([
      option,
      'rejected',
      expect.stringContaining('regular file'),
    ]);
  }
});
