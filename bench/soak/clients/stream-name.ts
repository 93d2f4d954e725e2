// The stream that the soak publishes and plays.

export interface StreamName {
  readonly app: string;
  readonly name: string;
}

export const APP = 'live';
export const NAME = 'soak';
export const SOAK: StreamName = { app: APP, name: NAME };
