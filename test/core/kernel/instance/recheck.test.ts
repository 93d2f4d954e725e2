// A plugin whose rules have changed asks its own gates again about the sessions that are there.
import { expect, test } from 'vitest';
import type { ServerContext } from '../../../../core/plugin/plugin.ts';
import { Denial } from '../../../../core/session/denial.ts';
import type { ConnectRequest, StreamRequest } from '../../../../core/session/requests.ts';
import { pluginForTest } from '../../../helpers/config.ts';
import { kernelForTest, PROTOCOL, publishTo, requestFor } from '../kernel-kit.ts';

interface Rules {
  context: ServerContext | undefined;
  readonly asked: string[];
  judge(request: StreamRequest): Denial | undefined;
}

function rulesOf(judge: Rules['judge']) {
  const rules: Rules = { context: undefined, asked: [], judge };
  const gate = (request: StreamRequest): Denial | undefined => {
    rules.asked.push(`${request.role} ${request.name} ${request.id}`);
    return rules.judge(request);
  };
  const plugin = pluginForTest('rules', {
    server: (context) => {
      rules.context = context;
      context.hooks.publish.tap(gate);
      context.hooks.play.tap(gate);
    },
  });
  return { rules, plugin };
}

test('closes those that the gates deny now, with the reason, and leaves the others alone', async () => {
  const { rules, plugin } = rulesOf(() => undefined);
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin] });
  const ended: Record<string, string> = {};
  await publishTo(
    test,
    requestFor('live', 'one'),
    (cause) => (ended['one'] = `${cause.code}: ${cause.message}`),
  );
  await publishTo(test, requestFor('live', 'two'), (cause) => (ended['two'] = cause.message));
  const before = [...rules.asked];
  rules.asked.length = 0;
  rules.judge = ({ name }) => (name === 'one' ? new Denial('forbidden', 'the key was withdrawn') : undefined);
  await rules.context!.recheck();
  expect(rules.asked.sort()).toEqual(before.sort());
  expect(ended).toEqual({ one: 'denied: its right has ended: the key was withdrawn' });
});

test('a gate that throws, or whose back end is away, ends nothing', async () => {
  const { rules, plugin } = rulesOf(() => undefined);
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin] });
  let ended = false;
  await publishTo(test, requestFor('live', 'one'), () => (ended = true));
  rules.judge = () => new Denial('unavailable', 'the database is away');
  await rules.context!.recheck();
  rules.judge = () => {
    throw new Error('the database is broken');
  };
  await rules.context!.recheck();
  expect(ended).toBe(false);
  expect(test.log.messages('error')).toEqual(['rules could not check a session again; it stays']);
});

test('what a plugin provides is not asked about: no gate has admitted it', async () => {
  const { rules, plugin } = rulesOf(() => undefined);
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin] });
  let stopped = false;
  const provider = { description: 'a relay', start: () => {}, stop: () => void (stopped = true) };
  rules.context!.provide({ app: 'live', name: 'movie' }, provider);
  rules.judge = () => new Denial('forbidden', 'no');
  await rules.context!.recheck();
  expect(rules.asked).toEqual([]);
  expect(stopped).toBe(false);
});

test('a gate is told that it is asked again, and only then', async () => {
  const told: string[] = [];
  const { rules, plugin } = rulesOf(({ name, recheck }) => void told.push(`${name} ${recheck ?? false}`));
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, plugin] });
  await publishTo(test, requestFor('live', 'one'));
  const asked = rules.context!.recheck();
  await publishTo(test, requestFor('live', 'two'));
  await asked;
  expect(told.sort()).toEqual(['one false', 'one true', 'two false']);
});

test('a gate that never answers is given gateTimeoutMs, and ends nothing', async () => {
  let asked = 0;
  const hanging = pluginForTest('hanging', {
    server: (context) => {
      context.hooks.publish.tap(() => (asked++ === 0 ? undefined : new Promise<undefined>(() => {})));
      contexts.push(context);
    },
  });
  const contexts: ServerContext[] = [];
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, hanging], server: { gateTimeoutMs: 20 } });
  const { publication } = await publishTo(test);
  await contexts[0]!.recheck();
  expect(asked).toBe(2);
  expect(publication.active).toBe(true);
});

test('a connect gate is asked with the client’s request to enter, as when it came', async () => {
  const requests: ConnectRequest[] = [];
  const contexts: ServerContext[] = [];
  const gate = pluginForTest('gate', {
    server: (context) => {
      context.hooks.connect.tap((request) => void requests.push(request));
      contexts.push(context);
    },
  });
  const test = kernelForTest();
  await test.apply({ definitions: [PROTOCOL, gate] });
  await publishTo(test);
  await contexts[0]!.recheck();
  const [first, second] = requests;
  expect(second).toEqual({ ...first, limitUntil: expect.any(Function), recheck: true });
});
