// Runs in a page: a player of the web plays a recording at several places.

interface Video {
  currentTime: number;
  readonly duration: number;
  play(): Promise<void>;
  pause(): void;
  addEventListener(event: 'timeupdate' | 'seeked', listener: () => void): void;
  removeEventListener(event: 'timeupdate' | 'seeked', listener: () => void): void;
}

interface Player {
  on(event: string, listener: (...details: unknown[]) => void): void;
  attachMediaElement(video: Video): void;
  attachMedia(video: Video): void;
  loadSource(url: string): void;
  load(): void;
}

/** Globals of the page: this file is compiled without the types of browsers. */
interface PlayerPage {
  readonly mpegts: {
    readonly Events: { readonly ERROR: string };
    createPlayer(source: object, config: object): Player;
  };
  readonly Hls: (new () => Player) & { readonly Events: Readonly<Record<string, string>> };
  readonly document: { querySelector(selector: 'video'): Video };
}

/** Runs in the page: plays a little at each place. */
export async function playAndSeek({ player, url }: { player: 'mpegts.js' | 'hls.js'; url: string }) {
  const { mpegts, Hls, document } = globalThis as unknown as PlayerPage;
  const video = document.querySelector('video');
  const errors: string[] = [];
  if (player === 'mpegts.js') {
    const made = mpegts.createPlayer({ type: 'flv', isLive: false, url }, { seekType: 'range' });
    made.on(mpegts.Events.ERROR, (...details) => errors.push(details.map(String).join(' ')));
    made.attachMediaElement(video);
    made.load();
  } else {
    const made = new Hls();
    made.on(Hls.Events['ERROR']!, (_, error) => {
      const { details } = error as { readonly details: string };
      // With B-frames the first picture is shown after the sound has started; a seek gives up the segment that is on its way.
      if (details !== 'bufferSeekOverHole' && details !== 'aborted') errors.push(details);
    });
    made.loadSource(url);
    made.attachMedia(video);
  }
  await video.play();
  const reached: number[] = [];
  for (const place of [4.2, 1.2]) {
    video.currentTime = place;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        const played = video.currentTime - place;
        if (errors.length === 0 && (played < 0.2 || played > 0.8)) return;
        video.removeEventListener('timeupdate', look);
        resolve();
      };
      video.addEventListener('timeupdate', look);
    });
    reached.push(video.currentTime);
  }
  return { errors, reached, duration: video.duration };
}
