// Files beside the config: a custom plugin's code, a certificate.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeCertificate } from '../helpers/programs/certificate.ts';
import { within } from '../helpers/net.ts';
import { expectNothingLost, followServer, LiveSource, watchAll } from '../helpers/reload.ts';

const LOOPBACK = { listen: '127.0.0.1:0', flvport: '127.0.0.1:0', keepAfterUnpublishMs: 0 };

test('an edited plugin, or a file that it imports, is swapped in; a syntax error is rejected with file and line', async () => {
  const followed = await followServer(LOOPBACK);
  const { server, directory } = followed;
  const ports = { rtmp: server.port('rtmp.port'), http: server.port('httpflv.port') };
  const source = await LiveSource.start(`rtmp://127.0.0.1:${ports.rtmp}/live/movie`);
  const viewers = await watchAll(ports, 'live/movie');
  const [plugin, part] = [join(directory, 'mine.ts'), join(directory, 'part.ts')];
  writeFileSync(part, 'export const figure: number = 1;\n');
  const code = `import { figure } from './part.ts';
export default {
  name: 'mine',
  schema: { type: 'object', properties: {} },
  server(context) {
    const metric = context.metric({ name: 'mine_figure', type: 'gauge', help: 'A figure.' });
    context.hooks.stat.tap((write) => write.gauge(metric, figure));
  },
};
`;
  const figure = () => server.metrics().find(({ metric }) => metric.name === 'mine_figure')?.value;
  writeFileSync(plugin, code);
  expect((await followed.edit({ ...LOOPBACK, plugins: ['./mine.ts'] })).changes.added).toEqual(['mine']);
  expect(figure()).toBe(1);
  const swapped = await followed.reportOf(() => writeFileSync(part, 'export const figure: number = 2;\n'));
  expect(swapped).toMatchObject({ outcome: 'applied', changes: { replaced: ['mine'] }, viewersKept: 3 });
  expect(figure()).toBe(2);
  const rejected = await followed.reportOf(() => writeFileSync(plugin, code.replace("'mine',", "'mine',,")));
  expect(rejected).toMatchObject({ outcome: 'rejected', faults: [{ file: plugin, line: 3 }] });
  expect(figure()).toBe(2);
  await expectNothingLost(source, viewers);
});

test('a renewed certificate is used for new connections; old ones live on', async () => {
  const [one, two] = [makeCertificate('one.example'), makeCertificate('two.example')];
  const { cert, key } = one;
  const tls = { port: '127.0.0.1:0', cert, key };
  const followed = await followServer({ ...LOOPBACK, rtmp: { tls } });
  const open = async () => {
    const socket = connect({
      port: followed.server.port('rtmp.tls.port'),
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    await within(once(socket, 'secureConnect'), 'the TLS handshake');
    return socket;
  };
  const before = await open();
  const report = await followed.reportOf(() => {
    copyFileSync(two.key, key);
    copyFileSync(two.cert, cert);
  });
  expect(report).toMatchObject({ outcome: 'applied', changes: { certificates: ['rtmp.tls.port'] } });
  const after = await open();
  expect(after.getPeerCertificate().fingerprint).not.toBe(before.getPeerCertificate().fingerprint);
  expect(before.destroyed).toBe(false);
  for (const socket of [before, after]) socket.destroy();
});
