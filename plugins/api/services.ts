// What operations work with.
import type { ServerContext } from 'livego';
import type { Closing } from './closing.ts';
import type { EventFeed } from './events/event-feed.ts';
import type { OtherPlugins } from './http/commands.ts';
import type { Muting } from './mutes.ts';
import type { Recordings } from './recordings.ts';
import type { ApiOptions } from './schema.ts';
import type { SharedChanges } from './shared-changes.ts';
import type { ApiState } from './state.ts';

export interface ApiServices {
  readonly context: ServerContext;
  readonly options: ApiOptions;
  readonly state: ApiState;
  readonly others: OtherPlugins;
  readonly muting: Muting;
  readonly shared: SharedChanges;
  readonly closing: Closing;
  readonly recordings: Recordings;
  readonly feed: EventFeed;
}
