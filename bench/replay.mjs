// `node bench/replay.mjs`: what 50 replays cost 500 live viewers. See bench/README.md.
import { runBundled } from './bundle.mjs';

await runBundled('replay', 'replay');
