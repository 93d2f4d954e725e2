// `node bench/mpegts.mjs`: what making HLS segments costs, beside a memory copy and ffmpeg.
import { runBundled } from './bundle.mjs';

await runBundled('mpegts');
