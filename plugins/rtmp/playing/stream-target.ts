// What the name in a publish or play command means: a stream, or a recording that a plugin offers.
import { Denial, type AdmissionView, type StoredItem, type StreamTarget } from 'livego';
import { parseStreamAddress } from 'livego/rtmp';
import type { Connected } from '../connect.ts';

export interface PlayTarget {
  /** Of a recording: the stream that it is of, whose gates are asked. */
  readonly target: StreamTarget;
  readonly stored?: StoredItem;
}

export function findTarget(
  connected: Connected,
  name: string,
  admission: AdmissionView,
  role: 'publish' | 'play' = 'publish',
): StreamTarget | Denial {
  const { app, tcUrl } = connected.command;
  const address = parseStreamAddress({ app, name, tcUrl }, (each) => admission.hasApp(each));
  if (address.ok) return { app: address.app, name: address.name, query: address.query };
  const denial = new Denial('invalid', address.reason);
  connected.deny(role, denial);
  return denial;
}

export function findPlayTarget(
  connected: Connected,
  name: string,
  admission: AdmissionView,
): PlayTarget | Denial {
  const target = findTarget(connected, name, admission, 'play');
  if (target instanceof Denial) return target;
  const path = `${target.app}/${target.name}`;
  const stored = admission.stored.find(path);
  if (stored) return { target: { app: stored.app, name: stored.name, query: target.query }, stored };
  const [first = ''] = path.split('/');
  if (!admission.stored.has(first) || admission.hasApp(target.app)) return { target };
  const denial = new Denial('not-found', `there is no recording ${path}`);
  connected.deny('play', denial);
  return denial;
}
