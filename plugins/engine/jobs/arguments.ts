// The arguments of ffmpeg for each profile. The stream is its standard input; it tells its progress on descriptor 3.
import type { EngineOptions, Rendition } from '../schema.ts';

export const PROGRESS_DESCRIPTOR = 3;
/** Renditions come out of this descriptor and those behind it. */
export const FIRST_RENDITION_DESCRIPTOR = 4;

const INPUT = [
  '-hide_banner',
  '-nostdin',
  '-nostats',
  '-loglevel',
  'level+warning',
  '-progress',
  `pipe:${PROGRESS_DESCRIPTOR}`,
  '-f',
  'flv',
  '-i',
  'pipe:0',
];

/** Writes the stream to one place. */
export function copyArguments(options: EngineOptions, extra: readonly string[], target: string): string[] {
  const format = /^rtmps?:/i.test(target) ? 'flv' : 'mpegts';
  const codecs = ['-map', '0:v?', '-map', '0:a?', '-c:v', options.vcodec, '-c:a', options.acodec];
  return [...INPUT, ...codecs, ...extra, '-f', format, '-y', target];
}

/** Decodes once, and encodes each rendition. Keyframes are forced at the same times in all. */
export function renditionArguments(options: EngineOptions, extra: readonly string[]): string[] {
  const outputs = options.renditions.map((rendition, index) => [
    ...encoderArguments(rendition, options.keyframeSeconds),
    ...extra,
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', `pipe:${FIRST_RENDITION_DESCRIPTOR + index}`],
  ]);
  return [...INPUT, '-copyts', ...outputs.flat()];
}

function encoderArguments(
  { height, videoKbps, audioKbps, encoder, preset }: Rendition,
  keyframeSeconds: number,
): string[] {
  const rate = `${videoKbps}k`;
  return [
    ...['-map', '0:v?', '-map', '0:a?', '-vf', `scale=-2:${height}`, '-pix_fmt', 'yuv420p'],
    ...['-c:v', encoder, ...(preset === '' ? [] : ['-preset', preset])],
    ...['-b:v', rate, '-maxrate', rate, '-bufsize', `${2 * videoKbps}k`, '-sc_threshold', '0'],
    // By the stream's clock, so that a program which begins later, or again, sets them at the same times.
    ...[
      '-force_key_frames',
      `expr:if(isnan(prev_forced_t),1,gt(floor(t/${keyframeSeconds}),floor(prev_forced_t/${keyframeSeconds})))`,
    ],
    ...['-c:a', 'aac', '-b:a', `${audioKbps}k`],
  ];
}
