// Tells a camera that a project has begun or ended: one request, whose answer does not matter.
import { messageOf, type Logger } from 'livego';

const TIMEOUT_MS = 3000;

export function tellCamera(
  url: string,
  parameters: { readonly roomId: string; readonly pushUrl: string; readonly status: string },
  log: Logger,
): void {
  const query = new URLSearchParams(parameters).toString();
  const address = `${url}${url.includes('?') ? '&' : '?'}${query}`;
  fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' })
    .then((response) => response.body?.cancel())
    .catch((error: unknown) => {
      const camera = URL.canParse(url) ? new URL(url).host : url;
      log.warn(`the camera at ${camera} could not be told (${messageOf(error)})`);
    });
}
