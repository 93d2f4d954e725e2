// Many changes of the config at once, an editor beside them, and the way back.
import { renameSync, writeFileSync } from 'node:fs';
import JSON5 from 'json5';
import { expect, test } from 'vitest';
import { startWithFile } from './config-kit.ts';

const INSIDE = `  gop_num: 1, // pictures
  servers: [
    { servername: "live" }, // the main one
  ],
`;

test('a hundred changes at once: none is lost, the file is whole at every moment, and comments stay', async () => {
  const names = Array.from({ length: 100 }, (_, index) => `host-${index}`);
  const entries = names.map((name) => `    "${name}", // ${name}\n`);
  const server = await startWithFile(`  control: { hosts: [\n${entries.join('')}  ] },\n`);
  const comments = server.text().match(/\/\/.*/g);
  const seen = new Set<string>();
  let reading = true;
  const reader = (async () => {
    while (reading) {
      seen.add(server.text());
      await new Promise(setImmediate);
    }
  })();
  const headers = { 'content-type': 'application/json-patch+json' };
  const answers = await Promise.all(
    names.map((name, index) =>
      server.send('PATCH', [{ op: 'replace', path: `/control/hosts/${index}`, value: `new-${name}` }], {
        headers,
      }),
    ),
  );
  reading = false;
  await reader;
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(names.map(() => 200));
  for (const text of seen) expect(() => void JSON5.parse(text)).not.toThrow();
  const { control } = JSON5.parse<{ control: { hosts: string[] } }>(server.text());
  expect(control.hosts).toEqual(names.map((name) => `new-${name}`));
  expect(server.text().match(/\/\/.*/g)).toEqual(comments);
});

test('an editor that saves at the same moment loses nothing either', async () => {
  const server = await startWithFile(INSIDE);
  const edited = server.text().replace('gop_num: 1, // pictures', 'gop_num: 1, // edited');
  const sent = server.send('PATCH', { level: 'warn' });
  writeFileSync(`${server.file}.new`, edited);
  renameSync(`${server.file}.new`, server.file);
  expect((await sent).statusCode).toBe(200);
  expect(server.text()).toContain('// edited');
  expect(server.text()).toContain('level: "warn"');
});

test('one goes back to an earlier config, word for word', async () => {
  const server = await startWithFile(INSIDE);
  const first = server.text();
  await server.send('PATCH', { gop_num: 2 });
  await server.send('PATCH', { gop_num: 3 });
  const { items } = (await server.ask('/api/v1/config/history')).json<{ items: Record<string, unknown>[] }>();
  expect(items.map(({ generation }) => generation)).toEqual([3, 2, 1]);
  expect(items[0]).toMatchObject({
    reason: 'PATCH /api/v1/config by this machine',
    words: ['gop_num of live changed'],
  });
  expect((await server.ask('/api/v1/config/history/2')).json()).toMatchObject({ config: { gop_num: 2 } });
  const restored = await server.send('POST', '', { at: '/history/1:restore' });
  expect(restored.json()).toMatchObject({ outcome: 'applied', generation: 4 });
  expect(server.text()).toBe(first);
  expect((await server.ask('/api/v1/config/history/99')).statusCode).toBe(404);
});
