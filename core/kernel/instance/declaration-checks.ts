// Wrong declarations, found where they are made: each throws LVG_PLUGIN_FAILED with one message.
import type { Route } from '../../http/router.ts';
import { livegoError } from '../../errors.ts';
import type { CommandSpec } from '../../plugin/commands.ts';
import type { Handover } from '../../plugin/handover.ts';
import type { MetricSpec } from '../../plugin/metrics.ts';
import { requireShape, type Shape } from '../../require-shape.ts';
import type { StreamProvider } from '../../session/providers/provider.ts';
import type { Sink } from '../../stream/sink.ts';

const FUNCTION: Shape = { '': 'function' };

export function checkCallback(plugin: string, what: string, callback: unknown): void {
  check(plugin, `what is given to ${what}`, callback, FUNCTION);
}

export function checkSink(plugin: string, sink: Sink): void {
  check(plugin, 'the sink', sink, {
    '': 'object',
    write: 'function',
    pause: 'function?',
    discontinuity: 'function?',
    end: 'function?',
  });
}

export function checkProvider(plugin: string, provider: StreamProvider): void {
  const shape: Shape = { '': 'object', description: 'string', start: 'function', stop: 'function' };
  check(plugin, 'the provider', provider, shape);
}

export function checkHandover(plugin: string, name: string, handover: Handover<never>): void {
  check(plugin, `the handover "${name}"`, handover, { give: 'function', take: 'function' });
}

export function checkMetric(plugin: string, spec: MetricSpec): void {
  check(plugin, `the metric "${spec.name}"`, spec, {
    name: 'string',
    type: 'string',
    help: 'string',
  });
}

export function checkCommand(plugin: string, spec: CommandSpec): void {
  check(plugin, `the command "${spec.name}"`, spec, {
    name: 'string',
    description: 'string',
    input: 'object',
    run: 'function',
  });
}

export function checkRoutes(plugin: string, routes: readonly Route[]): void {
  for (const route of routes) {
    const { path, methods, extension } = route;
    const shape: Shape = { path: 'string', methods: 'object', handle: 'function', upgrade: 'function?' };
    check(plugin, `the route ${path}`, route, shape);
    if (!/^[/*]/.test(path)) throw livegoError('LVG_PLUGIN_FAILED', 'routePath', { plugin, path });
    if (methods.length === 0) throw livegoError('LVG_PLUGIN_FAILED', 'routeMethods', { plugin, path });
    if (extension !== undefined && !/^[a-z0-9]+$/.test(extension))
      throw livegoError('LVG_PLUGIN_FAILED', 'routeExtension', { plugin, path, extension });
  }
}

function check(plugin: string, thing: string, value: unknown, shape: Shape): void {
  requireShape(thing, value, shape, `plugin ${plugin}: `);
}
