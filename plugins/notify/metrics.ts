// Figures about web hooks.
import type { ServerContext } from 'livego';
import type { NotifyState } from './state.ts';

export function declareMetrics(context: ServerContext, { outbox, questions }: NotifyState): void {
  const counter = (name: string, help: string, labels?: readonly string[]) =>
    context.metric({ name: `notify_${name}_total`, type: 'counter', help, ...(labels && { labels }) });
  const delivered = counter('events_delivered', 'Events that a web service has taken.');
  const failed = counter('attempts_failed', 'Attempts to tell an event that failed.');
  const dropped = counter('events_dropped', 'Events that no web service has taken.', ['reason']);
  const asked = counter('questions', 'Questions to web services about clients.', ['answer']);
  const spoolFailures = counter('spool_failures', 'Events that could not be written to the spool.');
  const queued = context.metric({ name: 'notify_events_queued', type: 'gauge', help: 'Events that wait.' });
  context.hooks.stat.tap((write) => {
    const { counters } = outbox;
    write.counter(delivered, counters.delivered);
    write.counter(failed, counters.attemptsFailed);
    write.counter(dropped, counters.droppedFull, { reason: 'full' });
    write.counter(dropped, counters.replaced, { reason: 'replaced' });
    write.counter(dropped, counters.droppedFailed, { reason: 'failed' });
    for (const [answer, count] of Object.entries(questions))
      write.counter(asked, count as number, { answer });
    write.counter(spoolFailures, outbox.spool?.failures ?? 0);
    write.gauge(queued, outbox.queued);
  });
}
