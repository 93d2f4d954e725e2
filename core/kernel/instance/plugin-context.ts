// The contexts that a plugin's functions are given.
import { livegoError } from '../../errors.ts';
import type { ConfigAccess } from '../../plugin/config-access.ts';
import type { Handover, HandoverKey } from '../../plugin/handover.ts';
import type {
  Addresses,
  AdmissionView,
  AppContext,
  HttpAddresses,
  PluginContext,
  ServerContext,
} from '../../plugin/plugin.ts';
import type { Question, QuestionSpec } from '../../plugin/worker-calls.ts';
import type { PacketFormat, SharedFormat } from '../../media/packet-format.ts';
import type { ResourceOwner } from '../../resource-owner.ts';
import type { ConnectionView } from '../../session/clients/connection-view.ts';
import type { SessionView } from '../../session/session-view.ts';
import { Delivery } from '../../stream/delivery.ts';
import { findNameFault } from '../../stream-address.ts';
import type { PacketFilter } from '../../stream/packets/packet-filters.ts';
import type { Stream } from '../../stream/stream.ts';
import type { StreamView } from '../../stream/stream-view.ts';
import {
  checkCallback,
  checkCommand,
  checkHandover,
  checkMetric,
  checkProvider,
  checkRoutes,
  checkSink,
} from './declaration-checks.ts';
import { recheckSessions } from './recheck.ts';
import type { Declarations, EndpointSpec } from './declarations.ts';
import type { KernelServices } from './services.ts';
import { buildTapper } from './tapper.ts';

/** The instance behind a context. */
export interface ContextScope extends ResourceOwner {
  readonly definition: { readonly name: string };
  readonly label: string;
  readonly log: PluginContext['log'];
  readonly peerLog: PluginContext['log'];
  readonly declared: Declarations;
  keepAttached(stream: Stream, undo: () => void): () => void;
  requireDeclaring(what: string): void;
  requireRunning(what: string): void;
  requireStarted(what: string): void;
  requireCurrent(what: string): void;
}

export function buildServerContext(scope: ContextScope, services: KernelServices): ServerContext {
  const { commands } = services;
  const addEndpoints = (what: string, { port, tls }: Addresses, service: EndpointSpec['service']): void => {
    scope.requireDeclaring(what);
    const { endpoints } = scope.declared;
    endpoints.push({ option: 'port', address: port, tls: undefined, service });
    if (tls !== undefined && tls.port !== 0)
      endpoints.push({ option: 'tls.port', address: tls.port, tls, service });
  };
  return {
    ...buildContext(scope, services),
    commands,
    config: configFor(scope, services.config),
    addresses: () => services.addresses(),
    question: (spec) => declareQuestion(scope, services, spec),
    connections: () => connectionViewsOf(services.sessions),
    metrics: () => services.metrics(),
    listen: (addresses, onConnection) => {
      checkCallback(scope.label, 'listen', onConnection);
      addEndpoints('listen', addresses, { kind: 'tcp', onConnection });
    },
    serve: (addresses: HttpAddresses, routes) => {
      checkRoutes(scope.label, routes);
      addEndpoints('serve', addresses, { kind: 'http', routes, allowOrigin: addresses.allowOrigin ?? '' });
    },
    store: (media) => {
      scope.requireDeclaring('store');
      scope.declared.stored.push(media);
    },
    serveBeside(hosts, routes, { allowOrigin = '' } = {}) {
      scope.requireDeclaring('serveBeside');
      checkRoutes(scope.label, routes);
      scope.declared.guests.push({ hosts, routes, allowOrigin });
    },
  };
}

function declareQuestion<Input, Output>(
  scope: ContextScope,
  { everywhere }: KernelServices,
  spec: QuestionSpec<Input, Output>,
): Question<Input, Output> {
  scope.requireDeclaring('question');
  scope.declared.questions.push(spec);
  return everywhere.question(`${scope.definition.name}.${spec.name}`);
}

// A reload waits for every start and stop, so one that waits for a reload would wait for itself.
function configFor(scope: ContextScope, config: ConfigAccess): ConfigAccess {
  return {
    get shortForms() {
      return config.shortForms;
    },
    get reports() {
      return config.reports;
    },
    get history() {
      return config.history;
    },
    file: config.file,
    current: () => config.current(),
    read: () => config.read(),
    edit: async (change, edit) => {
      scope.requireCurrent('change the config');
      return await config.edit(change, edit);
    },
    check: (text) => config.check(text),
    plan: (text) => config.plan(text),
    apply: async (text, reason) => {
      scope.requireCurrent('apply a config');
      return await config.apply(text, reason);
    },
    reload: async (reason) => {
      scope.requireCurrent('reload the config');
      return await config.reload(reason);
    },
  };
}

export function buildAppContext(
  scope: ContextScope,
  servername: string,
  services: KernelServices,
): AppContext {
  return { ...buildContext(scope, services), servername };
}

function buildContext(scope: ContextScope, services: KernelServices): PluginContext {
  return {
    log: scope.log,
    peerLog: scope.peerLog,
    hooks: buildTapper(scope),
    ...watching(scope, services),
    ...declaring(scope),
    show: services.show,
    everywhere: services.everywhere,
    now: () => services.ticker.now(),
    holdMemory: (key, bytes) => services.hub.memory.hold(key, bytes),
    fileEnd: (file) => services.fileEnd({ ...file, plugin: scope.definition.name }),
    announce: (event) => services.announce({ at: new Date(), ...event, plugin: scope.definition.name }),
    format: formatsFor(scope, services),
    state: (token) => {
      const { pluginStates } = services;
      if (!pluginStates.has(token)) pluginStates.set(token, token.make());
      return pluginStates.get(token) as ReturnType<typeof token.make>;
    },
  };
}

function formatsFor(
  { definition, label }: ContextScope,
  { formats }: KernelServices,
): PluginContext['format'] {
  return <Format extends PacketFormat>(which: string | SharedFormat<Format>, make?: () => Format): Format => {
    if (typeof which === 'string') checkCallback(label, `format("${which}")`, make);
    const format =
      typeof which === 'string' ? formats.acquire(definition, which, make!) : formats.share(which);
    return format as Format;
  };
}

function alterStream(scope: ContextScope, stream: Stream, filter: PacketFilter): () => void {
  return scope.keepAttached(stream, stream.alter(filter));
}

type Watching =
  'admission' | 'streams' | 'sessions' | 'recheck' | 'attach' | 'alter' | 'deliver' | 'provide' | 'adopt';

function watching(scope: ContextScope, services: KernelServices): Pick<PluginContext, Watching> {
  const { hub, sessions, providers } = services;
  const plugin = scope.definition.name;
  const find = (view: StreamView, what: string): Stream => {
    scope.requireRunning(what);
    scope.requireStarted(what);
    const stream = hub.resolve(view);
    if (stream) return stream;
    const values = { plugin: scope.label, call: what, stream: view.displayKey };
    throw livegoError('LVG_SERVER_STATE', 'streamEnded', values);
  };
  return {
    admission: admissionFor(scope, services),
    streams: () => hub.streams.filter(({ origin }) => origin === 'local').map(({ view }) => view),
    sessions: () => viewsOf(sessions),
    recheck: () => recheckSessions(scope, services),
    attach: (view, sink, { from } = {}) => {
      const stream = find(view, 'attach a sink');
      checkSink(scope.label, sink);
      return scope.keepAttached(stream, stream.attach(sink, from));
    },
    alter: (view, filter) => alterStream(scope, find(view, 'alter it'), filter),
    deliver: (view, settings) => new Delivery(find(view, 'deliver it'), settings, scope),
    provide: (name, provider) => {
      scope.requireCurrent('provide');
      const fault = findNameFault(name.app) ?? findNameFault(name.name);
      if (fault !== undefined)
        throw livegoError('LVG_SERVER_STATE', 'streamName', { plugin: scope.label, call: 'provide', fault });
      checkProvider(scope.label, provider);
      return providers.provide(name, { plugin, owner: scope, provider });
    },
    adopt: (resource) => {
      scope.requireStarted('adopt what is handed over');
      const owned = 'moveTo' in resource ? resource : providers.provisionOf(resource);
      owned?.moveTo(scope);
    },
  };
}

function admissionFor(scope: ContextScope, { admission }: KernelServices): AdmissionView {
  const admitting = (): string => {
    scope.requireStarted('admit a client');
    return scope.definition.name;
  };
  return {
    get readTimeoutMs() {
      return admission.readTimeoutMs;
    },
    get writeTimeoutMs() {
      return admission.writeTimeoutMs;
    },
    hasApp: (name) => admission.hasApp(name),
    isOpen: (app) => admission.isOpen(app),
    stored: admission.stored,
    arrive: (facts) => admission.arrive(admitting(), facts),
    ask: (facts, target) => admission.ask(admitting(), facts, target),
  };
}

type Declaring = 'metric' | 'command' | 'everySecond' | 'onStart' | 'onActivate' | 'onStop' | 'handover';

function declaring(scope: ContextScope): Pick<PluginContext, Declaring> {
  return {
    metric: (spec) => {
      checkMetric(scope.label, spec);
      add(scope, 'metric', 'metrics', spec);
      return spec;
    },
    command: (spec) => {
      checkCommand(scope.label, spec);
      add(scope, 'command', 'commands', spec);
    },
    everySecond: (tick) => addCallback(scope, 'everySecond', 'ticks', tick),
    onStart: (start) => addCallback(scope, 'onStart', 'starts', start),
    onActivate: (activate) => addCallback(scope, 'onActivate', 'activations', activate),
    onStop: (stop) => addCallback(scope, 'onStop', 'stops', stop),
    handover: <State>({ name }: HandoverKey<State>, handover: Handover<State>) => {
      checkHandover(scope.label, name, handover as Handover<never>);
      const record = { name, handover: handover as Handover<unknown> };
      if (scope.declared.handovers.some((each) => each.name === name))
        throw livegoError('LVG_PLUGIN_FAILED', 'handoverTwice', { plugin: scope.label, handover: name });
      add(scope, 'handover', 'handovers', record);
    },
  };
}

function addCallback<Kind extends 'ticks' | 'starts' | 'activations' | 'stops'>(
  scope: ContextScope,
  what: string,
  kind: Kind,
  callback: Declarations[Kind][number],
): void {
  checkCallback(scope.label, what, callback);
  add(scope, what, kind, callback);
}

function add<Kind extends keyof Declarations>(
  scope: ContextScope,
  what: string,
  kind: Kind,
  item: Declarations[Kind][number],
): void {
  scope.requireDeclaring(what);
  (scope.declared[kind] as (typeof item)[]).push(item);
}

function* connectionViewsOf(sessions: KernelServices['sessions']): Generator<ConnectionView> {
  for (const { view } of sessions.connections) yield view;
}

function* viewsOf(sessions: KernelServices['sessions']): Generator<SessionView> {
  for (const { view } of sessions) yield view;
}
