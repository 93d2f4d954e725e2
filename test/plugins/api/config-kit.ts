// A server that follows a file, and requests that change it.
import { readFileSync } from 'node:fs';
import type { InjectOptions, Response } from 'light-my-request';
import { followServer, type FollowedServer } from '../../helpers/reload.ts';
import { temporaryFolder } from './api-kit.ts';
import { join } from 'node:path';

export interface ConfigServer extends FollowedServer {
  ask(url: string, request?: Omit<InjectOptions, 'url'>): Promise<Response>;
  /** Sends a body to /api/v1/config, or what follows it. */
  send(
    method: 'PATCH' | 'PUT' | 'POST',
    body: unknown,
    more?: { readonly headers?: Record<string, string>; readonly at?: string },
  ): Promise<Response>;
  text(): string;
  tag(): Promise<string>;
}

export const HEAD = '// Our server. Do not touch!\n';

export function fileOf(inside: string): string {
  const state = JSON.stringify(join(temporaryFolder(), 'state.json'));
  return `${HEAD}{
  rtmp: { port: "127.0.0.1:0" }, // for encoders
  api: { port: "127.0.0.1:0", stateFile: ${state} },
  stat: { port: "127.0.0.1:0" },
${inside}}
`;
}

export async function startWithFile(inside: string): Promise<ConfigServer> {
  const followed = await followServer(fileOf(inside), ['rtmp', 'auth', 'relay', 'api', 'stat']);
  const ask: ConfigServer['ask'] = (url, request = {}) =>
    followed.server.inject('api.port', { url, ...request });
  return {
    ...followed,
    ask,
    send: (method, body, { headers = {}, at = '' } = {}) =>
      ask(`/api/v1/config${at}`, {
        method,
        headers,
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    text: () => readFileSync(followed.file, 'utf8'),
    tag: async () => String((await ask('/api/v1/config')).headers['etag']),
  };
}
