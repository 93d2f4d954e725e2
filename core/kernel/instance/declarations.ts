// The declarations that an instance has made through its context, as data.
import type { CommandSpec } from '../../plugin/commands.ts';
import type { HandoverRecord } from '../../plugin/handover.ts';
import type { TapRecord } from '../../plugin/hooks.ts';
import type { MetricSpec } from '../../plugin/metrics.ts';
import type { QuestionSpec } from '../../plugin/worker-calls.ts';
import type { ConnectionHandler, StopCause } from '../../plugin/plugin.ts';
import type { Route } from '../../http/router.ts';
import type { AllowOrigin } from '../../http/cors.ts';
import type { AddressOption } from '../../net/address.ts';
import type { TlsFiles } from '../../net/tls.ts';
import type { Tick } from '../../time/ticker.ts';

/** One address of a plugin, and its service there. */
export interface EndpointSpec {
  /** The option that holds the address, for messages: "port", "tls.port". */
  readonly option: string;
  readonly address: AddressOption;
  readonly tls: TlsFiles | undefined;
  readonly service:
    | { readonly kind: 'tcp'; readonly onConnection: ConnectionHandler }
    | { readonly kind: 'http'; readonly routes: readonly Route[]; readonly allowOrigin: AllowOrigin };
}

export interface Declarations {
  readonly taps: TapRecord[];
  readonly endpoints: EndpointSpec[];
  readonly metrics: MetricSpec[];
  readonly commands: CommandSpec[];
  readonly questions: QuestionSpec<never, unknown>[];
  readonly handovers: HandoverRecord[];
  readonly ticks: Tick[];
  readonly starts: ((signal: AbortSignal) => void | Promise<void>)[];
  readonly activations: (() => void)[];
  readonly stops: ((cause: StopCause) => void | Promise<void>)[];
}
