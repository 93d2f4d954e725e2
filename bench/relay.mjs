// `node bench/relay.mjs`: the cost of pushing one stream to 100 targets, beside that of 100 RTMP viewers. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('relay', 'relay');
