// Signatures of links: the one of this server, and those of node-media-server and nginx, so that people can move.
import { createHash, createHmac } from 'node:crypto';

export type SignFormat = 'livego' | 'node-media-server' | 'secure_link';

export const SIGN_FORMATS: readonly SignFormat[] = ['livego', 'node-media-server', 'secure_link'];

export type Action = 'publish' | 'play';

/** The facts that are signed. */
export interface SignedFacts {
  readonly action: Action;
  readonly app: string;
  readonly name: string;
  /** Unix time in seconds. */
  readonly expires: number;
  /** The client's address, for links that only it may use. */
  readonly ip: string | undefined;
}

export interface SignSettings {
  readonly format: SignFormat;
  /** For `secure_link`: what nginx's secure_link_md5 has, with these variables: {expires} {uri} {ip} {secret}. */
  readonly expression: string;
}

export const DEFAULT_EXPRESSION = '{expires}{uri}{ip} {secret}';

/** The parameters of the link. */
export function signLink(facts: SignedFacts, secret: string, settings: SignSettings): Record<string, string> {
  const { expires } = facts;
  const signature = signatureOf(facts, secret, settings);
  if (settings.format === 'node-media-server') return { sign: `${expires}-${signature}` };
  const name = settings.format === 'secure_link' ? 'md5' : 'sign';
  return { expires: String(expires), [name]: signature };
}

const SIGN: Readonly<Record<SignFormat, (facts: SignedFacts, secret: string, expression: string) => string>> =
  {
    livego: ({ action, app, name, expires, ip }, secret) => {
      const text = [action, `${app}/${name}`, expires, ...(ip === undefined ? [] : [ip])].join(' ');
      return createHmac('sha256', secret).update(text).digest('hex');
    },
    'node-media-server': ({ app, name, expires }, secret) =>
      createHash('md5').update(`/${app}/${name}-${expires}-${secret}`).digest('hex'),
    secure_link: ({ app, name, expires, ip = '' }, secret, expression) => {
      const values: Record<string, string> = { expires: String(expires), uri: `/${app}/${name}`, ip, secret };
      const text = expression.replaceAll(/\{(\w+)\}/g, (whole, word: string) => values[word] ?? whole);
      return createHash('md5').update(text).digest('base64url');
    },
  };

/** The signature as it stands in the link. */
export function signatureOf(
  facts: SignedFacts,
  secret: string,
  { format, expression }: SignSettings,
): string {
  return SIGN[format](facts, secret, expression);
}

/** The parts of a link; one that it lacks is undefined. */
export function readLink(
  query: URLSearchParams,
  format: SignFormat,
): { readonly expires: string; readonly signature: string } | undefined {
  if (format === 'node-media-server') {
    const sign = query.get('sign');
    if (sign === null) return undefined;
    const [expires = '', signature = ''] = sign.split('-');
    return { expires, signature };
  }
  const signature = query.get(format === 'secure_link' ? 'md5' : 'sign');
  if (signature === null) return undefined;
  return { expires: query.get('expires') ?? '', signature };
}
