// The command object of connect, as a publisher or a player sends it (RTMP 1.0, 7.2.1.1).
import type { AmfValue } from '../../../media/amf-value.ts';
import { buildCapabilities, SERVER_CAPABILITIES } from '../capabilities.ts';
import type { RtmpClientOptions } from './options.ts';

/** Servers go by these: some let only "FMLE" publish, some look for a Flash Player before they play H.264. */
const PUBLISHER_VERSION = 'FMLE/3.0 (compatible; livego)';
const PLAYER_VERSION = 'LNX 9,0,124,2';

/** Every codec that Flash Player ever knew. */
const PLAYER_FIELDS = {
  fpad: false,
  capabilities: 15,
  audioCodecs: 4071,
  videoCodecs: 252,
  videoFunction: 1,
};

export function buildConnectObject(options: RtmpClientOptions): Record<string, AmfValue> {
  const { app, tcUrl, mode, flashVersion, capabilities } = options;
  const publishing = mode === 'publish';
  return {
    app,
    ...(publishing ? { type: 'nonprivate' } : {}),
    flashVer: flashVersion ?? (publishing ? PUBLISHER_VERSION : PLAYER_VERSION),
    tcUrl,
    ...(publishing ? {} : PLAYER_FIELDS),
    objectEncoding: 0,
    ...buildCapabilities(capabilities ?? SERVER_CAPABILITIES),
  };
}
