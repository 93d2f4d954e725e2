import { expect, test } from 'vitest';
import { Command } from './command.ts';

test('livego schema prints a JSON Schema', async () => {
  const { code, output } = new Command().run('schema');
  expect(await code).toBe(0);
  expect(JSON.parse(output())).toMatchObject({
    title: 'livego.json5',
    properties: { hls: {}, hlsport: {}, servers: {} },
  });
});
