// A request that is answered once, and whose client has no session: for a file, or a playlist that all viewers share.
import type { EndCause } from '../../end-cause.ts';
import { andThen, lastly, type NowOrLater } from '../../time/now-or-later.ts';
import { Denial } from '../denial.ts';
import type { Admitted, Gates } from '../gates.ts';
import type { StreamTarget } from '../requests.ts';
import { ConnectionView } from './connection-view.ts';
import type { Asker, Reception } from './connection.ts';

/** The stream that the request may be answered for. */
export interface Answered {
  /** `live/movie` */
  readonly key: string;
  /** For logs and messages: `live/***` where the name may be a secret. */
  readonly displayKey: string;
}

/** What it is asked of. */
interface Asked {
  readonly reception: Reception;
  readonly gates: Gates;
  /** Undefined where the clients of an address are not limited. */
  readonly places: Pick<Reception, 'takePlace'> | undefined;
}

const ANSWERED: EndCause = { code: 'left', message: 'the request is answered' };

/** The client takes its place, asks both gates, and disconnects. What plugins see is what they see of any client. */
export function askOnce(asked: Asked, asker: Asker, target: StreamTarget): NowOrLater<Answered | Denial> {
  const { places } = asked;
  if (!places) return askGates(asked, asker, target);
  return andThen(places.takePlace(asker.client, target.app), (place) => {
    if (place instanceof Denial) return place;
    return lastly(() => askGates(asked, asker, target), place);
  });
}

function askGates(asked: Asked, asker: Asker, target: StreamTarget): NowOrLater<Answered | Denial> {
  const denial = asked.reception.connect(asker, target.app, target.query);
  if (denial instanceof Promise) return denial.then((denied) => denied ?? askToPlay(asked, asker, target));
  return denial ?? askToPlay(asked, asker, target);
}

function askToPlay(
  { reception, gates }: Asked,
  asker: Asker,
  target: StreamTarget,
): NowOrLater<Answered | Denial> {
  const facts = { client: asker.client, app: target.app, startedAt: new Date(), close: cannotClose };
  const leave = (admitted: Admitted | Denial): Answered | Denial => {
    const denied = admitted instanceof Denial;
    const cause: EndCause = denied ? { code: 'denied', message: admitted.reason } : ANSWERED;
    reception.leftApp(new ConnectionView(facts), cause);
    return denied ? admitted : answeredFor(admitted.facts);
  };
  return andThen(gates.admit(asker, target, 'play'), leave);
}

/** It has left before anybody could close it. */
function cannotClose(): void {}

function answeredFor({
  request,
  displayKey,
}: {
  readonly request: StreamTarget;
  readonly displayKey: string;
}): Answered {
  return { key: `${request.app}/${request.name}`, displayKey };
}
