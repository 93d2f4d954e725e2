// A plugin of the test that lets clients wait until the test admits or denies them.
import type { StreamRequest } from '../../core/session/requests.ts';
import type { Denial } from '../../core/session/denial.ts';
import { definePlugin, type PluginDefinition } from '../../core/plugin/plugin.ts';

export interface Gate {
  readonly plugin: PluginDefinition;
  /** All requests in order. */
  readonly requests: StreamRequest[];
  /** Resolves with the next request; it waits at the gate until `allow` or `deny` is called. */
  asked(): Promise<StreamRequest>;
  allow(): void;
  deny(denial: Denial): void;
}

/** A gate on publish or play that waits until the test gives its answer. */
export function createGate(hook: 'publish' | 'play'): Gate {
  const requests: StreamRequest[] = [];
  let arrived: (request: StreamRequest) => void = () => {};
  let answer: (denial: Denial | undefined) => void = () => {};
  let next = new Promise<StreamRequest>((resolve) => (arrived = resolve));
  const plugin = definePlugin({
    name: 'gate',
    schema: { type: 'object', properties: {} },
    app({ hooks }) {
      hooks[hook].tap((request) => {
        requests.push(request);
        arrived(request);
        next = new Promise((resolve) => (arrived = resolve));
        return new Promise<Denial | undefined>((resolve) => (answer = resolve));
      });
    },
  });
  return {
    plugin,
    requests,
    asked: () => (requests.length > 0 ? Promise.resolve(requests.at(-1)!) : next),
    allow: () => answer(undefined),
    deny: (denial) => answer(denial),
  };
}
