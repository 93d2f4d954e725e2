// The documents say what the code says. `npx vitest run test/docs -u` renews the generated tables.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NO_CHANGES } from '../../core/plugin/reload-report.ts';
import { buildTables } from '../../config/reference/docs-table.ts';
import { createConfigSource } from '../../config/load.ts';
import { DENIAL_HTTP_STATUS } from '../../core/session/denial.ts';
import { ERROR_CATALOGUE, type ErrorEntry } from '../../core/error-catalogue.ts';
import { HOOK_NAMES, HOOKS } from '../../core/plugin/hooks.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { describeReport } from '../../core/kernel/reload/describe-report.ts';
import {
  autoWindowMs,
  MAX_AUTO_WINDOW_MS,
  WINDOW_MS_PER_VIEWER,
} from '../../core/delivery/merging/flush-scheduler.ts';
import { BUILTIN_PLUGINS } from '../../plugins/index.ts';
import {
  anchorOf,
  codeBlocks,
  documentPaths,
  headings,
  holdsCode,
  linkTargets,
  readDocument,
  renewPart,
  ROOT,
} from './documents.ts';

const DOCUMENTS = documentPaths();

describe('docs/hooks.md', () => {
  const document = readDocument('docs/hooks.md');

  test('explains every hook, in order, each with an example', () => {
    expect(headings(document, 3)).toEqual(HOOK_NAMES.map((name) => `\`${name}\``));
    for (const name of HOOK_NAMES) expect(document).toContain(`hooks.${name}.tap(`);
  });

  test('says of every hook which kind it is, and explains the kinds', () => {
    const sections = document.split(/^### /m).slice(1);
    const told = sections.map((section) => {
      const [, title = '', kind = ''] = /^`(\w+)`\n\n([\w ]+)\./.exec(section) ?? [];
      return [title, kind.toLowerCase().replace(' ', '-')];
    });
    expect(Object.fromEntries(told)).toEqual(HOOKS);
    const explained = [...document.matchAll(/^\| \*\*([\w-]+)\*\* \|/gm)].map(([, kind]) => kind);
    expect(explained).toEqual([...new Set(Object.values(HOOKS))]);
  });

  test('lists every kind of denial with its HTTP status', () => {
    const rows = [...document.matchAll(/^\| `([\w-]+)` \|.*\| (\d{3}) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))).toEqual(
      DENIAL_HTTP_STATUS,
    );
  });
});

describe('docs/errors.md', () => {
  const entries: [string, ErrorEntry][] = Object.entries(ERROR_CATALOGUE);
  const sections = readDocument('docs/errors.md').split(/^### /m).slice(1);

  test('explains every code of the catalogue, in its words', () => {
    const explained = sections.map((section): [string, string] => {
      const [title = '', , sentence = ''] = section.split('\n');
      return [title.replaceAll('`', ''), sentence];
    });
    const summaries = entries.map(([code, { summary }]) => [code, summary]);
    expect(Object.fromEntries(explained)).toEqual(Object.fromEntries(summaries));
  });

  test('its examples are messages that the templates of the code can give', () => {
    const strays = entries.flatMap(([code, { templates = {} }]) => {
      const patterns = Object.values(templates).map(patternOf);
      const section = sections.find((each) => each.startsWith(`\`${code}\``)) ?? '';
      const examples = [...section.matchAll(/^> `(.*)`$/gm)].map(([, example = '']) => example);
      return patterns.length === 0 ? [] : examples.filter((each) => !patterns.some((one) => one.test(each)));
    });
    expect(strays).toEqual([]);
  });

  function patternOf(template: string): RegExp {
    const literals = template.split(/\{\w+\}/).map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literals.join('[^]+')}$`);
  }
});

describe('docs/plugins', () => {
  test.each(BUILTIN_PLUGINS.map((plugin) => [plugin.name, plugin] as const))(
    '%s.md lists every option as the schema has it',
    async (name, plugin) => {
      const path = `docs/plugins/${name}.md`;
      const renewed = renewPart(readDocument(path), 'options', optionsOf(plugin));
      await expect(renewed).toMatchFileSnapshot(join(ROOT, path));
    },
  );

  function optionsOf(plugin: PluginDefinition): string {
    const section = buildTables([plugin])
      .split(/^### /m)
      .find((each) => each.startsWith(`\`${plugin.name}\``));
    return section?.slice(section.indexOf('\n')) ?? '';
  }
});

describe.each(['README.md', 'docs/reload.md'])('%s', (path) => {
  test('shows the line that the log has after a reload', () => {
    const line = describeReport({
      generation: 2,
      outcome: 'applied',
      at: new Date(0),
      milliseconds: 2,
      changes: { ...NO_CHANGES, options: ['servers[live].gop_num'] },
      words: ['gop_num of live changed'],
      streamsKept: 1,
      viewersKept: 1,
      sessionsClosed: 0,
      faults: [],
      error: undefined,
    });
    expect(readDocument(path)).toContain(line);
  });
});

describe('docs/fan-out.md', () => {
  test('shows the merge window that "auto" chooses', async () => {
    const path = 'docs/fan-out.md';
    const document = readDocument(path);
    expect(document).toContain(`${WINDOW_MS_PER_VIEWER} ms for each viewer`);
    expect(document).toContain(`at most ${MAX_AUTO_WINDOW_MS} ms`);
    const rows = [1, 25, 35, 50, 75, 100, 150, 250, 500, 750, 1000, 10_000].map(
      (viewers) => `| ${viewers.toLocaleString('en')} | ${autoWindowMs(viewers)} ms |`,
    );
    const table = ['| viewers | window |', '| ---: | ---: |', ...rows].join('\n');
    await expect(renewPart(document, 'window', table)).toMatchFileSnapshot(join(ROOT, path));
  });
});

describe.each(DOCUMENTS)('%s', (path) => {
  const document = readDocument(path);

  test('has no dead links', () => {
    const dead = linkTargets(document).filter((target) => !/^\w+:/.test(target) && !leadsSomewhere(target));
    expect(dead).toEqual([]);
  });

  test('shows code that stands in the files it names', () => {
    const strangers = codeBlocks(document)
      .filter(({ file, text }) => file !== undefined && !holdsCode(readDocument(file), text))
      .map(({ file, text }) => `${file}: ${text.split('\n', 1)[0]}`);
    expect(strangers).toEqual([]);
  });

  test('shows configs without faults', async () => {
    for (const { text } of codeBlocks(document).filter(({ language }) => language === 'json5')) {
      const file = join(ROOT, 'shown.json5');
      const source = createConfigSource({ file, text, builtins: BUILTIN_PLUGINS, env: {} });
      const loaded = await source.load();
      expect(loaded.ok ? [] : loaded.faults.map(({ message }) => message), text).toEqual([]);
    }
  });

  function leadsSomewhere(target: string): boolean {
    const [file = '', anchor] = target.split('#');
    const found = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file);
    if (!existsSync(found)) return false;
    if (anchor === undefined) return true;
    const there = readFileSync(found, 'utf8');
    return [1, 2, 3, 4].some((level) => headings(there, level).map(anchorOf).includes(anchor));
  }
});
