// A new generation is staged beside the current one: everything that can fail happens here, and on a fault all of it is
// undone.
//
// The room has the steps of a reload (staging, commit) and their words (changes, report). kernel.ts calls them in order.
import type { ResolvedConfig } from '../../config.ts';
import { withPlaces } from '../../config-place.ts';
import type { Logger } from '../../log/log.ts';
import type { ListenerPool } from '../../net/listener-pool.ts';
import { certificateFilesOf } from '../../net/planned-address.ts';
import type { StopCause } from '../../plugin/plugin.ts';
import { eachInTurns, mapInTurns } from '../../time/in-turns.ts';
import { withTimeout } from '../../time/timeout.ts';
import { findChanges, isUnchanged, type Changes } from './changes.ts';
import { Endpoint, type PreparedPlan } from '../generation/endpoint.ts';
import { readAllCredentials, warnOfExpiry, type EndpointPlan } from '../generation/endpoint-plan.ts';
import { findFormerApps, Remains } from '../generation/former-apps.ts';
import {
  assemble,
  planScopes,
  release,
  type AssemblyParts,
  type Generation,
  type ScopePlan,
} from '../generation/generation.ts';
import type { HookRunner } from '../generation/hook-runner.ts';
import type { Scope } from '../instance/scope.ts';
import type { KernelServices } from '../instance/services.ts';
import { stopOrder } from './stop-order.ts';

/** A new generation, complete but not current. */
export interface Staged {
  readonly generation: Omit<Generation, 'former'> & { readonly hooks: HookRunner };
  /** Looks for them when the generation becomes current: clients come while it waits for other workers. */
  readonly findFormer: () => Generation['former'];
  readonly plan: ScopePlan;
  readonly prepared: readonly PreparedPlan[];
  readonly changes: Changes;
}

export interface StagingServices {
  readonly log: Logger;
  readonly parts: AssemblyParts;
  readonly pool: ListenerPool;
  readonly services: KernelServices;
  /** Aborts when the server stops. */
  readonly stopping: AbortSignal;
  readonly startLimitMs: number;
  readonly stopLimitMs: number;
  /** Called before certificates and keys are read, so that no later change of them is missed. */
  onCertificateFiles(files: readonly string[]): void;
}

export class Staging {
  readonly #services: StagingServices;

  constructor(services: StagingServices) {
    this.#services = services;
  }

  /** Throws the error for which the config is rejected; everything is then as it was. */
  async stage(config: ResolvedConfig, current: Generation): Promise<Staged> {
    const { log, parts, services } = this.#services;
    const plan = await planScopes(config, current.scopes, services);
    const acquired: string[] = [];
    const started: Scope[] = [];
    try {
      const assembly = await assemble(config, plan.scopes, parts);
      this.#services.onCertificateFiles(certificateFilesOf(assembly.plans));
      const credentials = await readAllCredentials(assembly.plans);
      warnOfExpiry(assembly.plans, credentials, log);
      const endpoints = await this.#acquire(assembly.plans, current, acquired);
      const prepared = assembly.plans.map((each) =>
        endpoints.get(each.key)!.prepare(each, credentials.get(each.key)),
      );
      await eachInTurns(plan.fresh, (scope) => {
        started.push(scope);
        return this.#start(scope);
      });
      const renewed = assembly.plans.filter((_, index) => prepared[index]!.certificateChanged);
      const certificates = renewed.map(({ options }) => options[0]);
      const changes = await findChanges(current, { config, plans: assembly.plans }, plan, certificates);
      const number = isUnchanged(changes) && current.number > 0 ? current.number : current.number + 1;
      const { gateTimeoutMs } = config.server;
      const now = { apps: assembly.apps, remains: new Remains(plan), gateTimeoutMs };
      const findFormer = (): Generation['former'] => findFormerApps(current, now, services, parts.limited);
      const generation = { number, config, scopes: plan.scopes, endpoints, ...assembly };
      return { generation, findFormer, plan, prepared, changes };
    } catch (error) {
      await this.#undo(plan, started, acquired);
      throw withPlaces(error, config);
    }
  }

  /** A generation that was staged is not applied: everything is as it was. */
  async discard({ plan, generation }: Staged): Promise<void> {
    await this.#undo(plan, plan.fresh, [...generation.endpoints.keys()]);
  }

  /** Stops instances, group by group. Only logs. */
  async retire(scopes: readonly Scope[], causeOf: (scope: Scope) => StopCause): Promise<void> {
    for (const group of stopOrder(scopes))
      await Promise.all(await mapInTurns(group.toReversed(), (scope) => this.#stop(scope, causeOf(scope))));
  }

  async #stop(scope: Scope, cause: StopCause): Promise<void> {
    const { stopLimitMs, log } = this.#services;
    try {
      await withTimeout(stopLimitMs, scope.stop(cause), tooSlow(scope, 'stop', stopLimitMs));
    } catch (error) {
      log.error({ err: error }, `${scope.label} is no longer waited for`);
    }
  }

  async #undo({ fresh }: ScopePlan, started: readonly Scope[], acquired: readonly string[]): Promise<void> {
    await this.retire(started, () => 'rejected');
    release(fresh);
    for (const key of acquired.toReversed()) await this.#services.pool.release(key);
  }

  async #acquire(
    plans: readonly EndpointPlan[],
    current: Generation,
    acquired: string[],
  ): Promise<Map<string, Endpoint>> {
    const endpoints = new Map<string, Endpoint>();
    for (const plan of plans) {
      const { key, address, options } = plan;
      const listener = await this.#services.pool.acquire(key, address, options[0]);
      acquired.push(key);
      endpoints.set(
        key,
        current.endpoints.get(key) ?? new Endpoint(plan, listener, this.#services.services.http),
      );
    }
    return endpoints;
  }

  #start(scope: Scope): Promise<void> | undefined {
    const { startLimitMs, stopping } = this.#services;
    const started = scope.start();
    return started && withTimeout(startLimitMs, started, tooSlow(scope, 'start', startLimitMs), stopping);
  }
}

function tooSlow(scope: Scope, what: 'start' | 'stop', limitMs: number): string {
  return `plugin ${scope.label} did not ${what} within ${limitMs / 1000} s`;
}
