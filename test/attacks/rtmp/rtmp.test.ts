// Attacks on RTMP.
import { CROWDS } from './crowds.ts';
import { attacksOf } from '../kit/driver.ts';
import { AMF } from './amf.ts';
import { CHUNK_STREAMS } from './chunk-streams.ts';
import { COMMANDS } from './commands.ts';
import { HANDSHAKES } from './handshakes.ts';
import { MEDIA } from './media.ts';

attacksOf({
  name: 'RTMP',
  attacks: [...HANDSHAKES, ...AMF, ...CHUNK_STREAMS, ...COMMANDS, ...MEDIA, ...CROWDS],
});
