// An address that the server listens on.

export interface ServedAddress {
  /** The first option that names it: "httpflv.port". */
  readonly option: string;
  /** All of them. */
  readonly options: readonly string[];
  readonly scheme: 'tcp' | 'tls' | 'http' | 'https';
  readonly host: string | undefined;
  /** The one in use, where the config left the choice to the system. */
  readonly port: number;
}
