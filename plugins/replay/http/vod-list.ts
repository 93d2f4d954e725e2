// GET /vod: the list of recordings, as far as the client may play them.
//
// A gate is asked for one stream at a time: it may be a web service, and count wrong tries. So the list of everything has only
// what no gate guards, and that of one stream asks as playing it does.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Denial, type ServerContext } from 'livego';
import { replyDenial, replyJson, type RouteMatch } from 'livego/http';
import type { RecordingsElsewhere } from '../elsewhere.ts';
import { askGates } from './gates.ts';
import { describeRecording } from '../recordings/recording.ts';
import type { Listing, Recordings } from '../recordings/recordings.ts';
import type { ReplayOptions } from '../schema.ts';

const MAX_LISTED = 1000;

export interface VodListServices {
  readonly context: Pick<ServerContext, 'admission'>;
  readonly recordings: Recordings;
  readonly elsewhere: RecordingsElsewhere;
  readonly access: ReplayOptions['list'];
}

export class VodList {
  readonly #services: VodListServices;

  constructor(services: VodListServices) {
    this.#services = services;
  }

  async serve(request: IncomingMessage, response: ServerResponse, match: RouteMatch): Promise<void> {
    const listing = await this.#find(request, response, match);
    if (listing instanceof Denial) return replyDenial(request, response, listing);
    const { recordings, elsewhere } = this.#services;
    const { found, total } = recordings.list({ ...listing, most: MAX_LISTED });
    const sums = await elsewhere.sumsOf(found);
    const described = found.map((each, index) => describeRecording(each, sums[index]));
    replyJson(request, response, { body: { recordings: described, total } });
  }

  async #find(
    request: IncomingMessage,
    response: ServerResponse,
    match: RouteMatch,
  ): Promise<Omit<Listing, 'most'> | Denial> {
    const app = match.query.get('app') ?? undefined;
    const name = match.query.get('name') ?? undefined;
    const { context, access } = this.#services;
    const { admission } = context;
    if (access === 'off') return new Denial('not-found', 'the list is switched off (replay.list)');
    if (access === 'open') return { app, name };
    const shows = (each: string): boolean => admission.isOpen(each);
    if (app === undefined || shows(app)) return { app, name, shows };
    if (name === undefined)
      return new Denial('forbidden', `${app} is guarded: name the stream, /vod?app=APP&name=NAME`);
    const viewer = await askGates(context, { app, name }, { request, response, match });
    // A key or an alias stands for a stream, which is the one that was asked for.
    return viewer instanceof Denial ? viewer : { app, name: viewer.playback.session.name };
  }
}
