// What the client of a message stream is told.
import type { Denial, EndCause } from 'livego';
import { responses, status, type RtmpCommand, type RtmpConnection } from 'livego/rtmp';

/** The connection, as it is told things. */
export interface ToldConnection {
  readonly connection: RtmpConnection;
  send(command: RtmpCommand, streamId?: number): void;
}

export class StreamStatus {
  readonly #streamId: number;
  readonly #to: ToldConnection;

  constructor(streamId: number, to: ToldConnection) {
    this.#streamId = streamId;
    this.#to = to;
  }

  publishStarts(name: string): void {
    this.#to.connection.sendUserControl({ event: 'stream-begin', streamId: this.#streamId });
    this.#send(status.publishStart(name));
  }

  publishDenied({ code, reason }: Denial): void {
    const kind = code === 'duplicate' || code === 'invalid' ? 'BadName' : 'Denied';
    this.#send(status.publishRejected(kind, reason));
  }

  /** The client stopped. */
  publishStopped(name: string): void {
    this.#send(status.unpublishSuccess(name));
  }

  /** The server ends it. */
  publishEnds(name: string, { code, message }: EndCause): void {
    this.#send(status.publishRejected(code === 'replaced' ? 'BadName' : 'Denied', `${name}: ${message}`));
  }

  playStarts(name: string): void {
    this.#to.connection.sendUserControl({ event: 'stream-begin', streamId: this.#streamId });
    this.#send(status.playReset(name));
    this.#send(status.playStart(name));
    this.#to.connection.sendData(responses.sampleAccess(), this.#streamId);
    // No NetStream.Data.Start behind it: ffmpeg takes that for a track of unknown data, and no player needs it.
  }

  playDenied({ code, reason }: Denial): void {
    this.#send(status.playRejected(code === 'not-found' ? 'StreamNotFound' : 'Failed', reason));
    this.#to.connection.sendUserControl({ event: 'stream-eof', streamId: this.#streamId });
  }

  paused(name: string, state: 'paused' | 'continues'): void {
    const event = state === 'paused' ? 'stream-eof' : 'stream-begin';
    this.#to.connection.sendUserControl({ event, streamId: this.#streamId });
    this.#send(state === 'paused' ? status.pauseNotify(name) : status.unpauseNotify(name));
  }

  playEnds(name: string, { code }: EndCause): void {
    this.#to.connection.sendUserControl({ event: 'stream-eof', streamId: this.#streamId });
    if (code === 'unpublished') this.#send(status.unpublishNotify(name));
    this.#send(status.playStop(name));
  }

  recordingStarts(name: string): void {
    this.#to.connection.sendUserControl({ event: 'stream-is-recorded', streamId: this.#streamId });
    this.playStarts(name);
  }

  recordingContinues(name: string, timeMs: number): void {
    this.#to.connection.sendUserControl({ event: 'stream-begin', streamId: this.#streamId });
    this.#send(status.seekNotify(name, timeMs));
    this.#send(status.playStart(name));
  }

  recordingEnds(name: string, durationMs: number, sentBytes: number): void {
    this.#to.connection.sendData(status.playComplete(durationMs, sentBytes), this.#streamId);
    this.#to.connection.sendUserControl({ event: 'stream-eof', streamId: this.#streamId });
    this.#send(status.playStop(name));
  }

  #send(command: RtmpCommand): void {
    this.#to.send(command, this.#streamId);
  }
}
