// Instances of plugins own the resources that they run. A resource ends with its owner, unless a successor adopts it.
import type { EndCause } from './end-cause.ts';

export interface OwnedResource {
  /** The stream that it reads or publishes, if it has one yet. */
  readonly stream: { readonly key: string } | undefined;
  /** From now on it belongs to, and ends with, another owner. */
  moveTo(owner: ResourceOwner): void;
  end(cause: EndCause): void;
}

export interface ResourceOwner {
  /** It ends what it owns when it stops, so it must not be given anything afterwards. */
  readonly stopped: boolean;
  /** From now on the resource ends with this owner. */
  keep(resource: OwnedResource): void;
  /** The resource has ended, or has another owner. */
  letGo(resource: OwnedResource): void;
}
