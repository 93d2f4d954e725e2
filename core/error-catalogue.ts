// The catalogue of coded errors: what each code stands for, its HTTP status, and the templates of its messages. Codes for
// malformed bytes have no templates: the parser that finds them writes the message. docs/errors.md explains each code; a test
// compares the two.

export interface ErrorEntry {
  /** The fault in one sentence. */
  readonly summary: string;
  /** The HTTP status for a client whose request failed with this error. */
  readonly status: 400 | 404 | 409 | 422 | 500;
  /** Messages by name. Each names the thing, the value and the way out. "{option}" is filled in where the error is thrown. */
  readonly templates?: Readonly<Record<string, string>>;
  /** Bytes of a peer are wrong: there may be one for each message that it sends, so these errors have no stack. */
  readonly of?: 'malformed bytes';
}

export const ERROR_CATALOGUE = {
  LVG_CONFIG_FILE: { summary: 'The config file cannot be read.', status: 422 },
  LVG_CONFIG_SYNTAX: { summary: 'The config is not valid JSON5.', status: 422 },
  LVG_CONFIG_INVALID: {
    summary: 'The config has options that are unknown or not allowed.',
    status: 422,
    templates: { faults: '{faults}' },
  },
  LVG_CONFIG_WRITE: {
    summary: 'The config file cannot be changed.',
    status: 409,
    templates: {
      file: '{file} cannot be written ({reason}); let this user write to its directory, free space if the disk is full, or change the file by hand',
      noFile: 'the server has no config file that it could change',
      text: 'the text of the config cannot be edited: {reason}',
    },
  },
  LVG_PLUGIN_LOAD: { summary: 'A custom plugin cannot be loaded.', status: 422 },
  LVG_PLUGIN_INVALID: { summary: 'A plugin file does not export a valid plugin.', status: 422 },
  LVG_PLUGIN_FAILED: {
    summary: 'A plugin threw while it was declared or started, or gave something wrong.',
    status: 422,
    templates: {
      rejected: '{file}: {reason}',
      declare: 'plugin {plugin} could not be declared: {reason}',
      start: 'plugin {plugin} could not be started: {reason}',
      directory:
        '{option}: {path} cannot be written to ({reason}); name a directory that this user may write to, or {alternative}',
      shape: '{subject} must be {expected}; it is {found}',
      routePath: 'plugin {plugin}: the route "{path}" must begin with "/" or be "*"',
      routeMethods: 'plugin {plugin}: the route {path} has no method; write methods: ["GET"]',
      routeExtension:
        'plugin {plugin}: the route {path} has the extension "{extension}"; write it in small letters and without a dot, for any case of it matches',
      metricName:
        'plugin {plugin}: the metric "{metric}" must be called "{prefix}…", in small letters, digits and "_"',
      metricSuffix:
        'plugin {plugin}: the metric "{metric}" must end in "_total" if it is a counter, and only then',
      metricTwice: 'plugin {plugin}: the metric "{metric}" is declared twice, in different ways',
      commandTwice: 'plugin {plugin} declares the command "{command}" twice',
      storedTwice: 'plugins {plugin} and {other} both offer recordings under "{prefix}"',
      handoverTwice: 'plugin {plugin} declares the handover "{handover}" twice',
      commandSchema: 'plugin {plugin}: the input schema of the command "{command}" is wrong ({reason})',
    },
  },
  LVG_LISTEN: {
    summary: 'An address cannot be listened on.',
    status: 422,
    templates: {
      syntax: '{option}: "{address}" is not an address; write 1935, ":1935" or "127.0.0.1:1935"',
      inUse: '{option}: {address} is in use by another program; stop that program or choose another port',
      forbidden: '{option}: {address} may not be opened by this user; ports below 1024 need privileges',
      notHere: '{option}: {address} is not an address of this machine',
      unknownHost: '{option}: {address}: the host name is unknown',
      failed: '{option}: {address} cannot be listened on ({reason})',
      inherited:
        '{option}: {address} is no listening socket that this process was started with ({reason}); a reload that removes the option closes it',
      excludes: '{option} and {other} name {addresses}, which exclude each other; change a port',
      replaced: '{option}: {address} and another address of this config exclude each other; change a port',
      notHttp: '{option} and {other} both name {address}, but only HTTP can share a port; change one of them',
      certificates:
        '{option} and {other} both name {address}, but not with the same certificate; give both the same, or change a port',
    },
  },
  LVG_TLS: {
    summary: 'A certificate or key cannot be used.',
    status: 422,
    templates: {
      pair: '{option}: the certificate {cert} and the key {key} cannot be used ({reason}); they must be PEM files that belong together',
      file: '{option}: {file} cannot be read ({reason}); name a PEM file that this user may read',
    },
  },
  LVG_ROUTE_CONFLICT: {
    summary: 'Two plugins claim the same HTTP route on one address.',
    status: 422,
    templates: {
      both: 'plugins {plugin} and {other} both claim {route} on one address; give one of them another port',
    },
  },
  LVG_SERVER_STATE: {
    summary: 'The server is not in a state that allows the call.',
    status: 409,
    templates: {
      startedBefore: 'the server is {state}; a server starts once',
      notRunning: 'the server is {state} and cannot reload',
      noServer: 'there is no server that could load a config',
      notListening: 'nothing listens for {option}; open are {open}',
      noHttp: 'no HTTP is served for {option}',
      declaredLate: '{plugin}: {call} may only be called while the plugin is declared, not later',
      stopped: '{plugin} has stopped and cannot {call}',
      declaring: '{plugin} cannot {call} while it is declared; leave that to onStart or later',
      tooEarly: '{plugin}: {call} may not be called before onActivate',
      streamName: '{plugin} cannot {call}: {fault}',
      streamEnded: '{plugin} cannot {call}: {stream} has ended',
      testNotStarted: 'the test server has not started; await it first',
      testPath: '"{path}" names no stream; write "live/movie"',
    },
  },
  LVG_COMMAND: {
    summary: 'A command of a plugin is unknown, or its input is wrong.',
    status: 400,
    templates: {
      unknown: 'there is no command "{command}"; there are {known}',
      input: '{command}: {faults}',
      application: '{command}: no application "{app}" has it; add the plugin to that application',
    },
  },
  LVG_AMF: { summary: 'AMF bytes are malformed or exceed a limit.', status: 400, of: 'malformed bytes' },
  LVG_FLV: { summary: 'FLV bytes are malformed or exceed a limit.', status: 400, of: 'malformed bytes' },
  LVG_MEDIA: {
    summary: 'A decoder configuration or media frame is malformed.',
    status: 400,
    of: 'malformed bytes',
  },
  LVG_RTMP_HANDSHAKE: { summary: 'The RTMP handshake is malformed.', status: 400, of: 'malformed bytes' },
  LVG_RTMP_CHUNK: {
    summary: 'The RTMP chunk stream is malformed or exceeds a limit.',
    status: 400,
    of: 'malformed bytes',
  },
  LVG_RTMP_MESSAGE: { summary: 'An RTMP message is malformed.', status: 400, of: 'malformed bytes' },
  LVG_RTMP_COMMAND: {
    summary: 'An RTMP command is malformed or comes out of order.',
    status: 400,
    of: 'malformed bytes',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCatalogue = typeof ERROR_CATALOGUE;
export type ErrorCode = keyof ErrorCatalogue;
