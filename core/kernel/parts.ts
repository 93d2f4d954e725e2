// The parts of a kernel that outlive its generations, put together.
import { ControlRates } from '../http/access/control-rates.ts';
import { PacedReaders } from '../intake/paced-reader.ts';
import type { Logger } from '../log/log.ts';
import { PeerLog } from '../log/peer-log.ts';
import { ListenerPool } from '../net/listener-pool.ts';
import { Admission } from '../session/admission.ts';
import { LocalIdentities } from '../session/identities.ts';
import { Providers } from '../session/providers/providers.ts';
import { Publications } from '../session/publications.ts';
import { SessionList } from '../session/session-list.ts';
import { StreamHub } from '../stream/stream-hub.ts';
import { Ticker } from '../time/ticker.ts';
import type { App } from './generation/app.ts';
import { CommandInputs } from './generation/command-inputs.ts';
import type { Generation } from './generation/generation.ts';
import type { KernelSettings } from './settings.ts';
import { bridgeStreamEvents } from './stream-events.ts';

export interface KernelParts {
  readonly peerLog: PeerLog;
  /** For lines that peers cause. */
  readonly limited: Logger;
  readonly ticker: Ticker;
  readonly pool: ListenerPool;
  readonly hub: StreamHub;
  readonly sessions: SessionList;
  readonly readers: PacedReaders;
  readonly providers: Providers;
  readonly admission: Admission;
  readonly rates: ControlRates;
  readonly inputs: CommandInputs;
}

/** The generation that is current, as the parts look it up. */
export interface CurrentGeneration {
  readonly generation: Generation;
  findApp(name: string): App | undefined;
  findAnyApp(name: string): App | undefined;
}

export function makeParts(log: Logger, settings: KernelSettings, now: CurrentGeneration): KernelParts {
  const { elsewhere, identities = new LocalIdentities() } = settings;
  const ticker = new Ticker((error) => log.error({ err: error }, 'a tick failed'));
  const peerLog = new PeerLog(log);
  ticker.add((time) => peerLog.tick(time));
  const limited = peerLog.limit(log);
  const pool = new ListenerPool(log, settings.openDoor);
  ticker.add(() => pool.lookForFiles());
  const events = bridgeStreamEvents(now, (key) => elsewhere?.release(key));
  const hub = new StreamHub(limited, ticker, events);
  const sessions = new SessionList(limited, ticker);
  const readers = new PacedReaders();
  const findApp = (name: string): App | undefined => now.findApp(name);
  const serverOptions = () => now.generation.config?.server;
  const shared = { log, ticker, hub, sessions, readers, identities, elsewhere, findApp };
  const publications = new Publications({ ...shared, limited });
  const maxStreams = (): number => serverOptions()?.maxStreams ?? 0;
  const providers = new Providers({ ...shared, log: limited, publications, maxStreams });
  const findAnyApp = (name: string): App | undefined => now.findAnyApp(name);
  const stored = () => now.generation.stored;
  const current = { findApp, findAnyApp, serverOptions, stored };
  const admission = new Admission({ ...shared, limited, publications, providers, current });
  const rates = new ControlRates();
  const inputs = new CommandInputs();
  return { peerLog, limited, ticker, pool, hub, sessions, readers, providers, admission, rates, inputs };
}
