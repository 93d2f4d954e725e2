// Keys of the classic configs that this build may lack the feature for. A config that holds them loads all the same.
import { parseSwitch } from './switch.ts';

/** A classic key, valid as long as no plugin owns it. */
export interface ClassicKey {
  readonly key: string;
  readonly level: 'root' | 'entry' | 'both';
  /** What this build would have to have: "web hooks". */
  readonly feature: string;
  /** The key that switches the feature; while it says off, this key is worth no warning. */
  readonly switch?: string;
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
  { key: 'static_push', level: 'entry', feature: 'relay' },
  { key: 'sub_static_push', level: 'entry', feature: 'relay' },
  { key: 'static_pull', level: 'entry', feature: 'relay' },
  { key: 'record', level: 'both', feature: 'recording' },
];

/** Keys of livego.yaml and of livego's later JSON, and what they are called here. */
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
