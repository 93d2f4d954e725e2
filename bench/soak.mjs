// `node bench/soak.mjs`: hundreds of reloads under load, and how fast one is. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('soak');
