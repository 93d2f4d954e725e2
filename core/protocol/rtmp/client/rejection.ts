// How a server says no to a client: which of its calls, with which status, and where to go instead.
import { amfProperties } from '../../../media/amf-value.ts';
import type { RtmpStatus } from '../status.ts';

/** The calls whose answer decides how the session continues. */
export type RtmpCall = 'connect' | 'createStream' | 'publish' | 'play';

export interface RtmpRejection {
  /** The call that the server has rejected, possibly after it had accepted it. */
  readonly call: RtmpCall;
  readonly status: RtmpStatus;
  /** The tcUrl of another server that this one names instead of itself, as sent. */
  readonly redirect: string | undefined;
  /** For logs: call, code and the server's words. Without names and URLs, which may hold keys. */
  readonly message: string;
}

/** Flash Media Server puts `{ code: 302, redirect }` into the status of a connect that it sends elsewhere. */
const REDIRECTED = 302;

export function buildRejection(call: RtmpCall, status: RtmpStatus): RtmpRejection {
  const { code, description } = status;
  const reason = description === '' ? code : `${code}: ${description}`;
  return {
    call,
    status,
    redirect: readRedirect(status),
    message: `The server rejected ${call} (${reason}).`,
  };
}

function readRedirect({ info }: RtmpStatus): string | undefined {
  const extra = amfProperties(info['ex']);
  const redirect = extra?.['redirect'];
  return extra?.['code'] === REDIRECTED && typeof redirect === 'string' ? redirect : undefined;
}
