// Web hooks: directives that name a URL for one event each.
import type { Directive } from '../read/read-blocks.ts';
import { describeDirective, type DirectivePlace } from './directives.ts';

/** Our event for a directive. */
export type HookEvents = Readonly<Record<string, string>>;

const QUESTIONS: readonly string[] = ['connect', 'publish', 'play'];

/** Writes `notify` for the hooks among the directives. Other directives are left alone. */
export function writeHooks(
  directives: readonly Directive[],
  events: HookEvents,
  format: 'nginx-rtmp' | 'srs',
  { draft, section }: DirectivePlace,
): void {
  const hooks = directives.filter(({ name, args }) => Object.hasOwn(events, name) && args[0] !== undefined);
  const told = new Map<string, string>();
  for (const hook of hooks) {
    const event = events[hook.name] ?? '';
    const [url = '', ...more] = hook.args;
    if (told.has(event))
      draft.note(hook.line, describeDirective(hook), `${event} is told to one URL, the first`);
    else told.set(event, url);
    if (more.length > 0)
      draft.note(hook.line, hook.name, `${more.length} more URLs: ${event} is told to one, the first`);
  }
  if (told.size === 0) return;
  section.set(
    'notify.format',
    format,
    hooks.flatMap(({ comments }) => comments),
  );
  section.set('notify.events', [...told.keys()]);
  section.set(
    'notify.gate',
    QUESTIONS.filter((question) => told.has(question)),
  );
  for (const [event, url] of told) section.set(`notify.urls.${event}`, url);
}
