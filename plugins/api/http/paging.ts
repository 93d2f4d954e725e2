// Pages, filters and fields of lists.
import { eachInTurns, type JsonSchema } from 'livego';

const MAX_LIMIT = 1000;

/** Query parameters of a list: pages, fields, and the fields by whose values it can be filtered. */
export function listParameters(filters: readonly string[]): Readonly<Record<string, JsonSchema>> {
  const page = {
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: MAX_LIMIT,
      default: 100,
      description: 'Items of one page.',
    },
    offset: { type: 'integer', minimum: 0, default: 0, description: 'Items that come before the page.' },
    fields: {
      type: 'string',
      pattern: '^(?!.*__proto__)[\\w.]+(,[\\w.]+)*$',
      description: 'The fields to be shown, such as "stream,video.codec". Default: all.',
    },
  };
  const byValue = filters.map((name) => [
    name,
    { type: 'string', description: `Only items whose \`${name}\` is this.` },
  ]);
  return { ...page, ...Object.fromEntries(byValue) };
}

export function listSchema(item: JsonSchema): JsonSchema {
  return {
    type: 'object',
    required: ['items', 'total', 'limit', 'offset'],
    properties: {
      items: { type: 'array', items: item },
      total: { type: 'integer', description: 'Items that pass the filters, on all pages.' },
      limit: { type: 'integer' },
      offset: { type: 'integer' },
    },
  };
}

type Item = Readonly<Record<string, unknown>>;

export interface PageQuery {
  readonly limit: number;
  readonly offset: number;
  readonly fields?: string;
}

/** The page that was asked for, of all items. */
export async function pageOf(
  all: readonly Item[],
  query: Readonly<Record<string, unknown>>,
): Promise<object> {
  const { limit, offset, fields, ...filters } = query as unknown as PageQuery;
  const found = await filter(all, Object.entries(filters));
  const page = { limit, offset, ...(fields !== undefined && { fields }) };
  return showPage(found.slice(offset, offset + limit), found.length, page);
}

/** @param items - those of the page. @param total - on all pages */
export function showPage(
  items: readonly Item[],
  total: number,
  { limit, offset, fields }: PageQuery,
): object {
  const shown = fields === undefined ? items : items.map((item) => pick(item, fields));
  return { items: shown, total, limit, offset };
}

async function filter(
  all: readonly Item[],
  wanted: readonly (readonly [name: string, value: unknown])[],
): Promise<readonly Item[]> {
  if (wanted.length === 0) return all;
  const found: Item[] = [];
  await eachInTurns(all, (item) => {
    if (wanted.every(([name, value]) => String(lookUp(item, name)) === value)) found.push(item);
  });
  return found;
}

/** A copy with these fields alone, the given ones in objects of their own. */
export function pick(item: Item, fields: string): Item {
  const picked: Record<string, unknown> = {};
  const made = new Set<unknown>([picked]);
  for (const field of fields.split(',')) {
    const steps = field.split('.');
    const last = steps.pop()!;
    let target: Record<string, unknown> = picked;
    for (const step of steps) {
      if (target[step] === undefined) made.add((target[step] = {}));
      target = target[step] as Record<string, unknown>;
      if (!made.has(target)) break;
    }
    // Otherwise it is there with what it belongs to, or what it would belong to has no fields.
    if (made.has(target)) target[last] = lookUp(item, field) ?? null;
  }
  return picked;
}

function lookUp(item: Item, field: string): unknown {
  let value: unknown = item;
  for (const step of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Item)[step];
  }
  return value;
}
