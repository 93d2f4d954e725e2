// Asks an instance's gates about sessions that are there already: its rules may have changed since they were admitted.
import type { Logger } from '../../log/log.ts';
import type { Gate, TapRecord } from '../../plugin/hooks.ts';
import type { ResourceOwner } from '../../resource-owner.ts';
import { Denial } from '../../session/denial.ts';
import { hideNames, hideNamesInDenial } from '../../session/hide-names.ts';
import type { ConnectRequest, StreamRequest } from '../../session/requests.ts';
import type { Session } from '../../session/session.ts';
import { withTimeout } from '../../time/timeout.ts';
import type { KernelServices } from './services.ts';

interface Rechecker extends ResourceOwner {
  readonly label: string;
  readonly log: Logger;
  readonly declared: { readonly taps: readonly TapRecord[] };
}

/** Gates that keep many sessions waiting are asked about this many at once. */
const AT_ONCE = 16;

export async function recheckSessions(instance: Rechecker, services: KernelServices): Promise<void> {
  const { sessions } = services;
  const waiting = [...sessions].filter(({ app, provided }) => !provided && services.serves(instance, app));
  const work = async (): Promise<void> => {
    for (let session = waiting.pop(); session && !instance.stopped; session = waiting.pop()) {
      const denial = session.ended
        ? undefined
        : await askGates(instance, session, services.admission.gateTimeoutMs);
      if (denial) session.close({ code: 'denied', message: `its right has ended: ${denial.reason}` });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

// A gate that fails denies whoever arrives, but ends nothing that was admitted: that is no rule that has changed.
async function askGates(
  { declared, log, label }: Rechecker,
  session: Session,
  gateTimeoutMs: number,
): Promise<Denial | undefined> {
  const request: StreamRequest = { ...session.request, recheck: true };
  const late = `no answer within ${gateTimeoutMs} ms (gateTimeoutMs)`;
  for (const { hook, tap } of declared.taps) {
    if (hook !== 'connect' && hook !== session.role) continue;
    try {
      const asked = (tap as Gate<ConnectRequest>)(hook === 'connect' ? connectRequestOf(request) : request);
      const answer = await withTimeout(gateTimeoutMs, Promise.resolve(asked), late);
      if (answer instanceof Denial && answer.code !== 'unavailable')
        return hideNamesInDenial(answer, session.secretNames);
    } catch (error) {
      if (error instanceof Denial && error.code !== 'unavailable')
        return hideNamesInDenial(error, session.secretNames);
      log.error(
        { err: hideNames(error, session.secretNames), session: session.id },
        `${label} could not check a session again; it stays`,
      );
    }
  }
  return undefined;
}

/** What a connect gate is asked: the client's request to enter, not the one of its session. */
function connectRequestOf(request: StreamRequest): ConnectRequest {
  const { client, app, query, authorization, recheck } = request;
  const limitUntil: ConnectRequest['limitUntil'] = (at, reason) => request.limitUntil(at, reason);
  return { id: client.id, client, app, query, authorization, limitUntil, recheck };
}
