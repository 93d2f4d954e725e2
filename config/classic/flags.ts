// The classic flags of the command, and the key of the config that each one overrides.

/** A flag that the operator gave. */
export interface Override {
  /** `--rtmp_addr` */
  readonly flag: string;
  /** A key of the config's root: a core option or a plugin's alias. */
  readonly key: string;
  /** A string may stand for a number or a boolean if the option takes one. */
  readonly value: string | boolean;
}

export interface ClassicFlag {
  /** Without the dashes. */
  readonly name: string;
  /** The name of the flag's value in the help. Undefined for a flag that is on or off. */
  readonly argument: string | undefined;
  readonly key: string;
  /** The feature that a build lacks if no plugin owns the key. */
  readonly feature: string;
  readonly description: string;
}

export const CLASSIC_FLAGS: readonly ClassicFlag[] = [
  {
    name: 'api_addr',
    argument: 'address',
    key: 'operport',
    feature: 'control API',
    description: 'address of the HTTP control API, e.g. :8070',
  },
  {
    name: 'flv_dir',
    argument: 'directory',
    key: 'flv_dir',
    feature: 'recording to FLV files',
    description: 'directory for recordings in FLV files',
  },
  {
    name: 'gop_num',
    argument: 'number',
    key: 'gop_num',
    feature: 'GOP cache',
    description: 'groups of pictures kept for viewers who join late',
  },
  {
    name: 'hls_addr',
    argument: 'address',
    key: 'hlsport',
    feature: 'HLS',
    description: 'address of the HLS server, e.g. :8090',
  },
  {
    name: 'hls_keep_after_end',
    argument: undefined,
    key: 'hls_keep_after_end',
    feature: 'HLS',
    description: 'keep the last playlist and segments of a stream that has ended',
  },
  {
    name: 'httpflv_addr',
    argument: 'address',
    key: 'flvport',
    feature: 'HTTP-FLV',
    description: 'address of the HTTP-FLV server, e.g. :8011',
  },
  {
    name: 'level',
    argument: 'level',
    key: 'level',
    feature: 'log level',
    description: 'least important log lines: trace, debug, info, warn, error or silent',
  },
  {
    name: 'read_timeout',
    argument: 'seconds',
    key: 'read_timeout',
    feature: 'read timeout',
    description: 'close publishers that send nothing for this long',
  },
  {
    name: 'rtmp_addr',
    argument: 'address',
    key: 'listen',
    feature: 'RTMP',
    description: 'address of the RTMP server, e.g. :1935',
  },
  {
    name: 'write_timeout',
    argument: 'seconds',
    key: 'write_timeout',
    feature: 'write timeout',
    description: 'close viewers that accept nothing for this long',
  },
];

/** The feature that a build lacks if no plugin owns the override's key. */
export function featureOf(override: Override): string {
  return CLASSIC_FLAGS.find(({ name }) => `--${name}` === override.flag)?.feature ?? override.key;
}
