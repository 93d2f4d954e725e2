import { describe, expect, test } from 'vitest';
import { faultsOf } from '../fake-plugins.ts';

describe('faults', () => {
  test('are all reported at once, in the order of the file, with path, value, what is allowed and the nearest name', async () => {
    const text = `{
  lisen: 1935,
  gopNum: 2,
  hls: { segmentSecond: 2, port: 70000 },
  servers: [
    { servername: "live" },
    { servername: "event", hls: { segmentSeconds: "two" }, duplicate: "replac" },
  ],
}`;
    expect(await faultsOf(text)).toEqual([
      'livego.json5:2:3: lisen: unknown key; did you mean "listen"?',
      'livego.json5:3:3: gopNum: unknown key; did you mean "gop_num"?',
      'livego.json5:4:10: hls.segmentSecond: unknown option; did you mean "segmentSeconds"?',
      'livego.json5:4:34: hls.port: 70000 is not allowed; it must be a port such as 1935, or an address such as "127.0.0.1:1935"',
      'livego.json5:7:51: servers[1].hls.segmentSeconds: "two" is a string; it must be a number of at least 0.5',
      'livego.json5:7:71: servers[1].duplicate: "replac" is not allowed; it must be "reject" or "replace"; did you mean "replace"?',
    ]);
  });

  test('have no position where only json5 can read the text', async () => {
    expect(await faultsOf('{ gop_num: -.5 }')).toEqual([
      'livego.json5: gop_num: -0.5 is not a whole number; it must be a whole number from 0 to 100',
    ]);
  });

  test('of a key __proto__ are like those of any other key', async () => {
    expect(await faultsOf('{ hls: { __proto__: { window: 0 } } }')).toEqual([
      'livego.json5:1:10: hls.__proto__: unknown option; known are port, segmentSeconds, window, keepAfterEnd, path, encrypt, labels',
    ]);
  });
});

describe('a fault of a key', () => {
  test('is placed at the alias if the option was given by one', async () => {
    expect(await faultsOf('{\n hlsPort: "x" }')).toEqual([
      'livego.json5:2:11: hlsPort: "x" is not allowed; it must be a port such as 1935, or an address such as "127.0.0.1:1935"',
    ]);
  });

  test('that is given twice names both places', async () => {
    expect(
      await faultsOf('{ hls: { port: 1 },\n hlsport: 2,\n HLSPORT: 3,\n gop_num: 1, gop_num: 2 }'),
    ).toEqual([
      'livego.json5:2:2: hlsport: the same option is already given as hls.port in line 1; remove one of the two',
      'livego.json5:3:2: HLSPORT: the same option is already given as hls.port in line 1; remove one of the two',
      'livego.json5:4:14: gop_num: the same key is already given in line 4; remove one of the two',
    ]);
  });

  test('that belongs in braces says so', async () => {
    expect(await faultsOf('{ segmentSeconds: 2 }')).toEqual([
      'livego.json5:1:3: segmentSeconds: this is an option of hls; write hls: { segmentSeconds: … }',
    ]);
  });
});

describe('a fault of a value', () => {
  test('is reported as missing only if its plugin is on', async () => {
    expect(await faultsOf('{ relay: "disable" }')).toEqual([]);
    expect(await faultsOf('{ servers: [{ servername: "a", relay: "enable" }] }')).toEqual([
      'livego.json5:1:32: servers[0].relay: the option "push" is missing; it must be a list of at least 1 item in brackets [ ], each a string that fits /^rtmp:\\/\\// or options in braces { }',
    ]);
  });

  test('within alternatives is one of the alternative that was meant', async () => {
    expect(await faultsOf('{ relay: { push: [{ url: "rtmp://x", retires: 3 }, "http://y", 5] } }')).toEqual([
      'livego.json5:1:38: relay.push[0].retires: unknown option; did you mean "retries"?',
      'livego.json5:1:52: relay.push[1]: "http://y" is not allowed; it must be a string that fits /^rtmp:\\/\\// or options in braces { }',
      'livego.json5:1:64: relay.push[2]: 5 is not allowed; it must be a string that fits /^rtmp:\\/\\// or options in braces { }',
    ]);
  });

  test('is raised by Infinity and NaN', async () => {
    expect(await faultsOf('{ gop_num: Infinity, hls: { segmentSeconds: NaN } }')).toEqual([
      'livego.json5:1:12: gop_num: Infinity is not allowed; it must be a whole number from 0 to 100',
      'livego.json5:1:45: hls.segmentSeconds: NaN is not allowed; it must be a number of at least 0.5',
    ]);
  });
});

describe('a fault of the whole config', () => {
  test.each([
    ['[]', 'livego.json5:1:1: the config is a list; it must be an object in braces { }'],
    ['', 'livego.json5:1:1: the file is empty; write at least {}'],
    [
      '{ servers: "live" }',
      'livego.json5:1:12: servers: "live" is not a list; it must be a list of applications, such as [{ servername: "live" }]',
    ],
    [
      '{ hls: null }',
      'livego.json5:1:8: hls: null is not a switch; it must be "enable" or "disable", or options in braces { }',
    ],
  ])('%s', async (text, fault) => {
    expect(await faultsOf(text)).toEqual([fault]);
  });
});
