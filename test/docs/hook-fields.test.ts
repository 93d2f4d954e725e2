// docs/hooks.md names every field of what hooks give, and every cause of an end.
import { describe, expect, test } from 'vitest';
import { HOOK_NAMES } from '../../core/plugin/hooks.ts';
import { readDocument } from './documents.ts';

const DOCUMENT = readDocument('docs/hooks.md').replaceAll(/\s+/g, ' ');

/** The text about one hook. */
function sectionOf(hook: string): string {
  const start = DOCUMENT.indexOf(`### \`${hook}\``);
  const next = DOCUMENT.indexOf('### `', start + 1);
  return DOCUMENT.slice(start, next < 0 ? undefined : next);
}

/** The code between the braces of an interface or a class. */
function bodyOf(file: string, name: string): string {
  const source = readDocument(file);
  const declared = new RegExp(`^export (?:interface|class) ${name}\\b.*?\\{$(.*?)^\\}`, 'ms').exec(source);
  if (declared?.[1] === undefined) throw new Error(`${file} declares no ${name}`);
  return declared[1];
}

/** The fields and functions that plugins see. */
function membersOf(file: string, name: string): string[] {
  const members = bodyOf(file, name).matchAll(/^ {2}(?:readonly (\w+)\??:|get (\w+)\(|(\w+)\()/gm);
  return [...members]
    .map(([, field, getter, called]) => field ?? getter ?? called ?? '')
    .filter((each) => each !== 'constructor');
}

const REQUESTS = 'core/session/requests.ts';
const CONNECT = membersOf(REQUESTS, 'ConnectRequest');
const STREAM = [...new Set([...CONNECT, ...membersOf(REQUESTS, 'StreamRequest')])];

test.each([
  ['connect', CONNECT],
  ['publish', STREAM],
])('the request of %s has the fields that its signature shows', (hook, fields) => {
  const [, shown = ''] = /\(request: \{ ([^}]+) \}\)/.exec(sectionOf(hook)) ?? [];
  expect(shown.split(', ').toSorted()).toEqual(fields.toSorted());
});

test.each([
  ['connect', 'core/client.ts', 'Client'],
  ['connect', 'core/client.ts', 'ClientFacts'],
  ['connect', REQUESTS, 'ConnectRequest'],
  ['publish', REQUESTS, 'StreamRequest'],
  ['streamStart', 'core/stream/stream-view.ts', 'StreamView'],
  ['publishStart', 'core/session/session-view.ts', 'SessionView'],
  ['disconnect', 'core/session/clients/connection-view.ts', 'ConnectionView'],
  ['denied', REQUESTS, 'DeniedRequest'],
  ['fileEnd', 'core/plugin/hooks.ts', 'FinishedFile'],
])('the text about %s names what %s says of a %s', (hook, file, name) => {
  const members = membersOf(file, name);
  expect(members.length).toBeGreaterThan(1);
  const code = [...sectionOf(hook).matchAll(/`([^`]+)`/g)].map(([, text]) => text).join(' ');
  expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(code))).toEqual([]);
});

describe('the causes of an end', () => {
  const rows = [...DOCUMENT.matchAll(/\| `(\w+)` \| [^|]+ \| ((?:`\w+`,? ?)+) \|/g)];

  test('are those of the code', () => {
    const source = readDocument('core/end-cause.ts');
    const [, union = ''] = /export type EndCode =(.*?);/s.exec(source) ?? [];
    const codes = [...union.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    expect(rows.map(([, code]) => code)).toEqual(codes);
  });

  test('are told to hooks that there are', () => {
    for (const [, , hooks = ''] of rows)
      for (const hook of hooks.replaceAll('`', '').split(', ')) expect(HOOK_NAMES).toContain(hook);
  });
});

test('denials are explained with all that they can hold', () => {
  const start = DOCUMENT.indexOf('## Denials');
  const section = DOCUMENT.slice(start, DOCUMENT.indexOf('## Asked again'));
  for (const field of membersOf('core/session/denial.ts', 'DenialDetails'))
    expect(section).toContain(`\`${field}\``);
});
