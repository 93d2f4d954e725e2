// `node bench/hls.mjs`: how many HLS requests a second a process answers. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('hls-requests', 'hls-requests');
