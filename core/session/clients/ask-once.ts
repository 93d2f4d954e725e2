// A request that is answered once, and whose client has no session: for a file, or a playlist that all viewers share.
import type { EndCause } from '../../end-cause.ts';
import { andThen, lastly, type NowOrLater } from '../../time/now-or-later.ts';
import { Denial } from '../denial.ts';
import type { Gates } from '../gates.ts';
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

const ANSWERED: EndCause = { code: 'left', message: 'the request is answered' };

/** The client takes its place, asks both gates, and disconnects. What plugins see is what they see of any client. */
export function askOnce(
  reception: Reception,
  gates: Gates,
  asker: Asker,
  target: StreamTarget,
): NowOrLater<Answered | Denial> {
  return andThen(reception.takePlace(asker.client, target.app), (place) => {
    if (place instanceof Denial) return place;
    return lastly(() => askGates(reception, gates, asker, target), place);
  });
}

function askGates(
  reception: Reception,
  gates: Gates,
  asker: Asker,
  target: StreamTarget,
): NowOrLater<Answered | Denial> {
  const { client } = asker;
  const { app, query } = target;
  return andThen(reception.connect(asker, app, query), (denied) => {
    if (denied) return denied;
    const facts = { client, app, startedAt: new Date(), close: () => {} };
    return andThen(gates.admit(asker, target, 'play'), (admitted) => {
      const denial = admitted instanceof Denial ? admitted : undefined;
      const cause: EndCause = denial ? { code: 'denied', message: denial.reason } : ANSWERED;
      reception.leftApp(new ConnectionView(facts), cause);
      return admitted instanceof Denial ? admitted : answeredFor(admitted.facts);
    });
  });
}

function answeredFor({
  request,
  displayKey,
}: {
  readonly request: StreamTarget;
  readonly displayKey: string;
}): Answered {
  return { key: `${request.app}/${request.name}`, displayKey };
}
