// A command that lists what the plugin's instances in all workers have.
import type { JsonSchema } from '../options/json-schema.ts';
import type { ServerContext } from './plugin.ts';

export interface ListCommandSpec<Item> {
  readonly description: string;
  /** The key of the list in the answer. */
  readonly key: string;
  /** What this worker has: data that can be shown as JSON. */
  readonly list: () => readonly (Item & { readonly app: string })[];
}

const INPUT: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { app: { type: 'string', description: 'Only those of this application.' } },
};

/** Declares the command `list`, which may be asked for one application. */
export function declareListCommand<Item>(
  context: Pick<ServerContext, 'command' | 'question'>,
  { description, key, list }: ListCommandSpec<Item>,
): void {
  const question = context.question<string | undefined, readonly Item[]>({
    name: 'list',
    answer: (app) => list().filter((item) => app === undefined || item.app === app),
  });
  context.command<{ readonly app?: string }>({
    name: 'list',
    description,
    input: INPUT,
    run: async ({ app }) => {
      const answers = await question.askAll(app);
      return { [key]: answers.flatMap(({ answer }) => answer) };
    },
  });
}
