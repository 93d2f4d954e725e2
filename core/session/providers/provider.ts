// Plugins that publish: on the operator's authority, without gates and keys.
import type { EndCause } from '../../end-cause.ts';
import type { StreamOrigin } from '../../stream/stream-view.ts';
import type { Publication } from '../publication.ts';

/**
 * Publishes a stream when core asks for it.
 *
 * `start` is called once. The name is claimed with the first packet that is written, so a provider that finds nothing
 * claims no name: it ends the publication, or throws, and waiting viewers are told. They get the reason of a `Denial` that
 * was thrown and the message of a cause; any other error is only logged. Core calls `stop` at most once: when `start` has
 * failed, when the stream had no viewer for `idleProviderMs`, when another publisher takes the name, when the plugin or the
 * server stops. The signal aborts at the same moment. A provider that ends its publication itself is not stopped.
 */
export interface StreamProvider {
  /** For logs and lists: "relay from rtmp://origin/live/movie". Holds no secret. */
  readonly description: string;
  /**
   * `mirror` for a copy of a stream that lives in another process: its packets have waited for company there, and are written
   * to viewers at once. Default: `local`.
   */
  readonly origin?: StreamOrigin;
  /** A mirror's: the number of its original, so that both count segments alike. Read with the first packet. */
  readonly firstSequence?: number | undefined;
  /** Of a copy in another quality: the name of the stream in the same application that it is a copy of. */
  readonly renditionOf?: string | undefined;
  /**
   * `at-once`: no other worker of the server publishes the stream, so `provide` starts it before it returns. Default:
   * `in-turn`, when it is this worker's turn.
   */
  readonly begins?: 'at-once' | 'in-turn';
  start(publication: Publication, signal: AbortSignal): void | Promise<void>;
  stop(cause: EndCause): void;
}
