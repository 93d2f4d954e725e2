// Tells a camera that a project has begun or ended: one request, whose answer does not matter.
import { messageOf, type Logger } from 'livego';
import { splitCredentials } from 'livego/http';

const TIMEOUT_MS = 3000;

export function tellCamera(
  url: string,
  parameters: { readonly roomId: string; readonly pushUrl: string; readonly status: string },
  log: Logger,
): void {
  const query = new URLSearchParams(parameters).toString();
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    return log.warn('a camera could not be told: its requestUrl is no URL (api.rooms)');
  const target = splitCredentials(`${url}${url.includes('?') ? '&' : '?'}${query}`);
  fetch(target.url, {
    headers: target.headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'manual',
  })
    .then((response) => response.body?.cancel())
    .catch((error: unknown) =>
      log.warn(`the camera at ${target.url.host} could not be told (${messageOf(error)})`),
    );
}
