// Recordings: each stream of an application as FLV files, which can be watched and seeked in at once, also after a crash.
//
// The room decides what goes into which file, and looks after the files. The format of the files is in `livego/media`, their
// writing off the packet path in `livego/files`. Serving recordings is the replay plugin's.
import {
  declareLeftDrafts,
  declareListCommand,
  definePlugin,
  handoverKey,
  pluginState,
  type JsonSchema,
} from 'livego';
import { requireDirectory } from 'livego/files';
import { RecordApplication, type RecordHandover } from './application.ts';
import { listRecordings } from './list.ts';
import { declareMetrics } from './metrics.ts';
import { schema, type RecordOptions } from './schema.ts';
import { makeState } from './state.ts';

const STATE = pluginState(makeState);
const RECORDINGS = handoverKey<RecordHandover>('recordings');

const STREAM: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name: { type: 'string', description: 'Name of the stream.' } },
};

interface StreamInput {
  readonly app: string;
  readonly name: string;
}

export default definePlugin<RecordOptions>({
  name: 'record',
  schema,
  aliases: { flv_archive: 'enabled', flv_dir: 'directory' },
  enabledByDefault: false,

  server(context) {
    const state = context.state(STATE);
    declareMetrics(context, state);
    declareLeftDrafts(context, state);
    declareListCommand(context, {
      description: 'Lists the streams that are recorded, with the file that is being written.',
      key: 'recordings',
      list: () => listRecordings(state),
    });
  },

  app(context, options) {
    const application = new RecordApplication(context, options, context.state(STATE));
    const { hooks } = context;
    hooks.streamStart.tap((stream) => application.streamStart(stream));
    hooks.publishStart.tap((session, stream) => application.publishStart(session, stream));
    hooks.publishStop.tap((_, stream, cause) => application.publishStop(stream, cause));
    hooks.streamStop.tap((stream) => application.streamStop(stream));
    context.command<StreamInput>({
      name: 'start',
      description: 'Records a stream that is live, until it ends or is told to stop.',
      input: STREAM,
      run: ({ app, name }) => application.start(app, name),
    });
    context.command<StreamInput>({
      name: 'stop',
      description: 'Completes the recording of a stream. It is not recorded again before its next start.',
      input: STREAM,
      run: ({ app, name }) => application.stop(app, name),
    });
    context.everySecond((now) => application.tick(now));
    context.onStart(() => requireDirectory(options.directory, 'record.directory', 'switch record off'));
    context.onActivate(() => application.activate());
    context.handover(RECORDINGS, {
      give: () => {
        const state = application.give();
        const dispose = (): void => {
          for (const recording of state.recordings.values()) void recording.finish();
        };
        return { state, dispose };
      },
      take: (state) => application.take(state),
    });
    context.onStop((cause) => application.close(cause));
  },
});
