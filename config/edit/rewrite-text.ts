// Changes the text of a config so that it says something else, and keeps its comments, order and style.
import { isDeepStrictEqual } from 'node:util';
import { evaluate, parse } from '@humanwhocodes/momoa';
import type { ArrayNode, DocumentNode, ObjectNode, ValueNode } from '@humanwhocodes/momoa';
import JSON5 from 'json5';
import { livegoError, messageOf } from '../../core/errors.ts';
import { align } from './align.ts';
import { isPlainObject } from '../text/plain-object.ts';
import type { PlainObject } from '../text/plain-object.ts';
import { TextEdits, type Span } from './text-edits.ts';

/** The value that a config's text says, variables not replaced. Throws LVG_CONFIG_WRITE for a text that cannot be edited. */
export function readConfigDocument(text: string): PlainObject {
  const document = tryOrThrow(() => JSON5.parse<unknown>(withoutMark(text)));
  if (isPlainObject(document)) return document;
  throw livegoError('LVG_CONFIG_WRITE', 'text', { reason: 'it is no object in braces { }' });
}

/** The text with these values in place of those that differ. Throws LVG_CONFIG_WRITE for a text that cannot be edited. */
export function rewriteConfigText(text: string, next: PlainObject): string {
  const mark = text.slice(0, text.length - withoutMark(text).length);
  const body = withoutMark(text);
  const { body: root } = tryOrThrow<DocumentNode>(() => parse(body, { mode: 'json5', ranges: true }));
  if (root.type !== 'Object')
    throw livegoError('LVG_CONFIG_WRITE', 'text', { reason: 'it is no object in braces { }' });
  const rewriter = new Rewriter(new TextEdits(body, root));
  rewriter.rewriteValue(root, next);
  const result = rewriter.edits.apply();
  if (!isDeepStrictEqual(plain(readConfigDocument(result)), plain(next)))
    throw livegoError('LVG_CONFIG_WRITE', 'text', { reason: 'its form is too unusual; send the whole text' });
  return mark + result;
}

class Rewriter {
  readonly edits: TextEdits;

  constructor(edits: TextEdits) {
    this.edits = edits;
  }

  rewriteValue(node: ValueNode, next: unknown): void {
    const old: unknown = evaluate(node);
    if (isDeepStrictEqual(plain(old), plain(next))) return;
    if (node.type === 'Object' && isPlainObject(next)) this.#rewriteObject(node, next);
    else if (node.type === 'Array' && Array.isArray(next)) this.#rewriteArray(node, next);
    else this.edits.replace(spanOf(node), next);
  }

  #rewriteObject(node: ObjectNode, next: PlainObject): void {
    const kept: Span[] = [];
    const present = new Set<string>();
    for (const member of node.members) {
      const name = member.name.type === 'String' ? member.name.value : member.name.name;
      present.add(name);
      if (Object.hasOwn(next, name)) {
        kept.push(spanOf(member));
        this.rewriteValue(member.value, next[name]);
      } else this.edits.remove(spanOf(member));
    }
    const added = Object.keys(next).filter((key) => !present.has(key));
    if (added.length === 0) return;
    const items = added.map((key) => ({ key, value: next[key] }));
    this.edits.insert(spanOf(node), kept.at(-1), items);
  }

  #rewriteArray(node: ArrayNode, next: readonly unknown[]): void {
    const nodes = node.elements.map(({ value }) => value);
    const steps = align(
      nodes.map((each): unknown => evaluate(each)),
      next,
    );
    // All of it is new: what is between the brackets says nothing any more.
    if (!steps.some(({ kind }) => kind === 'keep')) return this.edits.replace(spanOf(node), next);
    let last: Span | undefined;
    let waiting: { value: unknown }[] = [];
    const insertWaiting = (before?: Span): void => {
      if (waiting.length > 0) this.edits.insert(spanOf(node), last, waiting, before);
      waiting = [];
    };
    for (const step of steps) {
      if (step.kind === 'add') {
        waiting.push({ value: step.next });
        continue;
      }
      const element = nodes[step.index]!;
      if (step.kind === 'remove') {
        this.edits.remove(spanOf(element));
        continue;
      }
      insertWaiting(spanOf(element));
      this.rewriteValue(element, step.next);
      last = spanOf(element);
    }
    insertWaiting();
  }
}

function spanOf({ range }: { range?: readonly number[] | undefined }): Span {
  return { from: range?.[0] ?? 0, to: range?.[1] ?? 0 };
}

function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '');
}

/** As JSON has it: objects of momoa and json5 have different prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

function tryOrThrow<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw livegoError('LVG_CONFIG_WRITE', 'text', { reason: messageOf(error) }, error);
  }
}
