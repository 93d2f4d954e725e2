// What ffmpeg tells about its progress (`-progress`): lines of KEY=VALUE.

export interface Progress {
  readonly fps: number;
  /** 1 is real time. */
  readonly speed: number;
  readonly bitsPerSecond: number;
  /** Media that has been written. */
  readonly writtenMs: number;
}

export const NO_PROGRESS: Progress = { fps: 0, speed: 0, bitsPerSecond: 0, writtenMs: 0 };

/** The progress after a line. Lines that tell nothing of it change nothing. */
export function readProgress(progress: Progress, line: string): Progress {
  const [key, text = ''] = line.split('=', 2);
  const value = Number.parseFloat(text);
  if (!Number.isFinite(value)) return progress;
  switch (key) {
    case 'fps':
      return { ...progress, fps: value };
    case 'speed':
      return { ...progress, speed: value };
    case 'bitrate':
      return { ...progress, bitsPerSecond: value * 1000 };
    case 'out_time_us':
      return { ...progress, writtenMs: Math.max(0, Math.round(value / 1000)) };
    default:
      return progress;
  }
}
