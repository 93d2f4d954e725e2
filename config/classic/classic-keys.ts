// Keys of the classic config whose feature this build may lack. A config that holds them loads nevertheless.
//
// This room holds what livego keeps from its predecessors: their keys, the flags of their command, their words for on and
// off. The aliases of the built-in plugins are not here: each plugin declares its own.
import { parseSwitch } from './switch.ts';

/** A classic key. It has this meaning only while no plugin owns it. */
export interface ClassicKey {
  readonly key: string;
  readonly level: 'root' | 'entry' | 'both';
  /** The feature that the key configures: "web hooks". */
  readonly feature: string;
  /** The key that switches the feature. A config that holds it gets one warning, for that key. */
  readonly switch?: string;
  /** The sentence for a key that has no counterpart: what to write instead. It is said whatever the key's value is. */
  readonly instead?: string;
}

export const CLASSIC_KEYS: readonly ClassicKey[] = [
  { key: 'listen', level: 'root', feature: 'RTMP' },
  { key: 'hls', level: 'both', feature: 'HLS' },
  { key: 'hlsport', level: 'root', feature: 'HLS', switch: 'hls' },
  { key: 'httpflv', level: 'both', feature: 'HTTP-FLV' },
  { key: 'flvport', level: 'root', feature: 'HTTP-FLV', switch: 'httpflv' },
  { key: 'notifyurl', level: 'root', feature: 'web hooks' },
  { key: 'httpoper', level: 'root', feature: 'control API' },
  { key: 'operport', level: 'root', feature: 'control API', switch: 'httpoper' },
  { key: 'engineEnable', level: 'root', feature: 'transcoding engine' },
  { key: 'engine', level: 'root', feature: 'transcoding engine', switch: 'engineEnable' },
  { key: 'chunksize', level: 'root', feature: 'option for the RTMP chunk size' },
  { key: 'staticAddr', level: 'root', feature: 'push addresses with a date in them' },
  { key: 'exec_push', level: 'entry', feature: 'commands at the start of a stream' },
  { key: 'exec_push_done', level: 'entry', feature: 'commands at the end of a stream' },
  { key: 'report', level: 'entry', feature: 'reports' },
  { key: 'record', level: 'both', feature: 'recording' },
  { key: 'flv_archive', level: 'root', feature: 'recording to FLV files' },
  { key: 'flv_dir', level: 'root', feature: 'recording to FLV files', switch: 'flv_archive' },
  {
    key: 'liveon',
    level: 'entry',
    feature: 'switch of an application',
    instead: 'an application is on as long as it is in servers[]; remove the entry to switch it off',
  },
  {
    key: 'hlson',
    level: 'entry',
    feature: 'second switch of HLS',
    instead: 'write hls: "enable" or hls: "disable" here',
  },
  {
    key: 'use_hls_https',
    level: 'root',
    feature: 'switch of HTTPS',
    instead: 'HTTPS has a port of its own: write hls: { tls: { port: 8443, cert: "FILE", key: "FILE" } }',
  },
];

/** Keys of livego.yaml and of livego's later JSON, and their names here. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = {
  rtmp_addr: 'listen',
  httpflv_addr: 'flvport',
  hls_addr: 'hlsport',
  api_addr: 'operport',
  server: 'servers',
  appname: 'servername',
};

/** Whether a classic key with this value asks for something: a switch that says off and an empty string do not. */
export function asksForSomething(value: unknown): boolean {
  return parseSwitch(value) !== false && value !== '' && value !== null;
}
