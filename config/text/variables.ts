// ${NAME} and ${NAME:fallback} in the strings of a config. Secrets stay out of the file, and out of messages about it.
import { pathKey } from './path.ts';
import type { ConfigPath } from './path.ts';
import { isPlainObject, mapValues } from './plain-object.ts';

/** A string that held a variable. */
export interface Template {
  /** The string as it stands in the file. Messages show it instead of the variable's content. */
  readonly text: string;
  /** It is one variable and nothing else, so it may stand for a number or a boolean. */
  readonly alone: boolean;
}

export interface Expansion {
  readonly value: unknown;
  /** Strings by the `pathKey` of their place. */
  readonly templates: ReadonlyMap<string, Template>;
  /** What variables of the environment hold, by name; without those that only name applications. */
  readonly variables: ReadonlyMap<string, string>;
  readonly faults: readonly { readonly path: ConfigPath; readonly message: string }[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g;
const ALONE = /^\$\{[^}]*\}$/;
/** Clients write an application's name in every address. */
const NAMES = /^(servername|appname)$/i;

/** Replaces the variables in every string of `root`; keys are left as they are. `$${` stands for a literal `${`. */
export function expandVariables(root: unknown, env: Environment): Expansion {
  const templates = new Map<string, Template>();
  const variables = new Map<string, string>();
  const faults: { path: ConfigPath; message: string }[] = [];

  const expandString = (text: string, path: ConfigPath): string => {
    let used = false;
    const expanded = text.replaceAll(REFERENCE, (whole: string, inner?: string, end?: string) => {
      if (whole === '$${') return '${';
      used = true;
      const result = end === undefined ? UNCLOSED : resolveReference(inner ?? '', env);
      if ('message' in result) {
        faults.push({ path, message: result.message });
        return whole;
      }
      if (result.isSet && !NAMES.test(String(path.at(-1)))) variables.set(result.name, result.value);
      return result.value;
    });
    if (used) templates.set(pathKey(path), { text, alone: ALONE.test(text) });
    return expanded;
  };

  const expand = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') return value.includes('${') ? expandString(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    return isPlainObject(value) ? mapValues(value, (inner, key) => expand(inner, [...path, key])) : value;
  };

  return { value: expand(root, []), templates, variables, faults };
}

const UNCLOSED = { message: '"${" without a closing "}"; write "$${" for a literal "${"' };

interface Reference {
  readonly name: string;
  readonly value: string;
  /** The environment has it, so this is not the fallback, which stands in the file. */
  readonly isSet: boolean;
}

function resolveReference(inner: string, env: Environment): Reference | { message: string } {
  const colon = inner.indexOf(':');
  const name = colon < 0 ? inner : inner.slice(0, colon);
  const fallback = colon < 0 ? undefined : inner.slice(colon + 1);
  if (!/^[A-Za-z_]\w*$/.test(name))
    return {
      message: `"${name}" is not the name of an environment variable; write "$\${" for a literal "\${"`,
    };
  if (fallback?.includes('${'))
    return { message: `the fallback of \${${name}:…} holds another variable, which is not supported` };
  const value = env[name] ?? fallback;
  if (value !== undefined) return { name, value, isSet: env[name] !== undefined };
  return {
    message: `the environment variable ${name} is not set; set it, or give a fallback: \${${name}:fallback}`,
  };
}
