import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Command } from './command.ts';

let command: Command;

beforeEach(() => void (command = new Command()));

const running = '{ servers: [{ servername: "live" }, { servername: "event", onRemove: "close" }] }';

describe('livego plan', () => {
  test('says in words what would change, and what would happen to present sessions', async () => {
    const against = command.write('running.json5', running);
    const file = command.write(
      'new.json5',
      '{ gop_num: 2, listen: 1936, relay: { push: ["rtmp://cdn/app"] }, servers: [{ servername: "live", hls: "off" }] }',
    );
    const { code, output } = command.run('plan', file, '--against', against);
    expect(await code).toBe(0);
    expect(output()).toBe(
      [
        `${file} instead of ${against}:`,
        'application event removed',
        'relay of live added',
        'rtmp replaced',
        'hls of live removed',
        'gop_num of live changed',
        'rtmp.port :1936 opened',
        'rtmp.port :1935 closed',
        'rtmp of event: present sessions are closed (onRemove: "close")',
        'hls of event: present sessions are closed (onRemove: "close")',
        'httpflv of event: present sessions are closed (onRemove: "close")',
        'hls of live: present sessions finish, new ones are denied (onRemove: "drain")',
        'all other sessions continue untouched\n',
      ].join('\n  '),
    );
  });

  test('takes relative paths of the new file from the folder of the one that it is to replace', async () => {
    const text = '{ plugins: ["./echo.js"], echo: { file: "./notes" } }';
    const against = command.write('running.json5', text);
    command.write(
      'echo.js',
      `const file = { type: 'string', default: 'echo.txt', path: 'read', description: 'What is read.' };
       export default { name: 'echo', schema: { type: 'object', properties: { file } }, server() {} };`,
    );
    const drafts = mkdtempSync(join(command.path, 'drafts-'));
    const file = join(drafts, 'new.json5');
    writeFileSync(file, text);
    const { code, output } = command.run('plan', file, '--against', against);
    await code;
    expect(output()).toBe(`${file} instead of ${against}:\n  nothing would change\n`);
  });

  test('says that nothing would change', async () => {
    const against = command.write('running.json5', running);
    const file = command.write('new.json5', `// a comment\n${running}`);
    const { code, output } = command.run('plan', file, '--against', against);
    expect(await code).toBe(0);
    expect(output()).toBe(`${file} instead of ${against}:\n  nothing would change\n`);
  });
});

describe('livego plan with a faulty file', () => {
  test('shows every fault of both files, and exits with 1', async () => {
    const against = command.write('running.json5', '{ gop_num: -1 }');
    const file = command.write('new.json5', '{ lisen: 1, gop_num: "x" }');
    const { code, output } = command.run('plan', file, '--against', against);
    expect(await code).toBe(1);
    expect(output()).toContain(`${against}:1:12: gop_num: -1 is too small`);
    expect(output()).toContain(`${file}:1:3: lisen: unknown key; did you mean "listen"?`);
    expect(output()).toContain(`${file}: 2 faults\n`);
  });
});

describe('livego plan --json', () => {
  test('prints the changes, or the rejections, for programs', async () => {
    const against = command.write('running.json5', running);
    const { code, output } = command.run(
      'plan',
      command.write('new.json5', '{}'),
      '--against',
      against,
      '--json',
    );
    expect(await code).toBe(0);
    expect(JSON.parse(output())).toMatchObject({
      outcome: 'applied',
      changes: { appsRemoved: ['event'], closing: ['rtmp of event', 'hls of event', 'httpflv of event'] },
    });
    const faulty = command.run(
      'plan',
      command.write('bad.json5', '{ x: 1 }'),
      '--against',
      against,
      '--json',
    );
    expect(await faulty.code).toBe(1);
    expect(JSON.parse(faulty.output())).toMatchObject({
      outcome: 'rejected',
      rejections: [{ faults: [{ line: 1, column: 3, path: 'x' }] }],
    });
  });
});

test('livego plan needs a config to compare with', async () => {
  const { code, output } = command.run('plan', command.write('new.json5', '{}'));
  expect(await code).toBe(1);
  expect(output()).toContain("required option '--against <running>' not specified");
});
