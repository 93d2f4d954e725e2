// The declarations that an instance has made through its context, as data.
import type { CommandSpec } from '../../plugin/commands.ts';
import type { HandoverRecord } from '../../plugin/handover.ts';
import type { TapRecord } from '../../plugin/hooks.ts';
import type { MetricSpec } from '../../plugin/metrics.ts';
import type { QuestionSpec } from '../../plugin/worker-calls.ts';
import type { ConnectionHandler, StopCause } from '../../plugin/plugin.ts';
import type { Route } from '../../http/router.ts';
import type { StoredMedia } from '../../session/stored/stored-media.ts';
import type { AllowOrigin } from '../../http/cors.ts';
import type { AddressOption } from '../../net/address.ts';
import type { TlsFiles } from '../../net/tls.ts';
import type { Tick } from '../../time/ticker.ts';

const EMPTY: never[] = [];
Object.freeze(EMPTY);

/** One address of a plugin, and its service there. */
export interface EndpointSpec {
  /** The option that holds the address, for messages: "port", "tls.port". Undefined for routes at another plugin's address. */
  readonly option: string | undefined;
  readonly address: AddressOption;
  readonly tls: TlsFiles | undefined;
  readonly service:
    | { readonly kind: 'tcp'; readonly onConnection: ConnectionHandler }
    | { readonly kind: 'http'; readonly routes: readonly Route[]; readonly allowOrigin: AllowOrigin };
}

/** Routes at the addresses of another plugin. */
export interface GuestSpec {
  /** Names of plugins; the first that serves HTTP is the host. */
  readonly hosts: readonly string[];
  readonly routes: readonly Route[];
  readonly allowOrigin: AllowOrigin;
}

export interface Declarations {
  readonly taps: TapRecord[];
  readonly endpoints: EndpointSpec[];
  readonly guests: GuestSpec[];
  readonly metrics: MetricSpec[];
  readonly commands: CommandSpec[];
  readonly questions: QuestionSpec<never, unknown>[];
  readonly stored: StoredMedia[];
  readonly handovers: HandoverRecord[];
  readonly ticks: Tick[];
  readonly starts: ((signal: AbortSignal) => void | Promise<void>)[];
  readonly activations: (() => void)[];
  readonly stops: ((cause: StopCause) => void | Promise<void>)[];
}

export function newDeclarations(): Declarations {
  return {
    taps: [],
    endpoints: [],
    guests: [],
    metrics: [],
    commands: [],
    questions: [],
    stored: [],
    handovers: [],
    ticks: [],
    starts: [],
    activations: [],
    stops: [],
  };
}

/** Of an instance that has declared nothing yet. */
export const NOTHING: Declarations = compact(newDeclarations());

/**
 * The same in less memory: an array that has grown has room for more, and one that is empty is shared. There are tens of
 * thousands of instances.
 */
export function compact(declared: Declarations): Declarations {
  const copy: Record<keyof Declarations, unknown[]> = { ...declared };
  for (const key of Object.keys(declared) as (keyof Declarations)[])
    copy[key] = copy[key].length === 0 ? EMPTY : copy[key].slice();
  return copy as unknown as Declarations;
}
