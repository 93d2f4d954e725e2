// `node bench/micro.mjs`: single parts of the packet path, without a socket. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('micro', 'micro');
