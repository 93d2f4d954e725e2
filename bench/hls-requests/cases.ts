// The requests that are measured. All go to one live stream.

import { buildRequest, fetchAnswer } from './answer.ts';

export interface Case {
  readonly name: string;
  /** The requests of the connections at present: addresses hold tokens, and segments pass. */
  readonly requests: (port: number) => Promise<readonly string[]>;
}

const OPEN = '/open/movie.m3u8';
const ENTRY = '/live/movie.m3u8';

/** @param viewers - each has a session of its own where there are sessions */
export function casesOf(viewers: number): readonly Case[] {
  return [
    { name: 'playlist', requests: (port) => Promise.resolve([buildRequest(OPEN, port)]) },
    {
      name: 'playlist, gzip',
      requests: (port) => Promise.resolve([buildRequest(OPEN, port, ['Accept-Encoding: gzip, deflate'])]),
    },
    {
      name: 'playlist with a session',
      requests: async (port) => (await sessionsOf(port, viewers)).map((path) => buildRequest(path, port)),
    },
    {
      name: 'master playlist',
      requests: (port) => Promise.resolve([buildRequest(`${OPEN}?playlist=master`, port)]),
    },
    {
      name: 'segment with a session',
      requests: async (port) => {
        const paths = await sessionsOf(port, viewers);
        const newest = await newestSegment(port, paths[0]!);
        return paths.map((path) => buildRequest(path.replace('index.m3u8', newest), port));
      },
    },
  ];
}

async function sessionsOf(port: number, viewers: number): Promise<string[]> {
  const paths: string[] = [];
  for (let viewer = 0; viewer < viewers; viewer++) {
    const { body } = await fetchAnswer(port, buildRequest(ENTRY, port));
    const uri = body
      .toString()
      .split('\n')
      .find((line) => line !== '' && !line.startsWith('#'));
    paths.push(`/live/${uri}`);
  }
  return paths;
}

async function newestSegment(port: number, playlist: string): Promise<string> {
  const { body } = await fetchAnswer(port, buildRequest(playlist, port));
  return (
    body
      .toString()
      .split('\n')
      .findLast((line) => line.endsWith('.ts')) ?? ''
  );
}
