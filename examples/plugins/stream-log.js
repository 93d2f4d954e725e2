// Plain JavaScript: writes a line of JSON for each stream that starts or ends.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { definePlugin } from 'livego';

export default definePlugin({
  name: 'stream-log',
  enabledByDefault: false,
  schema: {
    type: 'object',
    properties: {
      file: {
        level: 'server',
        type: 'string',
        default: 'streams.jsonl',
        description: 'The file that lines are added to, relative to the working directory.',
      },
    },
  },
  server(context, { file }) {
    const { hooks, log } = context;
    /** @type {import('node:fs').WriteStream} */
    let output;
    const write = (line) => output.write(`${JSON.stringify({ at: new Date(), ...line })}\n`);

    context.onStart(async () => {
      output = createWriteStream(file, { flags: 'a' });
      await once(output, 'open'); // throws if it cannot be opened, and the config is rejected
      output.on('error', (err) => log.error({ err }, `${file} cannot be written`));
    });
    context.onStop(async () => {
      if (output.closed) return;
      output.end();
      await once(output, 'close');
    });

    hooks.streamStart.tap(({ key, publisher }) =>
      write({ event: 'start', stream: key, from: publisher?.client.remote }),
    );
    hooks.streamStop.tap(({ key, counters }, cause) =>
      write({ event: 'stop', stream: key, why: cause.code, packets: counters.packets }),
    );
  },
});
