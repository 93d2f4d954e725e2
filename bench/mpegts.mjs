// `node bench/mpegts.mjs`: the cost of making HLS segments, beside a memory copy and ffmpeg. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('micro', 'mpegts');
