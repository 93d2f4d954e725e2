// `node bench/figures.mjs`: what figures, lists and metrics cost with 1,000 sessions. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('micro', 'figures');
