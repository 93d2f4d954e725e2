// The formats by name.
//
// The room has the bodies of requests and what answers mean, one file for each kind of back end. When and where requests are
// sent is decided in the folder above.
import type { Format } from '../events.ts';
import type { NotifyOptions } from '../schema.ts';
import { livegoFormat } from './livego.ts';
import { nginxRtmpFormat } from './nginx-rtmp.ts';
import { nodeMediaServerFormat } from './node-media-server.ts';
import { srsFormat } from './srs.ts';

export type FormatName = NotifyOptions['format'];

type FormatSettings = Pick<NotifyOptions, 'format' | 'serverId' | 'method'>;

const FORMATS: Readonly<Record<FormatName, (settings: FormatSettings) => Format>> = {
  livego: ({ serverId }) => livegoFormat(serverId),
  srs: ({ serverId }) => srsFormat(serverId),
  'nginx-rtmp': ({ method }) => nginxRtmpFormat(method),
  'node-media-server': () => nodeMediaServerFormat(),
};

export function makeFormat(settings: FormatSettings): Format {
  return FORMATS[settings.format](settings);
}
