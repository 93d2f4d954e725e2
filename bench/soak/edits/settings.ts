// The settings that edits change, and the config made from them.

export interface Ports {
  /** The port that an option starts with, and those it moves to. */
  readonly rtmp: readonly number[];
  readonly http: readonly number[];
  readonly hls: number;
  readonly tls: number;
  /** Another program listens here. */
  readonly taken: number;
}

export interface Settings {
  gop: number;
  merge: number | 'auto';
  level: 'info' | 'debug';
  chunkSize: number;
  rtmpPort: number;
  httpPort: number;
  everyAddress: boolean;
  tls: boolean;
  flv: boolean;
  flvOfLive: boolean;
  liveName: string | undefined;
  extraApps: number;
  liveFirst: boolean;
  limits: number;
  plugin: boolean;
  window: number;
  comment: number;
  onRemove: 'drain' | 'close';
}

/** The parts of the config that no edit changes. */
export interface Fixtures {
  readonly ports: Ports;
  readonly certificate: { readonly cert: string; readonly key: string };
  /** Whether the server has the plugin hls. */
  readonly hasHls: boolean;
}

export function initialSettings(ports: Ports): Settings {
  return {
    gop: 1,
    merge: 0,
    level: 'info',
    chunkSize: 4096,
    rtmpPort: ports.rtmp[0]!,
    httpPort: ports.http[0]!,
    everyAddress: false,
    tls: false,
    flv: true,
    flvOfLive: true,
    liveName: 'live',
    extraApps: 1,
    liveFirst: true,
    limits: 0,
    plugin: false,
    window: 6,
    comment: 0,
    onRemove: 'drain',
  };
}

export type Config = Readonly<Record<string, unknown>>;

export function buildConfig(settings: Settings, { ports, certificate, hasHls }: Fixtures): Config {
  const { rtmpPort, chunkSize, tls, limits } = settings;
  return {
    listen: `${settings.everyAddress ? '' : '127.0.0.1'}:${rtmpPort}`,
    flvport: `127.0.0.1:${settings.httpPort}`,
    httpflv: settings.flv ? 'enable' : 'disable',
    httpoper: 'disable',
    rtmp: { chunkSize, tls: { port: tls ? `127.0.0.1:${ports.tls}` : 0, ...certificate } },
    ...(hasHls && {
      hls: { port: `127.0.0.1:${ports.hls}`, playlistSegments: settings.window, sessionTokens: 'none' },
    }),
    ...(settings.plugin && { plugins: ['./plugin.mjs'] }),
    gop_num: settings.gop,
    mergeWriteMs: settings.merge,
    level: settings.level,
    keepAfterUnpublishMs: 0,
    maxStreams: 1000 + limits,
    gateTimeoutMs: 5000 + limits,
    servers: buildServers(settings),
  };
}

function buildServers({ liveName, flvOfLive, extraApps, liveFirst, onRemove }: Settings): Config[] {
  const off = flvOfLive ? {} : { httpflv: 'disable', onRemove: 'drain' };
  const live = liveName === undefined ? [] : [{ servername: liveName, ...off }];
  const others = Array.from({ length: extraApps }, (_, index) => ({ servername: `event${index}`, onRemove }));
  return liveFirst ? [...live, ...others] : [...others, ...live];
}

/** The config as the file has it. The comment makes each save different. */
export function buildText(settings: Settings, fixtures: Fixtures): string {
  return `// ${settings.comment}\n${JSON.stringify(buildConfig(settings, fixtures), null, 2)}\n`;
}
