// The statistics page of nginx-rtmp, for the tools that read it: GET /stat?format=xml.
import { hostOf, readVersion } from 'livego';
import type { ListedSession, SessionFigures } from '../figures/session-figures.ts';
import type { ListedStream, StreamFigures } from '../figures/stream-figures.ts';

export interface XmlSource {
  /** Those of the config: they are shown also while nobody publishes. */
  readonly applications: readonly string[];
  readonly streams: readonly ListedStream[];
  readonly sessions: readonly ListedSession[];
}

const CODECS: Readonly<Record<string, string>> = {
  avc: 'H264',
  hevc: 'HEVC',
  av1: 'AV1',
  vp9: 'VP9',
  aac: 'AAC',
  mp3: 'MP3',
  opus: 'Opus',
};

/** The page in parts: a stream each. */
export function* formatNginxXml({ applications, streams, sessions }: XmlSource): Generator<string> {
  const byKey = groupBy(sessions, ({ key }) => key);
  const apps = groupBy(streams, ({ figures }) => figures.app);
  yield `<?xml version="1.0" encoding="utf-8" ?>\n<rtmp>\n${headElements(streams, sessions)}\n<server>\n`;
  for (const app of new Set([...applications, ...apps.keys()]))
    yield* application(app, apps.get(app) ?? [], byKey);
  yield '</server>\n</rtmp>\n';
}

function headElements(streams: readonly ListedStream[], sessions: readonly ListedSession[]): string {
  return [
    element('nginx_version', `livego ${readVersion()}`),
    element('nginx_rtmp_version', '1.2.2'),
    element('pid', process.pid),
    element('uptime', Math.floor(performance.now() / 1000)),
    element('naccepted', sessions.length),
    element('bw_in', bitsOf(sum(streams, ({ figures }) => figures.kbps))),
    element(
      'bytes_in',
      sum(streams, ({ figures }) => bytesOf(figures)),
    ),
    element('bw_out', bitsOf(sum(sessions, kbpsOut))),
    element(
      'bytes_out',
      sum(sessions, ({ figures }) => figures.sentBytes),
    ),
  ].join('\n');
}

function* application(
  app: string,
  streams: readonly ListedStream[],
  sessions: ReadonlyMap<string, readonly ListedSession[]>,
): Generator<string> {
  yield `<application>\n${element('name', app)}\n<live>\n`;
  let clients = 0;
  for (const stream of streams) {
    const ofStream = sessions.get(stream.key) ?? [];
    clients += ofStream.length;
    yield* streamElement(stream, ofStream);
  }
  yield `${element('nclients', clients)}\n</live>\n</application>\n`;
}

function* streamElement(
  { figures, timestampMs }: ListedStream,
  sessions: readonly ListedSession[],
): Generator<string> {
  const { name, startedAt, kbps, audio, video, publisher } = figures;
  const head = [
    '<stream>',
    element('name', name),
    element('time', Date.now() - Date.parse(startedAt)),
    element('bw_in', bitsOf(kbps)),
    element('bytes_in', bytesOf(figures)),
    element('bw_out', bitsOf(sum(sessions, kbpsOut))),
    element(
      'bytes_out',
      sum(sessions, (session) => session.figures.sentBytes),
    ),
    element('bw_audio', bitsOf(audio?.kbps.last5Seconds ?? 0)),
    element('bw_video', bitsOf(video?.kbps.last5Seconds ?? 0)),
  ];
  yield `${head.join('\n')}\n`;
  const times = { driftMs: figures.driftMs ?? 0, timestampMs };
  for (const session of sessions) yield `${clientElement(session.figures, times)}\n`;
  const tail = [
    metaElement(figures),
    element('nclients', sessions.length),
    ...(publisher ? ['<publishing/>', '<active/>'] : []),
    '</stream>',
  ];
  yield `${tail.join('\n')}\n`;
}

function clientElement(
  { role, client, remote, startedAt, userAgent, page, droppedPackets }: SessionFigures,
  { driftMs, timestampMs }: { readonly driftMs: number; readonly timestampMs: number },
): string {
  return [
    '<client>',
    element('id', client),
    element('address', hostOf(remote)),
    element('time', Date.now() - Date.parse(startedAt)),
    ...(userAgent === null ? [] : [element('flashver', userAgent)]),
    ...(page === null ? [] : [element('pageurl', page)]),
    element('dropped', droppedPackets),
    element('avsync', driftMs),
    element('timestamp', timestampMs),
    ...(role === 'publish' ? ['<publishing/>'] : []),
    '<active/>',
    '</client>',
  ].join('\n');
}

function metaElement({ video, audio }: StreamFigures): string {
  const lines = (values: Readonly<Record<string, string | number | undefined>>): string =>
    Object.entries(values)
      .flatMap(([name, value]) => (value === undefined ? [] : [element(name, value)]))
      .join('\n');
  const videoLines = video && {
    width: video.width,
    height: video.height,
    frame_rate: Math.round(video.frameRate),
    codec: CODECS[video.codec] ?? video.codec,
    profile: video.profile,
    level: video.level,
  };
  const audioLines = audio && {
    codec: CODECS[audio.codec] ?? audio.codec,
    profile: audio.profile,
    channels: audio.channels,
    sample_rate: audio.sampleRate,
  };
  return [
    '<meta>',
    ...(videoLines ? [`<video>\n${lines(videoLines)}\n</video>`] : []),
    ...(audioLines ? [`<audio>\n${lines(audioLines)}\n</audio>`] : []),
    '</meta>',
  ].join('\n');
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function kbpsOut({ figures: { role, kbps } }: ListedSession): number {
  return role === 'play' ? kbps : 0;
}

function bitsOf(kbps: number): number {
  return Math.round(kbps * 1000);
}

function bytesOf({ bytes: { audio, video, data } }: StreamFigures): number {
  return audio + video + data;
}

function element(name: string, value: string | number): string {
  const text = typeof value === 'string' && !PLAIN.test(value) ? escapeXml(value) : value;
  return `<${name}>${text}</${name}>`;
}

/** Nearly every text: nothing in it is to be escaped or left out. */
const PLAIN = /^[\w ./:,;()@+=*[\]-]*$/;

/** Characters that XML 1.0 does not allow are left out. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
