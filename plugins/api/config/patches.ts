// Changes of a document: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902).
import { isDeepStrictEqual } from 'node:util';
import { Problem } from '../http/problem.ts';

type Document = Record<string, unknown>;

/** Keys of a config match in any letter case, so that `hlsPort` changes the `hlsport` that is there. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isDocument(patch)) return patch;
  const result: Document = isDocument(target) ? { ...target } : {};
  const keys = new Map(Object.keys(result).map((key) => [key.toLowerCase(), key]));
  for (const [name, value] of Object.entries(patch)) {
    requirePlainName(name);
    const lower = name.toLowerCase();
    const key = keys.get(lower) ?? name;
    if (value === null) {
      delete result[key];
      keys.delete(lower);
    } else {
      result[key] = mergePatch(result[key], value);
      keys.set(lower, key);
    }
  }
  return result;
}

interface PatchStep {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export const JSON_PATCH_SCHEMA = {
  type: 'array',
  maxItems: 1000,
  items: {
    type: 'object',
    required: ['op', 'path'],
    properties: {
      op: { enum: ['add', 'remove', 'replace', 'move', 'copy', 'test'] },
      path: { type: 'string' },
      from: { type: 'string' },
      value: {},
    },
  },
};

/** Throws a problem: 409 if a test fails, 422 if a path leads nowhere. */
export function jsonPatch(target: unknown, steps: readonly PatchStep[]): unknown {
  const root = { '': structuredClone(target) };
  for (const step of steps) applyStep(root, step);
  return root[''];
}

function applyStep(root: Document, { op, path, from, value }: PatchStep): void {
  switch (op) {
    case 'add':
      return put(root, path, structuredClone(value), 'add');
    case 'replace':
      get(root, path);
      return put(root, path, structuredClone(value), 'replace');
    case 'remove':
      return remove(root, path);
    case 'test':
      if (isDeepStrictEqual(get(root, path), value)) return;
      throw new Problem(409, 'test-failed', `the value at "${path}" is another one`);
    case 'copy':
      return put(root, path, structuredClone(get(root, from ?? '')), 'add');
    case 'move': {
      const moved = get(root, from ?? '');
      remove(root, from ?? '');
      return put(root, path, moved, 'add');
    }
  }
}

/** JSON pointer (RFC 6901), with the root as a member "" of an object around it. */
function stepsOf(pointer: string): string[] {
  if (pointer !== '' && !pointer.startsWith('/')) throw noSuchPath(pointer);
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (const step of steps) requirePlainName(step);
  return steps;
}

function get(root: Document, pointer: string): unknown {
  let value: unknown = root;
  for (const step of stepsOf(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) throw noSuchPath(pointer);
    value = (value as Document)[step];
  }
  return value;
}

function parentOf(root: Document, pointer: string): { parent: Document | unknown[]; key: string } {
  const steps = stepsOf(pointer);
  const key = steps.at(-1)!;
  const parent = steps.length === 1 ? root : get(root, steps.slice(0, -1).map(escapeStep).join('/'));
  if (typeof parent !== 'object' || parent === null) throw noSuchPath(pointer);
  return { parent: parent as Document | unknown[], key };
}

function put(root: Document, pointer: string, value: unknown, mode: 'add' | 'replace'): void {
  const { parent, key } = parentOf(root, pointer);
  if (!Array.isArray(parent)) {
    parent[key] = value;
    return;
  }
  const index = key === '-' ? parent.length : Number(key);
  if (!/^(?:-|0|[1-9]\d*)$/.test(key) || index > parent.length) throw noSuchPath(pointer);
  parent.splice(index, mode === 'add' ? 0 : 1, value);
}

function remove(root: Document, pointer: string): void {
  get(root, pointer);
  const { parent, key } = parentOf(root, pointer);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

function noSuchPath(pointer: string): Problem {
  return new Problem(422, 'no-such-path', `the config has nothing at "${pointer}"`);
}

function requirePlainName(name: string): void {
  if (name === '__proto__') throw new Problem(422, 'no-such-path', 'a config has no "__proto__"');
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
