// A stream of its own: publishes an FLV file in a loop, whether anybody watches or not.
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { definePlugin, type Publication } from 'livego';
import { describeAudio, describeData, describeVideo, FlvReader } from 'livego/media';

interface Options {
  readonly file: string;
  readonly name: string;
}

type Tag = ReturnType<FlvReader['push']>[number];

const DESCRIBE = { audio: describeAudio, video: describeVideo, script: describeData };

/** From the last tag of a round to the first of the next. */
const SEAM_MS = 40;

export default definePlugin<Options>({
  name: 'loop-file',
  enabledByDefault: false,
  schema: {
    type: 'object',
    required: ['file'],
    properties: {
      file: { type: 'string', minLength: 1, description: 'An FLV file.' },
      name: { type: 'string', minLength: 1, default: 'loop', description: 'Name of the stream.' },
    },
  },
  app(context, { file, name }) {
    let tags: readonly Tag[] = [];
    // Throws for a file that cannot be read, or is no FLV: then the config is rejected.
    context.onStart(async () => {
      tags = new FlvReader().push(await readFile(file));
      if (tags.length === 0) throw new Error(`${file} holds no FLV tag`);
    });
    context.onActivate(() => {
      context.provide(
        { app: context.servername, name },
        {
          description: `the file ${file}`,
          start: (publication, signal) => playInLoop(publication, tags, signal),
          // The signal has ended the loop.
          stop: () => {},
        },
      );
    });
  },
});

async function playInLoop(
  publication: Publication,
  tags: readonly Tag[],
  signal: AbortSignal,
): Promise<void> {
  const roundMs = (tags.at(-1)?.timestamp ?? 0) + SEAM_MS;
  const startedAt = performance.now();
  for (let offset = 0; ; offset += roundMs) {
    for (const { type, timestamp, body } of tags) {
      const at = offset + timestamp;
      const early = startedAt + at - performance.now();
      if (early > 0) await wait(early, undefined, { signal });
      publication.receive(DESCRIBE[type](body), at, body);
    }
  }
}
