// The servers whose configs can be read.

export const SOURCE_KINDS = ['livego-go', 'livego-json', 'nginx', 'node-media-server', 'srs'] as const;

export type SourceKind = (typeof SOURCE_KINDS)[number];
