// `node bench/micro.mjs`: single parts of the packet path, without a socket.
import { runBundled } from './bundle.mjs';

await runBundled('micro');
