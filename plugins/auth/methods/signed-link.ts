// Links that carry a signature and run out.
import { hostOf, type StreamRequest } from 'livego';
import { isSame } from '../credentials/constant-time.ts';
import type { SignOptions } from '../schema.ts';
import { readLink, signatureOf, type SignedFacts } from '../credentials/signatures.ts';
import { ABSENT, wrong, type Method, type Verdict } from './verdict.ts';

export class SignedLink implements Method {
  readonly name = 'sign';
  readonly credentials = 'a signed link';
  readonly #options: SignOptions;

  constructor(options: SignOptions) {
    this.#options = options;
  }

  check({ role, app, name, query, client }: StreamRequest): Verdict {
    const { format, secret, previousSecret, bindIp, endsSession } = this.#options;
    const link = readLink(query, format);
    if (!link) return ABSENT;
    if (!/^\d{1,12}$/.test(link.expires)) return wrong('the link does not say when it expires');
    const ip = bindIp ? hostOf(client.remote) : undefined;
    const facts: SignedFacts = { action: role, app, name, expires: Number(link.expires), ip };
    // The signature first: a link that this server has not made learns nothing, not even that it is too old.
    const secrets = [secret, previousSecret].filter((each) => each !== '');
    const fits = secrets.map((each) => isSame(link.signature, signatureOf(facts, each, this.#options)));
    if (!fits.includes(true)) return wrong('the signature of the link does not fit');
    const until = new Date(facts.expires * 1000);
    if (until.getTime() <= Date.now()) return { is: 'forbidden', reason: 'the link has expired' };
    return { is: 'admitted', ...(endsSession && { until, reason: 'the link has expired' }) };
  }
}
