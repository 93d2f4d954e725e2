// What operations work with.
import type { ServerContext } from 'livego';
import type { EventClient } from './events/event-client.ts';
import type { OtherPlugins } from './http/commands.ts';
import type { Muting } from './mutes.ts';
import type { ApiOptions } from './schema.ts';
import type { ApiState } from './state.ts';

export interface ApiServices {
  readonly context: ServerContext;
  readonly options: ApiOptions;
  readonly state: ApiState;
  readonly others: OtherPlugins;
  readonly muting: Muting;
  readonly eventClients: Set<EventClient>;
}
