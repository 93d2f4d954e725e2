// The figures that the load generator reports.

/** Milliseconds. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The answer to `report`, and to the end of a join. Counts are of the window that `mark` opened. */
export interface LoadFigures {
  readonly event: string;
  readonly seconds: number;
  readonly loadCpuSeconds: number;
  /** Bytes that viewers took off their sockets. */
  readonly bytes: number;
  /** Payload bytes that publishers sent. */
  readonly published: number;
  readonly publishers: number;
  readonly publisherLateMs: number;
  readonly playing: number;
  readonly closed: number;
  readonly stalled: number;
  readonly stalledClosed: number;
  /** Viewers of the last join, and how many of them have seen a keyframe. */
  readonly joined: number;
  readonly pictures: number;
  readonly probes: {
    readonly lost: number;
    readonly backwards: number;
    readonly video: number;
    readonly audio: number;
  };
  /** Bytes received by each healthy viewer over payload bytes published on its stream. */
  readonly completeness: {
    readonly viewers: number;
    readonly min: number;
    readonly mean: number;
    readonly max: number;
    readonly short: number;
    readonly long: number;
  };
  readonly delayMs: Spread | null;
  readonly firstMediaMs: Spread | null;
  readonly firstPictureMs: Spread | null;
}
