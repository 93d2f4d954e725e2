// `node bench/record.mjs`: the cost of recording 100 streams, beside plain writes of the same bytes. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('micro', 'record');
