// An asynchronous gate: a web service decides who may publish. It gets a POST with JSON and answers 2xx or 4xx.
import { definePlugin, Denial } from 'livego';

interface Options {
  readonly url: string;
  readonly timeoutMs: number;
}

export default definePlugin<Options>({
  name: 'ask-gate',
  enabledByDefault: false,
  schema: {
    type: 'object',
    required: ['url'],
    properties: {
      url: {
        type: 'string',
        pattern: '^https?://',
        description: 'The web service that is asked.',
        expects: 'an http:// URL',
      },
      timeoutMs: { type: 'integer', minimum: 1, default: 2000, description: 'How long the answer may take.' },
    },
  },
  app({ hooks }, { url, timeoutMs }) {
    hooks.publish.tap(async ({ app, name, displayKey, client, query }) => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ app, name, remote: client.remote, token: query.get('token') }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (answer.ok) return undefined;
      if (answer.status < 500) return new Denial('forbidden', `you may not publish ${displayKey}`);
      // A gate that throws denies the client, and the log has this message.
      throw new Error(`${url} answered ${answer.status}`);
    });
  },
});
