// The questions to plugins on the way to a stream: who may connect, what a name stands for, who may publish and play.
import type { Client } from '../client.ts';
import type { Logger } from '../log/log.ts';
import { findNameFault } from '../stream-address.ts';
import { andThen, type NowOrLater } from '../time/now-or-later.ts';
import type { Application, ResolvedName } from './application.ts';
import { Right } from './clients/right.ts';
import type { Asker } from './clients/connection.ts';
import { Denial } from './denial.ts';
import { describeClient } from './describe-session.ts';
import type { Identities } from './identities.ts';
import type { ConnectRequest, DeniedRequest, StreamRequest, StreamTarget } from './requests.ts';
import type { SessionFacts } from './session.ts';

export interface GateServices {
  /** For lines that peers cause. */
  readonly limited: Logger;
  readonly identities: Identities;
  findApp(name: string): Application | undefined;
}

/** A client that may publish or play. */
export interface Admitted {
  readonly app: Application;
  readonly facts: SessionFacts;
}

type Role = 'publish' | 'play';

export class Gates {
  readonly #services: GateServices;

  constructor(services: GateServices) {
    this.#services = services;
  }

  connect(asker: Asker, app: string, query: URLSearchParams): NowOrLater<Denial | undefined> {
    const { client, right, authorization } = asker;
    const found = this.#find(app, client);
    const limitUntil = limiter(right);
    const request: ConnectRequest = { id: client.id, client, app, query, authorization, limitUntil };
    const answer = found instanceof Denial ? found : found.hooks.connect(request);
    if (answer === undefined) return undefined;
    return andThen(answer, (denial) => denial && this.deny(connecting(client, app), denial));
  }

  admit(asker: Asker, target: StreamTarget, role: Role): NowOrLater<Admitted | Denial> {
    const { client, right, authorization } = asker;
    const { app, name, query } = target;
    const found = this.#find(app, client);
    const id = this.#services.identities.nextId();
    // Without an application nothing tells whether the name is a secret.
    if (found instanceof Denial) return this.deny({ id, role, client, app, displayKey: app }, found);
    const own = new Right(right);
    const displayKey = found.hooks.secretNames ? `${app}/***` : `${app}/${name}`;
    const names = { askedName: name, name, displayKey };
    const asked: StreamRequest = {
      id,
      role,
      client,
      app,
      ...names,
      query,
      authorization,
      limitUntil: limiter(own),
    };
    const resolved = found.hooks.resolveName(asked);
    const proceed = (name: ResolvedName | Denial): NowOrLater<Admitted | Denial> =>
      name instanceof Denial ? this.deny(asked, name) : this.#askFor(asked, name, own, found);
    return resolved instanceof Promise ? resolved.then(proceed) : proceed(resolved);
  }

  /** Logs a denial and tells plugins. Returns it. */
  deny({ id, role, client, app, displayKey }: DeniedRequest, denial: Denial): Denial {
    this.#services.limited.info(
      { ...describeClient(client), code: denial.code },
      `${displayKey} ${ROLE_WORDS[role]} denied: ${denial.reason}`,
    );
    this.#services.findApp(app)?.hooks.denied({ id, role, client, app, displayKey }, denial);
    return denial;
  }

  #askFor(
    asked: StreamRequest,
    { name: shown, printable }: ResolvedName,
    right: Right,
    { hooks }: Application,
  ): NowOrLater<Admitted | Denial> {
    const { role, client, app, name } = asked;
    const displayKey = printable ? `${app}/${shown}` : `${app}/***`;
    if (shown !== name && findNameFault(shown) !== undefined)
      return this.deny({ ...asked, displayKey: `${app}/***` }, BAD_NAME);
    const isAsIs = shown === name && displayKey === asked.displayKey;
    const request = isAsIs ? asked : { ...asked, name: shown, displayKey };
    const secretNames = hooks.secretNames ? secretsOf(name, shown, printable) : NO_SECRETS;
    const conclude = (denial: Denial | undefined): Admitted | Denial => {
      // While the gates worked, a reload may have removed the application or given it other options.
      const present = denial ?? this.#find(app, client);
      if (present instanceof Denial) return this.deny(request, present);
      return { app: present, facts: { request, right, displayKey, secretNames } };
    };
    return andThen(hooks[role](request, secretNames), conclude);
  }

  #find(name: string, { plugin }: Client): Application | Denial {
    const app = this.#services.findApp(name);
    if (!app) return new Denial('not-found', `there is no application "${name}" (servers[].servername)`);
    if (!app.allows(plugin))
      return new Denial('not-found', `${plugin} is switched off for application "${name}"`);
    return app;
  }
}

const NO_SECRETS: readonly string[] = [];

/** Once it is resolved, the name that was asked for may still be a secret. */
function secretsOf(asked: string, shown: string, printable: boolean): readonly string[] {
  return printable ? [asked].filter((each) => each !== shown) : [asked, shown];
}

/** A name becomes part of addresses, files and logs: see findNameFault. */
const BAD_NAME = new Denial('invalid', 'a plugin gave the stream a name that no stream may have');

const ROLE_WORDS = { connect: 'connection', publish: 'publisher', play: 'viewer' } as const;

export function connecting(client: Client, app: string): DeniedRequest {
  return { id: client.id, role: 'connect', client, app, displayKey: app };
}

function limiter(right: Right): ConnectRequest['limitUntil'] {
  return (at, reason) => right.limitUntil(at, reason);
}
