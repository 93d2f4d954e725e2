// `npm run bench`: this server beside other servers. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('command', 'main');
