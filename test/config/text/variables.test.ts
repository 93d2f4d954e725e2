import { describe, expect, test } from 'vitest';
import { expandVariables } from '../../../config/text/variables.ts';
import { faultsOf, resolveText } from '../fake-plugins.ts';

const env = { PORT: '9000', SECONDS: '2.5', KEEP: 'true', HLS: 'off', SECRET: 'hunter2', DIR: '/data' };

describe('environment variables', () => {
  test('stand for strings, numbers, booleans and switches', async () => {
    const { plugins } = await resolveText(
      '{ hlsport: "${PORT}", hls: { segmentSeconds: "${SECONDS}", keepAfterEnd: "${KEEP}", path: "${DIR}/${X:hls}", enabled: "${HLS}" } }',
      { env },
    );
    expect(plugins.get('hls')).toMatchObject({
      enabled: false,
      options: { port: 9000, segmentSeconds: 2.5, keepAfterEnd: true, path: '/data/hls' },
    });
  });

  test('stay strings where the option wants one', async () => {
    expect(
      (await resolveText('{ hls: { path: "${PORT}" } }', { env })).plugins.get('hls')?.options['path'],
    ).toBe('9000');
  });

  test('that are missing or misspelt are faults', async () => {
    expect(await faultsOf('{ hls: { path: "${NOPE}", labels: ["${A-B}", "${PORT"] } }', { env })).toEqual([
      'livego.json5:1:16: hls.path: the environment variable NOPE is not set; set it, or give a fallback: ${NOPE:fallback}',
      'livego.json5:1:36: hls.labels[0]: "A-B" is not the name of an environment variable; write "$${" for a literal "${"',
      'livego.json5:1:46: hls.labels[1]: "${" without a closing "}"; write "$${" for a literal "${"',
    ]);
  });

  test('are not shown in messages, because they may be secrets', async () => {
    expect(await faultsOf('{ gop_num: "${SECRET}", httpflv: "${SECRET}" }', { env })).toEqual([
      'livego.json5:1:12: gop_num: "${SECRET}" is a string; it must be a whole number from 0 to 100',
      'livego.json5:1:34: httpflv: "${SECRET}" is not a switch; it must be "enable" or "disable", or options in braces { }',
    ]);
  });
});

test('a literal "${" is written "$${"', async () => {
  expect(
    (await resolveText('{ hls: { path: "$${PORT}" } }', { env })).plugins.get('hls')?.options['path'],
  ).toBe('${PORT}');
});

test('what only names an application is no secret, and neither is a fallback of the file', () => {
  const document = {
    servers: [{ servername: '${HLS}', AppName: '${KEEP}' }],
    x: '${SECRET}',
    y: '${Y:file}',
  };
  expect([...expandVariables(document, env).variables]).toEqual([['SECRET', 'hunter2']]);
});
