// `npm run bench`: this server beside its peers. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('main');
