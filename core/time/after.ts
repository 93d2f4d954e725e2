// Timeouts that a stop of the process does not bring forward.
import { RunningTime } from './running-time.ts';

/** A wait is divided into steps, and a step that takes too long shows a stop. */
const STEPS = 8;
const MIN_STEP_MS = 25;
const MAX_STEP_MS = 1000;
/** After a stop, at least this long is left: what has arrived in the meantime is read first. */
const AFTER_STOP_MS = 250;

/**
 * Calls back when `limitMs` have passed in which the process ran: a stop of the process, or a pause of its machine, is not
 * counted. Returns a function that cancels it. For every deadline of a peer; `setTimeout` is for everything else.
 */
export function after(limitMs: number, callback: () => void): () => void {
  const stepMs = Math.min(MAX_STEP_MS, Math.max(MIN_STEP_MS, Math.ceil(limitMs / STEPS)));
  const time = new RunningTime(stepMs);
  const end = time.now() + limitMs;
  let timer: NodeJS.Timeout | undefined;
  const arm = (atLeastMs: number): void => {
    timer = setTimeout(check, Math.max(atLeastMs, Math.min(stepMs, Math.ceil(end - time.now()))));
  };
  const check = (): void => {
    const was = time.beat();
    if (was === 'late') arm(Math.min(AFTER_STOP_MS, stepMs));
    else if (time.now() < end) arm(0);
    else callback();
  };
  arm(0);
  return () => clearTimeout(timer);
}

/** A signal that aborts when the time is over, with an error named TimeoutError. Release it when the work is done. */
export function timeoutSignal(limitMs: number): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const reason = `no answer within ${limitMs / 1000} s`;
  const cancel = after(limitMs, () => controller.abort(new DOMException(reason, 'TimeoutError')));
  return { signal: controller.signal, release: cancel };
}
