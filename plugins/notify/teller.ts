// Turns what hooks tell of one application into events for the queue.
import { randomUUID } from 'node:crypto';
import type { AppContext, HookTaps, SessionView } from 'livego';
import { announcedType, type EventType, type Format, type NotifyEvent, type Question } from './events.ts';
import type { NotifyOptions } from './schema.ts';
import type { NotifyState } from './state.ts';
import { connecting, denied, disconnected, ofSession, visibleParameters } from './subjects.ts';

export class Teller {
  readonly #options: NotifyOptions;
  readonly #format: Format;
  readonly #state: NotifyState;
  /** Events that their question tells. */
  readonly #asked: ReadonlySet<EventType>;

  constructor(options: NotifyOptions, format: Format, state: NotifyState, gate: readonly Question[]) {
    this.#options = options;
    this.#format = format;
    this.#state = state;
    this.#asked = new Set(format.questionTells ? gate : []);
  }

  /** The URL that gets events of this type; undefined if none does. */
  #targetOf(type: EventType): string | undefined {
    const { events, urls, url } = this.#options;
    const target = urls[type] ?? url;
    return target === '' || !events.includes(type) || this.#asked.has(type) ? undefined : target;
  }

  tell(event: NotifyEvent): void {
    const target = this.#targetOf(event.type);
    if (target === undefined) return;
    const request = this.#format.tell(event, target);
    if (!request) return;
    this.#state.outbox.add({
      id: `evt_${randomUUID()}`,
      lane: `${target} ${event.lane}`,
      request,
      createdAt: event.at.getTime(),
      updateOf: event.type === 'update' ? event.subject.session : undefined,
    });
  }

  tapConnections({ hooks }: AppContext): void {
    const { hideParameters } = this.#options;
    hooks.connect.tap(
      (request) => {
        if (this.#targetOf('connect') === undefined) return;
        const subject = connecting(request, hideParameters);
        this.tell({ type: 'connect', at: new Date(), lane: request.client.id, subject });
      },
      { observer: true },
    );
    hooks.disconnect.tap((connection, cause) => {
      if (this.#targetOf('disconnect') === undefined) return;
      const subject = disconnected(connection);
      this.tell({ type: 'disconnect', at: new Date(), lane: connection.client.id, subject, cause });
    });
    hooks.denied.tap((request, { code, reason }) => {
      this.#state.parameters.forget(request.id);
      const subject = denied(request);
      this.tell({ type: 'denied', at: new Date(), lane: request.client.id, subject, code, reason });
    });
  }

  tapSessions({ hooks }: AppContext): void {
    const { parameters } = this.#state;
    const note: HookTaps['publish'] = ({ id, query }) => {
      if (query.size > 0) parameters.note(id, visibleParameters(query, this.#options.hideParameters));
    };
    hooks.publish.tap(note, { observer: true });
    hooks.play.tap(note, { observer: true });
    const started = (type: 'publish' | 'play') => (session: SessionView) => this.#tellOf(type, session);
    hooks.publishStart.tap(started('publish'));
    hooks.playStart.tap(started('play'));
    const done =
      (type: 'publish_done' | 'play_done'): HookTaps['playStop'] =>
      (session, stream, cause) => {
        const subject = ofSession(session, parameters.of(session.id));
        parameters.forget(session.id);
        this.tell({ type, at: new Date(), lane: stream.key, subject, cause });
      };
    hooks.publishStop.tap(done('publish_done'));
    hooks.playStop.tap(done('play_done'));
  }

  tapStreams({ hooks }: AppContext): void {
    hooks.streamStart.tap(({ key: lane, app, name, startedAt }) =>
      this.tell({ type: 'stream_start', at: new Date(), lane, app, name, startedAt, cause: undefined }),
    );
    hooks.streamStop.tap(({ key: lane, app, name, startedAt }, cause) =>
      this.tell({ type: 'stream_done', at: new Date(), lane, app, name, startedAt, cause }),
    );
    hooks.fileEnd.tap((file) => {
      const type = file.kind === 'segment' ? 'segment_done' : 'record_done';
      this.tell({ type, at: new Date(), lane: `${file.app}/${file.name}`, file });
    });
  }

  tapAnnouncements({ hooks }: AppContext): void {
    hooks.pluginEvent.tap((announced) => {
      const { kind, at, app, name } = announced;
      this.tell({ type: announcedType(kind), at, lane: `${app}/${name}`, announced });
    });
  }

  /** The figures of a session at present. */
  update(session: SessionView): void {
    this.#tellOf('update', session);
  }

  #tellOf(type: 'publish' | 'play' | 'update', session: SessionView): void {
    const subject = ofSession(session, this.#state.parameters.of(session.id));
    this.tell({ type, at: new Date(), lane: session.key, subject });
  }
}
