// A hook runner with the taps of a test.
import { HookRunner } from '../../../../core/kernel/generation/hook-runner.ts';
import type { HookName, NameTapOptions, TapRecord } from '../../../../core/plugin/hooks.ts';
import type { ResourceOwner } from '../../../../core/resource-owner.ts';
import type { ConnectRequest, StreamRequest } from '../../../../core/session/requests.ts';
import { memoryLog, type MemoryLog } from '../../../helpers/memory-log.ts';

export const GATE_TIMEOUT_MS = 5000;

const client = { id: 'c1', plugin: 'rtmp', protocol: 'rtmp', remote: '192.0.2.1:5000' };
const query = new URLSearchParams();

export const CONNECT_REQUEST: ConnectRequest = { id: 'c1', client, app: 'live', query, limitUntil: () => {} };
export const STREAM_REQUEST: StreamRequest = {
  ...CONNECT_REQUEST,
  id: 's1',
  role: 'play',
  name: 'movie',
  askedName: 'movie',
  displayKey: 'live/movie',
};

export const OWNER: ResourceOwner = { stopped: false, keep: () => {}, letGo: () => {} };

type Tap = readonly [plugin: string, hook: HookName, tap: unknown, options?: NameTapOptions];

export function hooksOf(...taps: readonly Tap[]): { hooks: HookRunner; log: MemoryLog } {
  const log = memoryLog();
  const records = taps.map(
    ([plugin, hook, tap, options]) => ({ plugin, hook, tap, owner: OWNER, options }) as TapRecord,
  );
  return { hooks: new HookRunner(records, log.log, GATE_TIMEOUT_MS), log };
}
