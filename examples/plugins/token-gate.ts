// A gate: publishers and viewers need a signed link that expires, as in
// rtmp://HOST/live/movie?expires=1900000000&sign=9f86d0…  and  http://HOST:8011/live/movie.flv?expires=…&sign=…
import { createHmac, timingSafeEqual } from 'node:crypto';
import { definePlugin, Denial, type StreamRequest } from 'livego';

interface Options {
  readonly secret: string;
  readonly publish: boolean;
  readonly play: boolean;
}

export default definePlugin<Options>({
  name: 'token-gate',
  enabledByDefault: false,
  schema: {
    type: 'object',
    required: ['secret'],
    properties: {
      secret: { type: 'string', minLength: 16, description: 'Signs the links. Best given as "${NAME}".' },
      publish: { type: 'boolean', default: true, description: 'Whether publishers need a signed link.' },
      play: { type: 'boolean', default: false, description: 'Whether viewers need a signed link.' },
    },
  },
  app({ hooks }, { secret, publish, play }) {
    if (publish) hooks.publish.tap((request) => check(request, 'publish', secret));
    if (play) hooks.play.tap((request) => check(request, 'play', secret));
  },
});

function check({ app, name, query }: StreamRequest, use: string, secret: string): Denial | undefined {
  const expires = Number(query.get('expires') ?? NaN);
  const sign = query.get('sign') ?? '';
  if (Number.isNaN(expires) || sign === '') return new Denial('unauthorized', 'the link is not signed');
  if (Date.now() / 1000 > expires) return new Denial('unauthorized', 'the link has run out');
  const wanted = Buffer.from(signStream(secret, use, `${app}/${name}`, expires));
  const given = Buffer.from(sign);
  const same = wanted.length === given.length && timingSafeEqual(wanted, given);
  return same ? undefined : new Denial('forbidden', 'the signature does not fit the stream');
}

/** The signature that your web site puts behind `sign=`: `use` is "publish" or "play", `key` is "live/movie". */
export function signStream(secret: string, use: string, key: string, expires: number): string {
  return createHmac('sha256', secret).update(`${use} ${key} ${expires}`).digest('hex');
}
