// Ends everything of a stream.
import type { EndCause, PluginContext } from 'livego';

/** Returns how many publishers and viewers were told and disconnected. */
export function endStream(context: Pick<PluginContext, 'sessions'>, key: string, cause: EndCause): number {
  const ours = [...context.sessions()].filter((session) => session.key === key);
  // Viewers first: they would be told that the publisher has left, or wait for it to return.
  for (const session of ours) if (session.role === 'play') session.close(cause);
  for (const session of ours) if (session.role === 'publish') session.close(cause);
  return ours.length;
}
