import { describe, expect, test } from 'vitest';
import { faultsOf, loadText, resolveText } from '../fake-plugins.ts';

describe('an entry of servers[]', () => {
  test('overrides the root option by option; objects merge, lists replace', async () => {
    const { apps } = await resolveText(`{
      gop_num: 2,
      hls: { window: 9, encrypt: { method: "aes-128", rotate: 4 }, labels: ["a", "b"] },
      servers: [
        { servername: "a" },
        { servername: "b", gop_num: 0, hls: { segmentSeconds: 4, encrypt: { rotate: 8 }, labels: ["c"] } },
      ],
    }`);
    expect(apps.map(({ options }) => options.gop_num)).toEqual([2, 0]);
    expect(apps[0]?.plugins.get('hls')?.options).toMatchObject({
      window: 9,
      segmentSeconds: 2,
      labels: ['a', 'b'],
    });
    expect(apps[1]?.plugins.get('hls')?.options).toMatchObject({
      window: 9,
      segmentSeconds: 4,
      encrypt: { method: 'aes-128', rotate: 8 },
      labels: ['c'],
    });
  });

  test('switches a plugin off and on for its application', async () => {
    const { apps, plugins } = await resolveText(`{
      hls: "disable",
      servers: [{ servername: "a", hls: "on", httpflv: false }, { servername: "b", hls: { window: 3 } }, { servername: "c" }],
    }`);
    expect(plugins.get('hls')?.enabled).toBe(false);
    expect(apps.map((app) => app.plugins.get('hls')?.enabled)).toEqual([true, true, false]);
    expect(apps.map((app) => app.plugins.get('httpflv')?.enabled)).toEqual([false, true, true]);
  });
});

describe('faults of servers[]', () => {
  test('are options that belong to the whole server', async () => {
    expect(
      await faultsOf(`{ servers: [{ servername: "a", hls: { port: 1 }, flvport: 2, level: "warn" }] }`),
    ).toEqual([
      'livego.json5:1:39: servers[0].hls.port: this option belongs to the whole server; write it at the root, as hls: { port: … }',
      'livego.json5:1:50: servers[0].flvport: this option belongs to the whole server; write it at the root, as httpflv: { port: … }',
      'livego.json5:1:62: servers[0].level: this option belongs to the whole server; write it at the root',
    ]);
  });

  test('are entries without a name, or with a name that is taken or not allowed', async () => {
    expect(
      await faultsOf(
        `{ servers: [{ servername: "a" },\n {}, { servername: "a" }, { servername: "b c" }, 7] }`,
      ),
    ).toEqual([
      'livego.json5:2:2: servers[1]: the application has no name; give it a servername, such as servername: "live"',
      'livego.json5:2:20: servers[2].servername: "a" is already the name in servers[0].servername in line 1; each application has one entry',
      'livego.json5:2:41: servers[3].servername: "b c" cannot be an application\'s name; it must be a string such as "live" or "event-*", without spaces, "?", "#", or a "/" at an end',
      'livego.json5:2:50: servers[4]: 7 is not an application; it must be like { servername: "live" }',
    ]);
  });

  test('do not repeat a fault of the root for each application', async () => {
    expect(
      await faultsOf(
        `{ gop_num: -1, hls: { window: 0 }, servers: [{ servername: "a" }, { servername: "b" }] }`,
      ),
    ).toEqual([
      'livego.json5:1:12: gop_num: -1 is too small; it must be a whole number from 0 to 100',
      'livego.json5:1:31: hls.window: 0 is too small; it must be a whole number of at least 1',
    ]);
  });
});

describe('the applications', () => {
  test.each(['{}', '{ servers: [] }'])('of %s are the one named "live"', async (text) => {
    expect((await resolveText(text)).apps.map(({ servername }) => servername)).toEqual(['live']);
  });

  test('that a pattern before them hides get a warning', async () => {
    const { warnings } = await loadText(`{ servers: [{ servername: "ev*" }, { servername: "event" }] }`);
    expect(warnings).toEqual([
      'livego.json5:1:38: servers[1].servername: "event" is never reached, because "ev*" stands before it and matches first',
    ]);
  });
});
