// The catalogue of coded errors. docs/errors.md explains each; a test compares the two.

/** Code → what went wrong, in one sentence. The message of a thrown error adds the thing, the value and the way out. */
export const ERROR_CATALOGUE = {
  LVG_CONFIG_FILE: 'The config file cannot be read.',
  LVG_CONFIG_SYNTAX: 'The config is not valid JSON5.',
  LVG_CONFIG_INVALID: 'The config has options that are unknown or not allowed.',
  LVG_PLUGIN_LOAD: 'A custom plugin cannot be loaded.',
  LVG_PLUGIN_INVALID: 'What a plugin file exports is not a plugin.',
  LVG_PLUGIN_FAILED: 'A plugin threw while it was declared or started.',
  LVG_LISTEN: 'An address cannot be listened on.',
  LVG_TLS: 'A certificate or key cannot be used.',
  LVG_ROUTE_CONFLICT: 'Two plugins claim the same HTTP route on one address.',
  LVG_SERVER_STATE: 'The server is not in a state that allows the call.',
  LVG_AMF: 'AMF bytes are malformed or exceed a limit.',
  LVG_FLV: 'FLV bytes are malformed or exceed a limit.',
  LVG_MEDIA: 'A decoder configuration or media frame is malformed.',
  LVG_RTMP_HANDSHAKE: 'The RTMP handshake is malformed.',
  LVG_RTMP_CHUNK: 'The RTMP chunk stream is malformed or exceeds a limit.',
  LVG_RTMP_MESSAGE: 'An RTMP message is malformed.',
  LVG_RTMP_COMMAND: 'An RTMP command is malformed or comes out of order.',
} as const;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Every error this server throws on purpose. `code` is stable, `message` names the thing, the value and the way out. */
export class LivegoError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LivegoError';
    this.code = code;
  }
}
