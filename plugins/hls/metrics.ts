// What HLS says when figures are wanted.
import type { Figures } from '../../core/plugin/hooks.ts';
import type { PresentationRegistry } from './presentations.ts';

export function noteFigures(figures: Figures, catalogue: PresentationRegistry): void {
  let streams = 0;
  let active = 0;
  let memoryBytes = 0;
  let filesWaiting = 0;
  let built = 0;
  for (const presentation of catalogue.presentations) {
    streams++;
    if (presentation.active) active++;
    memoryBytes += presentation.memoryBytes;
    filesWaiting += presentation.filesWaiting;
    built += presentation.playlistsBuilt;
  }
  figures.set('hls.playlistsBuilt', built);
  let viewers = 0;
  for (const viewer of catalogue.viewers.values()) if (viewer.awake) viewers++;
  const { segments, segmentBytes, diskFailures, slowReaders } = catalogue.counters;
  figures.set('hls.streams', streams);
  figures.set('hls.streamsActive', active);
  figures.set('hls.viewers', viewers);
  figures.set('hls.requestsHeld', catalogue.held);
  figures.set('hls.segments', segments);
  figures.set('hls.segmentBytes', segmentBytes);
  figures.set('hls.memoryBytes', memoryBytes);
  figures.set('hls.filesWaiting', filesWaiting);
  figures.set('hls.diskFailures', diskFailures);
  figures.set('hls.slowReaders', slowReaders);
}
