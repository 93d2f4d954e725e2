// docs/plugins/api.md lists the operations of the API, and no others.
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../plugins/api/operations/index.ts';
import { readDocument } from './documents.ts';

test('the table of /api/v1 has every operation', () => {
  expect(readTable().sort()).toEqual(
    OPERATIONS.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, 'X')}`).sort(),
  );
});

/** `GET streams`, `streams/APP/NAME`; `POST streams/APP/NAME:end`, `:mute`: a method or a path that is left out is the last one. */
function readTable(): string[] {
  const [, table = ''] = /^## \/api\/v1\n(.*?)\n```/ms.exec(readDocument('docs/plugins/api.md')) ?? [];
  const found: string[] = [];
  for (const [, row = ''] of table.matchAll(/^\| [\w ]+ \| (`.*) \|$/gm)) {
    let path = '';
    for (const group of row.split('; ')) {
      let methods: string[] = [];
      for (const [, span = ''] of group.matchAll(/`([^`]+)`/g)) {
        const [, method, rest = ''] = /^(?:([A-Z]+)(?: |$))?(.*)$/.exec(span) ?? [];
        if (method !== undefined && rest === '') methods.push(method);
        else if (method !== undefined)
          methods = [...(path === '' || methods.length === 0 ? [] : methods), method];
        if (rest === '') continue;
        path = rest.startsWith(':') ? path.replace(/:.*/, '') + rest : rest;
        for (const each of methods) found.push(`${each} /api/v1/${path.replaceAll(/\b[A-Z]+\b/g, 'X')}`);
      }
    }
  }
  return found;
}
