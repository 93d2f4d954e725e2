// `node bench/soak.mjs`: hundreds of reloads under load, and the time that one takes. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('soak', 'main');
