// What the name in a publish or play command means: a stream, or a recording that a plugin offers.
import { Denial, type AdmissionView, type StoredItem, type StreamTarget } from 'livego';
import { parseStreamAddress, type ConnectCommand } from 'livego/rtmp';

export interface PlayTarget {
  /** Of a recording: the stream that it is of, whose gates are asked. */
  readonly target: StreamTarget;
  readonly stored?: StoredItem;
}

export function findTarget(
  { app, tcUrl }: ConnectCommand,
  name: string,
  admission: AdmissionView,
): StreamTarget | Denial {
  const address = parseStreamAddress({ app, name, tcUrl }, (each) => admission.hasApp(each));
  if (!address.ok) return new Denial('invalid', address.reason);
  return { app: address.app, name: address.name, query: address.query };
}

export function findPlayTarget(
  connect: ConnectCommand,
  name: string,
  admission: AdmissionView,
): PlayTarget | Denial {
  const target = findTarget(connect, name, admission);
  if (target instanceof Denial) return target;
  const path = `${target.app}/${target.name}`;
  const stored = admission.stored.find(path);
  if (stored) return { target: { app: stored.app, name: stored.name, query: target.query }, stored };
  const [first = ''] = path.split('/');
  if (admission.stored.has(first) && !admission.hasApp(target.app))
    return new Denial('not-found', `there is no recording ${path}`);
  return { target };
}
