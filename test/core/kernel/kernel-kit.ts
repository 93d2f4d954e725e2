// A kernel of a test's own, stopped with the test, and a publisher and viewer without a socket.
import { onTestFinished } from 'vitest';
import { Denial } from '../../../core/session/denial.ts';
import { Kernel } from '../../../core/kernel/kernel.ts';
import { FlvPacketFormat } from '../../../core/media/flv/flv-format.ts';
import type { ReloadReport } from '../../../core/kernel/describe-report.ts';
import type { Publication } from '../../../core/session/publication.ts';
import type { Playback } from '../../../core/session/playback.ts';
import type { EndCause, StreamRequest } from '../../../core/session/session.ts';
import { pluginForTest, resolveForTest, type TestConfig } from '../../helpers/config.ts';
import { memoryLog, type MemoryLog } from '../../helpers/memory-log.ts';
import { FakeTransport, video, videoHeader } from '../stream/stream-kit.ts';

export interface TestKernel {
  readonly kernel: Kernel;
  readonly log: MemoryLog;
  reload(config: TestConfig): Promise<ReloadReport>;
  /** Reloads, and throws when it is refused. */
  apply(config: TestConfig): Promise<ReloadReport>;
  port(option: string): number;
}

export function kernelForTest(): TestKernel {
  const log = memoryLog();
  const kernel = new Kernel(log.log);
  onTestFinished(async () => {
    await kernel.stop({ code: 'shutdown', message: 'the test is over' });
    kernel.pool.destroyConnections();
  });
  const reload = (config: TestConfig): Promise<ReloadReport> => kernel.reload(resolveForTest(config));
  return {
    kernel,
    log,
    reload,
    apply: async (config) => {
      const report = await reload(config);
      if (report.outcome === 'refused') throw new Error(report.error);
      return report;
    },
    port: (option) => {
      const address = kernel.addresses.find((each) => each.option === option);
      if (!address) throw new Error(`nothing listens for ${option}`);
      return address.port;
    },
  };
}

/** A protocol without a socket: what is published and played in its name needs it to be on. */
export const PROTOCOL = pluginForTest('test', {});

export function requestFor(app = 'live', name = 'movie'): StreamRequest {
  const client = { id: 'c1', plugin: 'test', protocol: 'test', remote: '192.0.2.1:5000' };
  return { client, app, name, query: new URLSearchParams() };
}

/** A live stream: header, keyframe 1, frame 2. */
export async function publishTo(
  { kernel }: TestKernel,
  request = requestFor(),
  close: (cause: EndCause) => void = () => {},
): Promise<Publication> {
  const publication = await kernel.admission.publish(request, close);
  if (publication instanceof Denial) throw new Error(publication.reason);
  for (const message of [videoHeader(0, 1), video(0, 1, 'key'), video(40, 2)])
    publication.write(message.description, message.timestamp, message.payload);
  return publication;
}

export interface TestViewer {
  readonly playback: Playback;
  readonly transport: FakeTransport;
}

const FLV = new FlvPacketFormat();

export async function playFrom(
  { kernel }: TestKernel,
  request = requestFor(),
  close: (cause: EndCause) => void = () => {},
): Promise<TestViewer> {
  const playback = await kernel.admission.play(request, close);
  if (playback instanceof Denial) throw new Error(playback.reason);
  const stream = await playback.findStream();
  if (!stream) throw new Error('no stream came');
  const transport = new FakeTransport();
  const denial = playback.start(stream, FLV, transport);
  if (denial) throw new Error(denial.reason);
  return { playback, transport };
}
