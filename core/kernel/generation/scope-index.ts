// Finds instances by their place in the config: thousands of applications have tens of thousands of them.
import type { Scope, ScopePlace } from '../instance/scope.ts';

export class ScopeIndex {
  /** By the plugin's name, then by the application's; undefined is the server-wide instance. */
  readonly #places = new Map<string, Map<string | undefined, Scope>>();

  constructor(scopes: readonly Scope[]) {
    for (const scope of scopes) {
      const { name } = scope.definition;
      const ofPlugin = this.#places.get(name);
      if (ofPlugin) ofPlugin.set(scope.servername, scope);
      else this.#places.set(name, new Map([[scope.servername, scope]]));
    }
  }

  /** The instance of the plugin by that name: its code may be another one. */
  find({ definition, servername }: ScopePlace): Scope | undefined {
    return this.#places.get(definition.name)?.get(servername);
  }
}
