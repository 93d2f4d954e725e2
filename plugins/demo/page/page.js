// Asks the server what is live, plays it, and shows what to enter in an encoder.

const REFRESH_MS = 2000;
const EXAMPLE = 'movie';
/** Names of codecs that people do not know by ours. */
const CODECS = {
  avc: 'H.264',
  hevc: 'H.265',
  av1: 'AV1',
  vp9: 'VP9',
  mp3: 'MP3',
  opus: 'Opus',
  flac: 'FLAC',
};

const video = document.querySelector('video');
const say = (text) => (element('message').textContent = text);

/** The facts of the last answer, and what is being played: { app, name, protocol }. */
let facts;
let chosen;
let stop = () => {};

function element(id) {
  return document.getElementById(id);
}

/** Addresses of a stream, by protocol. A query of this page goes along: it may hold a token. */
function addressesOf({ app, name }) {
  const path = `${encodeURIComponent(app)}/${name.split('/').map(encodeURIComponent).join('/')}`;
  const { hostname, search } = location;
  const { ports } = facts;
  const at = (folder, file) => folder && `${folder}${file}${search}`;
  const flv = folderOf(ports['http-flv'], ports['https-flv']);
  return {
    'HTTP-FLV': at(flv, `${path}.flv`),
    'WebSocket-FLV': at(flv?.replace(/^http/, 'ws'), `${path}.flv`),
    HLS: at(folderOf(ports.hls, ports['hls-tls']), `${path}.m3u8`),
    RTMP: at(ports.rtmp && `rtmp://${bracketed(hostname)}:${ports.rtmp}/`, path),
  };
}

/** What addresses of a protocol begin with; undefined if this page cannot use it. */
function folderOf(plain, secure) {
  // What is served beside this page is where this page is, also behind a proxy.
  if (facts.port && [plain, secure].includes(facts.port)) return new URL('.', location.href).href;
  const port = location.protocol === 'https:' ? secure : plain;
  return port && `${location.protocol}//${bracketed(location.hostname)}:${port}/`;
}

/** The host of an address. location.hostname has brackets around IPv6 already in most browsers. */
function bracketed(hostname) {
  return hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
}

/** Loads a player when it is first needed; resolves with the global that it defines. */
function load(file, name) {
  if (window[name]) return Promise.resolve(window[name]);
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `demo/${file}`;
    script.onload = () => resolve(window[name]);
    script.onerror = () => reject(new Error(`the player ${file} cannot be loaded`));
    document.head.append(script);
  });
}

function playFlv(mpegts, url) {
  if (!mpegts.isSupported()) throw new Error('This browser cannot play FLV. Try HLS.');
  const settings = { enableStashBuffer: false, liveSync: true, liveSyncTargetLatency: 1 };
  // Who publishes a file announces its length, and mpegts.js would believe that of the stream.
  const player = mpegts.createPlayer({ type: 'flv', isLive: true, duration: 0, url }, settings);
  player.on(mpegts.Events.ERROR, (type, detail, info) => say(`${type}: ${detail} ${info?.msg ?? ''}`));
  player.on(mpegts.Events.LOADING_COMPLETE, () => say('The stream has ended.'));
  player.attachMediaElement(video);
  player.load();
  return () => player.destroy();
}

function playHls(Hls, url) {
  if (!Hls.isSupported()) {
    video.src = url;
    return () => video.removeAttribute('src');
  }
  const player = new Hls();
  player.on(Hls.Events.ERROR, (_event, { fatal, details }) => fatal && say(`HLS: ${details}`));
  player.loadSource(url);
  player.attachMedia(video);
  return () => player.destroy();
}

async function play(stream, protocol) {
  stop();
  stop = () => {};
  say('');
  const choice = { app: stream.app, name: stream.name, protocol };
  chosen = choice;
  element('player').hidden = false;
  showAddresses(stream);
  showStreams();
  try {
    const url = addressesOf(stream)[protocol];
    const player = await (protocol === 'HLS' ? load('hls.js', 'Hls') : load('mpegts.js', 'mpegts'));
    // Loading takes a while, and something else may have been chosen.
    if (chosen !== choice) return;
    stop = protocol === 'HLS' ? playHls(player, url) : playFlv(player, url);
    await video.play();
  } catch (error) {
    // A second choice interrupts the first: that is no fault.
    if (chosen === choice && error.name !== 'AbortError') say(error.message);
  }
}

/** A line of text with a button that copies it. */
function copyable(text) {
  const line = element('copyable').content.cloneNode(true);
  const button = line.querySelector('button');
  line.querySelector('code').textContent = text;
  button.setAttribute('aria-label', `Copy ${text}`);
  button.addEventListener('click', async () => {
    await copy(text, button);
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  return line;
}

/** Without TLS a browser has no clipboard: then the text is selected, to be copied by hand. */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(button.previousElementSibling);
    button.textContent = 'Selected';
  }
}

function showAddresses(stream) {
  const lines = Object.values(addressesOf(stream)).filter(Boolean);
  element('chosen').replaceChildren(...lines.map(copyable));
}

function showStreams() {
  const rows = facts.streams.map((stream) => {
    const row = element('stream').content.cloneNode(true);
    row.querySelector('strong').textContent = stream.title;
    row.querySelector('small').textContent = describe(stream);
    row.querySelector('.buttons').append(...buttonsOf(stream));
    return row;
  });
  // The focus would be lost with the row that has it.
  const focused = document.activeElement?.dataset.id;
  element('streams').replaceChildren(...rows);
  if (focused) document.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
}

function describe({ video, audio, viewers, seconds }) {
  const tracks = [video, audio].filter(Boolean).map((codec) => CODECS[codec] ?? codec.toUpperCase());
  const people = viewers === 1 ? '1 viewer' : `${viewers} viewers`;
  return [tracks.join(' + ') || 'no tracks yet', people, duration(seconds)].join(' · ');
}

function duration(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function buttonsOf(stream) {
  // The name is a secret, so there is no address.
  if (stream.name === undefined) return [];
  const addresses = addressesOf(stream);
  return ['HTTP-FLV', 'WebSocket-FLV', 'HLS']
    .filter((protocol) => addresses[protocol])
    .map((protocol) => {
      const button = document.createElement('button');
      const isChosen =
        chosen?.app === stream.app && chosen.name === stream.name && chosen.protocol === protocol;
      button.type = 'button';
      button.textContent = protocol;
      button.dataset.id = `${protocol} ${stream.title}`;
      button.setAttribute('aria-pressed', String(isChosen));
      button.addEventListener('click', () => void play(stream, protocol));
      return button;
    });
}

function showPublish() {
  const app = facts.applications[0] ?? 'live';
  const server = `rtmp://${bracketed(location.hostname)}:${facts.ports.rtmp}/${app}`;
  const lines = {
    'obs-server': server,
    'obs-key': EXAMPLE,
    'ffmpeg-file': `ffmpeg -re -i demo.mp4 -c:v libx264 -c:a aac -f flv ${server}/${EXAMPLE}`,
    'ffmpeg-test': `ffmpeg -re -f lavfi -i testsrc2=s=1280x720:r=25 -f lavfi -i sine -c:v libx264 -g 50 -pix_fmt yuv420p -c:a aac -f flv ${server}/${EXAMPLE}`,
  };
  for (const [name, text] of Object.entries(lines)) {
    const place = document.querySelector(`[data-copy="${name}"]`);
    if (place.querySelector('code')?.textContent !== text) place.replaceChildren(copyable(text));
  }
}

function show() {
  const { streams, streamCount } = facts;
  const more = streamCount - streams.length;
  const live = streamCount === 1 ? '1 stream is live' : `${streamCount || 'no'} streams are live`;
  element('summary').textContent = more > 0 ? `${live}, ${more} of them are not listed` : live;
  element('live').hidden = streams.length === 0;
  element('publish').hidden = !facts.ports.rtmp;
  showStreams();
  if (facts.ports.rtmp) showPublish();
}

async function refresh() {
  try {
    const response = await fetch('demo/streams', { cache: 'no-store' });
    if (!response.ok) throw new Error(`the server answers with status ${response.status}`);
    facts = await response.json();
    show();
  } catch (error) {
    element('summary').textContent = `The server does not answer: ${error.message}`;
  }
}

/** One request at a time, and none while nobody looks. */
async function follow() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
  }
}

void follow();
