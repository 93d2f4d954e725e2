// What an RTMP session is given by its server.
import type { ServerContext, Transport } from 'livego';
import type { PayloadMemory } from 'livego/rtmp';
import type { RtmpOptions } from './schema.ts';
import type { SharedTurn } from './shared-turn.ts';

export interface RtmpSessionSettings {
  readonly context: Pick<ServerContext, 'admission' | 'log' | 'peerLog' | 'format' | 'now'>;
  readonly memory: PayloadMemory;
  readonly turn: SharedTurn;
  readonly options: RtmpOptions;
  readonly transport: Transport;
}
