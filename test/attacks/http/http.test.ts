// Attacks on HTTP: HTTP-FLV, HLS, recordings, the API and the statistics.
import { join } from 'node:path';
import { attacksOf } from '../kit/driver.ts';
import { ANY_PORT } from '../kit/server-process.ts';
import { REQUESTS } from './requests.ts';
import { UNFINISHED } from './unfinished.ts';
import { VIEWERS } from './viewers.ts';

const replay = (folder: string) => ({
  replay: { enabled: true, port: ANY_PORT, directories: [join(folder, 'recordings')] },
});

attacksOf({ name: 'HTTP', setUp: { config: replay }, attacks: [...REQUESTS, ...VIEWERS, ...UNFINISHED] });
