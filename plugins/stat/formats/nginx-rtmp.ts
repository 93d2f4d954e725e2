// The statistics page of nginx-rtmp, for the tools that read it: GET /stat?format=xml.
import { readVersion, type SessionView, type StreamView } from 'livego';
import { describeTracks } from 'livego/media';
import { driftOf } from '../figures/stream-figures.ts';
import { SHORT_SECONDS } from '../figures/stream-meter.ts';
import type { StatState } from '../state.ts';

export interface XmlSource {
  readonly streams: readonly StreamView[];
  readonly sessions: readonly SessionView[];
  readonly state: StatState;
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

export function formatNginxXml({ streams, sessions, state }: XmlSource): string {
  const received = streams.reduce((sum, stream) => sum + bytesOf(stream), 0);
  const sent = sessions.reduce((sum, { counters }) => sum + counters.sentBytes, 0);
  const kbps = streams.reduce(
    (sum, stream) => sum + state.meters.of(stream).rates(SHORT_SECONDS).totalKbps,
    0,
  );
  const apps = groupByApp(streams);
  const applications = [...apps].map(([app, ofApp]) => application(app, ofApp, { sessions, state }));
  const head = [
    element('nginx_version', `livego ${readVersion()}`),
    element('nginx_rtmp_version', '1.2.2'),
    element('pid', process.pid),
    element('uptime', Math.floor(performance.now() / 1000)),
    element('naccepted', sessions.length),
    element('bw_in', Math.round(kbps * 1000)),
    element('bytes_in', received),
    element('bw_out', 0),
    element('bytes_out', sent),
  ];
  const body = `<rtmp>\n${head.join('\n')}\n<server>\n${applications.join('\n')}\n</server>\n</rtmp>\n`;
  return `<?xml version="1.0" encoding="utf-8" ?>\n${body}`;
}

function groupByApp(streams: readonly StreamView[]): Map<string, StreamView[]> {
  const apps = new Map<string, StreamView[]>();
  for (const stream of streams) apps.set(stream.app, [...(apps.get(stream.app) ?? []), stream]);
  return apps;
}

function application(
  app: string,
  streams: readonly StreamView[],
  { sessions, state }: Omit<XmlSource, 'streams'>,
): string {
  const ours = sessions.filter((session) => session.app === app);
  const inside = streams.map((stream) =>
    streamElement(
      stream,
      state,
      ours.filter(({ key }) => key === stream.key),
    ),
  );
  const live = `<live>\n${inside.join('\n')}\n${element('nclients', ours.length)}\n</live>`;
  return `<application>\n${element('name', app)}\n${live}\n</application>`;
}

function streamElement(stream: StreamView, state: StatState, sessions: readonly SessionView[]): string {
  const { totalKbps, audioKbps, videoKbps } = state.meters.of(stream).rates(SHORT_SECONDS);
  const sent = sessions.reduce((sum, { counters }) => sum + counters.sentBytes, 0);
  const viewers = sessions.filter(({ role }) => role === 'play').length;
  return [
    '<stream>',
    element('name', stream.displayKey.slice(stream.app.length + 1)),
    element('time', Date.now() - stream.startedAt.getTime()),
    element('bw_in', Math.round(totalKbps * 1000)),
    element('bytes_in', bytesOf(stream)),
    element('bw_out', Math.round(totalKbps * 1000 * viewers)),
    element('bytes_out', sent),
    element('bw_audio', Math.round(audioKbps * 1000)),
    element('bw_video', Math.round(videoKbps * 1000)),
    ...sessions.map((session) => clientElement(session, stream)),
    metaElement(stream, state),
    element('nclients', sessions.length),
    ...(stream.publisher ? ['<publishing/>', '<active/>'] : []),
    '</stream>',
  ].join('\n');
}

function clientElement({ role, client, startedAt, counters }: SessionView, stream: StreamView): string {
  return [
    '<client>',
    element('id', client.id),
    element('address', client.remote),
    element('time', Date.now() - startedAt.getTime()),
    ...(client.userAgent === undefined ? [] : [element('flashver', client.userAgent)]),
    element('dropped', counters.droppedPackets),
    element('avsync', driftOf(stream) ?? 0),
    element('timestamp', stream.timing.videoTimestamp ?? stream.timing.audioTimestamp ?? 0),
    ...(role === 'publish' ? ['<publishing/>'] : []),
    '<active/>',
    '</client>',
  ].join('\n');
}

function metaElement(stream: StreamView, state: StatState): string {
  const { video, audio } = describeTracks(stream.tracks, stream.headers);
  const { videoFrames } = state.meters.of(stream).rates(SHORT_SECONDS);
  const lines = (values: Readonly<Record<string, string | number | undefined>>): string =>
    Object.entries(values)
      .flatMap(([name, value]) => (value === undefined ? [] : [element(name, value)]))
      .join('\n');
  const videoLines = video && {
    width: video.width,
    height: video.height,
    frame_rate: Math.round(videoFrames),
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

function bytesOf({ counters: { audioBytes, videoBytes, dataBytes } }: StreamView): number {
  return audioBytes + videoBytes + dataBytes;
}

function element(name: string, value: string | number): string {
  return `<${name}>${escapeXml(String(value))}</${name}>`;
}

/** Characters that XML 1.0 does not allow are left out. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
