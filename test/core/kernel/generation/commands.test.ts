import { describe, expect, test } from 'vitest';
import { CommandInputs } from '../../../../core/kernel/generation/command-inputs.ts';
import type { CommandSpec, Commands } from '../../../../core/plugin/commands.ts';
import type { PluginContext, PluginDefinition } from '../../../../core/plugin/plugin.ts';
import { Denial } from '../../../../core/session/denial.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, type TestKernel } from '../kernel-kit.ts';

const START: CommandSpec<{ stream: string; seconds: number }> = {
  name: 'start',
  description: 'Starts a recording.',
  input: {
    type: 'object',
    additionalProperties: false,
    required: ['stream'],
    properties: {
      stream: { type: 'string', minLength: 1, description: 'Name of the stream.' },
      seconds: { type: 'integer', minimum: 1, default: 60, description: 'Length.' },
    },
  },
  run: (input) => ({ started: input }),
};

const recorder = (spec: Partial<CommandSpec> = {}) =>
  pluginForTest('record', { server: (context) => context.command({ ...START, ...spec }) });

/** Each application's instance says which one it is. */
const perApplication = pluginForTest('record', {
  app: (context) => context.command({ ...START, run: (input) => ({ by: context.servername, input }) }),
});

async function commandsOf(
  definitions: readonly PluginDefinition[],
  config: Omit<Parameters<TestKernel['apply']>[0], 'definitions'> = {},
): Promise<{ commands: Commands; test: TestKernel }> {
  const test = kernelForTest();
  let commands: Commands | undefined;
  const caller = pluginForTest('api', { server: (context) => void (commands = context.commands) });
  await test.apply({ definitions: [...definitions, caller], ...config });
  return { commands: commands!, test };
}

describe('a command', () => {
  test('is listed with its plugin’s name in front, and runs with its defaults filled in', async () => {
    const { commands } = await commandsOf([recorder()]);
    expect(commands.list()).toEqual([
      {
        name: 'record.start',
        description: 'Starts a recording.',
        input: START.input,
        perApplication: false,
      },
    ]);
    const input = { stream: 'movie' };
    expect(await commands.call('record.start', input)).toEqual({ started: { stream: 'movie', seconds: 60 } });
    expect(input).toEqual({ stream: 'movie' });
  });

  test.each([
    ['a property is missing', {}, "input must have required property 'stream'"],
    ['a value has another type', { stream: 5 }, 'input/stream must be string'],
    ['a value is out of range', { stream: 'a', seconds: 0 }, 'input/seconds must be >= 1'],
    ['a property is unknown', { stream: 'a', x: 1 }, 'input must NOT have additional properties'],
  ])('is not run if %s', async (_, input, fault) => {
    let ran = false;
    const { commands } = await commandsOf([recorder({ run: () => (ran = true) })]);
    await expect(commands.call('record.start', input)).rejects.toMatchObject({
      code: 'LVG_COMMAND',
      message: `record.start: ${fault}`,
    });
    expect(ran).toBe(false);
  });

  test('that is unknown lists those that are known', async () => {
    const { commands } = await commandsOf([recorder(), recorder({ name: 'stop' })].slice(0, 1));
    await expect(commands.call('record.strat', {})).rejects.toMatchObject({
      code: 'LVG_COMMAND',
      message: 'there is no command "record.strat"; there are record.start',
    });
    const none = await commandsOf([]);
    await expect(none.commands.call('x', {})).rejects.toThrow('there is no command "x"; there are none');
  });

  test('may throw a denial for input that makes no sense now, or wait', async () => {
    const denial = new Denial('not-found', 'no such stream');
    const denying = await commandsOf([
      recorder({
        run: () => {
          throw denial;
        },
      }),
    ]);
    await expect(denying.commands.call('record.start', { stream: 'a' })).rejects.toBe(denial);
    const waiting = await commandsOf([recorder({ run: () => Promise.resolve('done') })]);
    expect(await waiting.commands.call('record.start', { stream: 'a' })).toBe('done');
  });

  test('is that of the current config, also for a caller of an older one', async () => {
    const plugin = pluginForTest('record', {
      server: (context, { value }) => context.command({ ...START, run: () => value }),
    });
    const { commands, test } = await commandsOf([plugin], { plugins: { record: { value: 'old' } } });
    expect(await commands.call('record.start', { stream: 'a' })).toBe('old');
    await test.apply({ definitions: [plugin], plugins: { record: { value: 'new' } } });
    expect(await commands.call('record.start', { stream: 'a' })).toBe('new');
    await test.apply({ definitions: [plugin], plugins: { record: false } });
    await expect(commands.call('record.start', { stream: 'a' })).rejects.toThrow('there are none');
  });
});

describe('a command of an application', () => {
  test('takes the application’s name, and goes to its instance', async () => {
    const { commands } = await commandsOf([perApplication], { apps: { live: {}, 'event-*': {} } });
    expect(commands.list()).toMatchObject([
      {
        name: 'record.start',
        perApplication: true,
        input: { required: ['app', 'stream'], properties: { app: { type: 'string' } } },
      },
    ]);
    const call = (app: string) => commands.call('record.start', { app, stream: 'a' });
    expect(await call('live')).toMatchObject({
      by: 'live',
      input: { app: 'live', stream: 'a', seconds: 60 },
    });
    expect(await call('event-7')).toMatchObject({ by: 'event-*' });
    await expect(call('other')).rejects.toThrow('record.start: no application "other" has it');
    await expect(commands.call('record.start', { stream: 'a' })).rejects.toThrow(
      "record.start: input must have required property 'app'",
    );
  });

  test('that has the plugin off is not taken by another whose pattern matches the name as well', async () => {
    const { commands } = await commandsOf([perApplication], {
      apps: { live: { plugins: { record: false } }, '*': {} },
    });
    await expect(commands.call('record.start', { app: 'live', stream: 'a' })).rejects.toThrow(
      'record.start: no application "live" has it',
    );
    expect(await commands.call('record.start', { app: 'other', stream: 'a' })).toMatchObject({ by: '*' });
  });
});

describe('a config is rejected', () => {
  test.each<readonly [string, PluginDefinition, string]>([
    [
      'if a plugin declares a command twice in server()',
      pluginForTest('record', {
        server: (context) => {
          context.command(START);
          context.command(START);
        },
      }),
      'plugin record declares the command "record.start" twice',
    ],
    [
      'if a plugin declares a command twice in app()',
      pluginForTest('record', {
        app: (context) => {
          context.command(START);
          context.command(START);
        },
      }),
      'plugin record of live declares the command "record.start" twice',
    ],
    [
      'if a plugin declares a command in server() and in app()',
      pluginForTest('record', {
        server: (context) => context.command(START),
        app: (context) => context.command(START),
      }),
      'plugin record of live declares the command "record.start" twice',
    ],
    [
      'if the schema of a command’s input is wrong',
      recorder({ input: { type: 'nonsense' } }),
      'plugin record: the input schema of the command "record.start" is wrong (schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf)',
    ],
  ])('%s', async (_, plugin, error) => {
    expect(await kernelForTest().reload({ definitions: [plugin] })).toMatchObject({
      outcome: 'rejected',
      error,
    });
  });
});

test('the schema of a command is compiled once, and not again for each config', async () => {
  let reads = 0;
  const input = {
    type: 'object',
    get properties() {
      reads++;
      return { stream: { type: 'string' } };
    },
  };
  const { commands, test } = await commandsOf([recorder({ input })]);
  const once = reads;
  expect(once).toBeGreaterThan(0);
  const caller = pluginForTest('api', {});
  await test.apply({ definitions: [recorder({ input }), caller], plugins: { api: { value: 2 } } });
  expect(reads).toBe(once);
  await expect(commands.call('record.start', { stream: 5 })).rejects.toThrow('input/stream must be string');
});

test('a plugin may name the schema of a command, and change it with its code', async () => {
  const naming = (plugin: 'server' | 'app', type: string): PluginDefinition => {
    const spec = (): CommandSpec => ({
      ...START,
      input: {
        $id: 'start',
        type: 'object',
        properties: { stream: { type }, after: { $ref: 'start#/properties/stream' } },
      },
    });
    return pluginForTest('record', { [plugin]: (context: PluginContext) => context.command(spec()) });
  };
  const { commands, test } = await commandsOf([naming('server', 'string')]);
  const caller = pluginForTest('api', {});
  for (const [plugin, type] of [
    ['server', 'number'],
    ['app', 'boolean'],
  ] as const)
    await test.apply({ definitions: [naming(plugin, type), caller] });
  await expect(commands.call('record.start', { app: 'live', stream: 5, after: 5 })).rejects.toThrow(
    'input/stream must be boolean, input/after must be boolean',
  );
});

test('a wrong schema of a command is as wrong the next time', async () => {
  const { reload } = kernelForTest();
  const definitions = [recorder({ input: { type: 'object', title: 5 } })];
  for (let time = 0; time < 3; time++)
    expect(await reload({ definitions })).toMatchObject({
      outcome: 'rejected',
      error: expect.stringContaining('schema is invalid: data/title must be string'),
    });
});

test('hundreds of commands are each checked by their own schema', () => {
  const inputs = new CommandInputs();
  const all = Array.from({ length: 200 }, (_, index) =>
    inputs.of({ type: 'object', properties: { value: { const: index } } }, 'server'),
  );
  for (const [index, input] of all.entries()) {
    expect(input.faultsOf({ value: index })).toBeUndefined();
    expect(input.faultsOf({ value: index + 1 })).toBe('input/value must be equal to constant');
  }
});
