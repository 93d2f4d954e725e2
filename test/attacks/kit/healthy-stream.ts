// A publisher and viewers of each protocol, beside whatever is done to the server. Not one packet of theirs may be lost.
import { Progress } from '../../helpers/rtmp/progress.ts';
import type { TestPublisher } from '../../helpers/rtmp-client.ts';
import { HlsViewer } from './hls-viewer.ts';
import type { ServerProcess } from './server-process.ts';
import { PATIENCE_MS } from './size.ts';
import { FRAME_MS, headers, packetOf } from './source.ts';
import {
  openHealthyPublisher,
  viewByHttp,
  viewByRtmp,
  viewByWebSocket,
  type HealthyViewer,
} from './viewers.ts';

/** Frames of each kind that have to arrive before a stream counts as flowing. */
const FLOWING = 5;

export class HealthyStream {
  readonly #publisher: TestPublisher;
  readonly #viewers: HealthyViewer[] = [];
  readonly #progress = new Progress(PATIENCE_MS);
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;

  private constructor(publisher: TestPublisher) {
    this.#publisher = publisher;
  }

  static async start(server: ServerProcess): Promise<HealthyStream> {
    const path = 'live/healthy';
    const rtmp = `rtmp://127.0.0.1:${server.port('rtmp.port')}/${path}`;
    const flv = `127.0.0.1:${server.port('httpflv.port')}/${path}.flv`;
    const stream = new HealthyStream(await openHealthyPublisher(rtmp));
    await stream.#publisher.ready();
    stream.#publish();
    const changed = (): void => stream.#progress.notify();
    stream.#viewers.push(
      await viewByRtmp(rtmp, changed),
      viewByHttp(`http://${flv}`, changed),
      viewByWebSocket(`ws://${flv}`, changed),
      new HlsViewer(`http://127.0.0.1:${server.port('hls.port')}/${path}.m3u8`, changed),
    );
    await stream.isWhole();
    return stream;
  }

  /** Resolves when every viewer that is sent packets has got what is sent from now on. Throws at the first fault. */
  async flows(): Promise<void> {
    await this.#reach(this.#viewers.filter(({ protocol }) => protocol !== 'HLS'));
  }

  /** As `flows`, with viewers by HLS, who get it when its segment is complete. */
  async isWhole(): Promise<void> {
    await this.#reach(this.#viewers);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const viewer of this.#viewers) viewer.close();
    this.#publisher.vanish();
  }

  get #over(): boolean {
    return this.#publisher.closed || this.#publisher.outcome !== 'ready';
  }

  async #reach(viewers: readonly HealthyViewer[]): Promise<void> {
    const goal = this.#sent + 2 * FLOWING;
    const behind = (): HealthyViewer[] => viewers.filter(({ reached }) => reached < goal);
    const all = this.#progress.until(() => {
      if (this.#over) throw new Error('The healthy publisher was thrown out.');
      for (const { fault, protocol } of this.#viewers) {
        if (fault) throw new Error(`The healthy viewer by ${protocol}: ${fault}`);
      }
      return behind().length === 0;
    }, `frame ${goal} at every healthy viewer`);
    await all.catch((cause: unknown) => {
      const where = behind().map(({ protocol, reached }) => `${protocol} is at ${reached}`);
      throw new Error(`${(cause as Error).message} ${where.join(', ')}`, { cause });
    });
  }

  #publish(): void {
    for (const header of headers()) this.#publisher.send(header);
    this.#timer = setInterval(() => {
      if (this.#over) return;
      this.#publisher.send(packetOf(this.#sent++));
      this.#publisher.send(packetOf(this.#sent++));
    }, FRAME_MS);
  }
}
