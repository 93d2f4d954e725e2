// The tables of docs/config.md, from the same schemas that check a config.
import { APP_OPTIONS_SCHEMA, SERVER_OPTIONS_SCHEMA } from '../../core/options/options.ts';
import type { JsonSchema } from '../../core/options/json-schema.ts';
import type { PluginDefinition } from '../../core/plugin/plugin.ts';
import { CLASSIC_FLAGS } from '../classic/flags.ts';
import { describeAllowed, descriptionOf } from '../options/describe-allowed.ts';
import { propertiesOf } from '../options/schema.ts';
import { isPlainObject } from '../text/plain-object.ts';

const TABLES_BEGIN = '<!-- generated from the schemas: begin -->';
const TABLES_END = '<!-- generated from the schemas: end -->';

/** `document` with the part between its markers renewed. Throws when it has no markers. */
export function renewTables(document: string, definitions: readonly PluginDefinition[]): string {
  const begin = document.indexOf(TABLES_BEGIN);
  const end = document.indexOf(TABLES_END);
  if (begin < 0 || end < begin)
    throw new Error(`the document lacks its markers ${TABLES_BEGIN} and ${TABLES_END}`);
  return `${document.slice(0, begin + TABLES_BEGIN.length)}\n\n${buildTables(definitions)}\n${document.slice(end)}`;
}

/** All tables as Markdown: the server's options, the applications', each plugin's, the flags. */
export function buildTables(definitions: readonly PluginDefinition[]): string {
  return [
    '### The whole server (root only)\n',
    optionTable(SERVER_OPTIONS_SCHEMA),
    '### Applications (root, and entries of `servers[]`)\n',
    optionTable(APP_OPTIONS_SCHEMA),
    ...definitions.flatMap(pluginSection),
    '### Flags of the command\n',
    flagTable(),
  ].join('\n');
}

function pluginSection(definition: PluginDefinition): string[] {
  const { name, schema, aliases = {}, sharedAliases = {}, enabledByDefault = true } = definition;
  const intro = typeof schema['description'] === 'string' ? `${schema['description']} ` : '';
  const shorthands = Object.entries({ ...aliases, ...sharedAliases }).map(
    ([alias, target]) => `\`${alias}\` for \`${name}.${target}\``,
  );
  const aliasLine = shorthands.length === 0 ? '' : ` Short forms: ${shorthands.join(', ')}.`;
  return [
    `### \`${name}\`\n`,
    `${intro}${enabledByDefault ? 'On unless switched off.' : 'Off unless switched on.'}${aliasLine}\n`,
    optionTable(schema),
  ];
}

function optionTable(schema: JsonSchema): string {
  const rows = optionRows(schema, '');
  if (rows.length === 0) return 'No options.\n';
  return ['| option | allowed | default | what it does |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function optionRows(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(propertiesOf(schema)).flatMap(([name, inner]) => {
    if (!isPlainObject(inner)) return [];
    if (isPlainObject(inner['properties'])) return optionRows(inner, `${prefix}${name}.`);
    const notes = [
      ...(inner['level'] === 'server' ? [' Root only.'] : []),
      ...(inner['applies'] === 'next-session' ? [' A change holds for new sessions.'] : []),
    ];
    const fallback = inner['default'] === undefined ? '' : `\`${JSON.stringify(inner['default'])}\``;
    const cells = [
      `\`${prefix}${name}\``,
      describeAllowed(inner),
      fallback,
      `${descriptionOf(inner)}${notes.join('')}`,
    ];
    return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`];
  });
}

function flagTable(): string {
  const rows = CLASSIC_FLAGS.map(
    ({ name, argument, key, description }) =>
      `| \`--${name}${argument === undefined ? '' : ` <${argument}>`}\` | \`${key}\` | ${description} |`,
  );
  return ['| flag | key it overrides | what it is |', '|---|---|---|', ...rows, ''].join('\n');
}
