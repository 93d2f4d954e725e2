// A reload of all workers as one transaction: all stage the config, then all apply it, or none does.
//
//   addresses are opened ─▶ every worker stages ──all have──▶ every worker applies ─▶ addresses change hands ─▶ report
//             │                      │ one rejects it
//             └──────────────────────┴─▶ every worker takes it back, addresses close ─▶ rejected
import { withPlaces } from '../../config-place.ts';
import { messageOf } from '../../errors.ts';
import type { Logger } from '../../log/log.ts';
import type { ReloadReport } from '../../plugin/reload-report.ts';
import type { ConfigOutline } from '../config-outline.ts';
import type { ConfigToApply } from '../messages.ts';
import type { Front } from './front.ts';
import type { Seat } from './seat.ts';

export interface Transaction {
  readonly log: Logger;
  readonly front: Front;
  readonly seats: readonly Seat[];
  readonly text: string | undefined;
  readonly outline: ConfigOutline;
}

export type TransactionResult =
  | { readonly is: 'applied'; readonly config: ConfigToApply; readonly reports: readonly ReloadReport[] }
  | { readonly is: 'rejected'; readonly report: ReloadReport | undefined; readonly reason: string };

/** A worker that has not staged a config by then is no longer waited for, and the config is rejected. */
const STAGE_LIMIT_MS = 60_000;
/** One that does not apply what it has staged hangs: it is killed, and its successor starts with the new config. */
const APPLY_LIMIT_MS = 15_000;

/** Never rejects. A worker that ends meanwhile is left out: its successor gets the config that is current then. */
export async function reloadAll(transaction: Transaction): Promise<TransactionResult> {
  const { log, front, seats, text, outline } = transaction;
  const { addresses, places } = outline;
  try {
    await front.acquire(addresses);
  } catch (error) {
    return {
      is: 'rejected',
      report: undefined,
      reason: messageOf(withPlaces(error, { placeOf: (option) => places.get(option) })),
    };
  }
  const config: ConfigToApply = { text, ports: front.portsOf(addresses) };
  const rejected = (await Promise.all(seats.map((seat) => stage(seat, config)))).find((each) => each);
  const reason = rejected?.reason ?? '';
  const settled = await Promise.all(seats.map((seat) => settle(seat, !rejected, { reason, log })));
  if (rejected) {
    await front.release(addresses);
    return { is: 'rejected', ...rejected };
  }
  front.use(addresses);
  return { is: 'applied', config, reports: settled.flatMap((report) => report ?? []) };
}

type Rejection = Omit<Extract<TransactionResult, { is: 'rejected' }>, 'is'>;

async function stage(seat: Seat, config: ConfigToApply): Promise<Rejection | undefined> {
  try {
    const answer = await seat.talk.ask('stage', config, STAGE_LIMIT_MS);
    const report = answer?.report;
    return report && { report, reason: report.error ?? 'the config has faults' };
  } catch (error) {
    if (seat.state === 'ended') return undefined;
    return { report: undefined, reason: `worker ${seat.place.worker}: ${messageOf(error)}` };
  }
}

async function settle(
  seat: Seat,
  apply: boolean,
  { reason, log }: { readonly reason: string; readonly log: Logger },
): Promise<ReloadReport | undefined> {
  try {
    return (await seat.talk.ask('settle', { apply, reason }, APPLY_LIMIT_MS)).report;
  } catch (error) {
    if (seat.state === 'ended') return undefined;
    log.error({ err: error }, `worker ${seat.place.worker} has not followed a reload; it is replaced`);
    seat.kill();
    return undefined;
  }
}
