// AC-3 and Enhanced AC-3 (ATSC A/52): the heads of frames. Frames are not decoded.
export { parseAc3SyncFrame } from './sync-frame.ts';
export type { Ac3SyncFrame } from './sync-frame.ts';
