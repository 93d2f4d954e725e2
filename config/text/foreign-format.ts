// A config in the format of another program, given by mistake.

interface Format {
  readonly name: string;
  readonly pattern: RegExp;
}

const WAY_OUT =
  'livego reads JSON5. The same in it: { listen: 1935, hls: { port: 8090 }, servers: [{ servername: "live" }] }; docs/config.md has every option';

/** The first that fits counts. Blank lines and comments have been left out. */
const FORMATS: readonly Format[] = [
  { name: 'XML or HTML', pattern: /^</ },
  {
    name: 'a config of nginx or SRS',
    pattern: /^[a-z_]+(?:[ \t][^:={}\n]*)?(?:;[ \t]*(?:#.*)?$|(?:\r?\n\s*)?\{)/im,
  },
  { name: 'INI or TOML', pattern: /^\[[^\]\n"'{]*\][ \t]*$|^[\w.-]+[ \t]*=/m },
  { name: 'YAML', pattern: /^---|^(?:- )?[\w"'.-]+[ \t]*:(?:[ \t]|$)/m },
];

/** What a text that does not begin like JSON5 is; undefined if it does, or resembles nothing. */
export function describeForeignFormat(text: string): string | undefined {
  const significant = text.replaceAll(/^[ \t]*(?:#|\/\/|;).*$|\/\*[\s\S]*?(?:\*\/|(?![\s\S]))/gm, '').trim();
  if (significant === '' || significant.startsWith('{')) return undefined;
  const format = FORMATS.find(({ pattern }) => pattern.test(significant));
  return format && `this is ${format.name}, and ${WAY_OUT}`;
}
