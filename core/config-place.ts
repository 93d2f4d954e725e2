// Where an option stands in the config, for errors that are found when its text is long read.
import type { ResolvedConfig } from './config.ts';
import { LivegoError } from './errors.ts';

/** An error about options with the place of each: "rtmp.port (line 3): …", or the flag itself. Any other error as it is. */
export function withPlaces(error: unknown, { placeOf }: Pick<ResolvedConfig, 'placeOf'>): unknown {
  if (!placeOf || !(error instanceof LivegoError)) return error;
  const { code, cause, options = [] } = error;
  const message = options.reduce((text, option) => {
    const place = placeOf(option);
    if (place === undefined) return text;
    return text.replace(option, () => (place.startsWith('--') ? place : `${option} (${place})`));
  }, error.message);
  return message === error.message ? error : new LivegoError(code, message, { cause });
}
