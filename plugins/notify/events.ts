// Events and questions before a format puts them into its form.
import type { Client, EndCause, FinishedFile, PluginEvent, SessionCounters } from 'livego';

/** Questions: the answer decides. Each has the name of the gate. */
export type Question = 'connect' | 'publish' | 'play';

export type EventType =
  | 'connect'
  | 'disconnect'
  | 'publish'
  | 'publish_done'
  | 'play'
  | 'play_done'
  | 'denied'
  | 'stream_start'
  | 'stream_done'
  | 'segment_done'
  | 'record_done'
  | 'update'
  | 'reload'
  | AnnouncedType;

/** What plugins announce: the kinds that are known by name, and all others. */
export type AnnouncedType = 'relay_up' | 'relay_down' | 'engine_up' | 'engine_down' | 'other';

export const EVENT_TYPES: readonly EventType[] = [
  'connect',
  'disconnect',
  'publish',
  'publish_done',
  'play',
  'play_done',
  'denied',
  'stream_start',
  'stream_done',
  'segment_done',
  'record_done',
  'update',
  'reload',
  'relay_up',
  'relay_down',
  'engine_up',
  'engine_down',
  'other',
];

const NAMED_KINDS = new Set<string>(['relay_up', 'relay_down', 'engine_up', 'engine_down']);

export function announcedType(kind: string): AnnouncedType {
  return NAMED_KINDS.has(kind) ? (kind as AnnouncedType) : 'other';
}

/** One client, or one session of it, that an event is about. */
export interface Subject {
  readonly client: Client;
  /** The session's id; undefined for what concerns the connection. */
  readonly session: string | undefined;
  readonly role: Question;
  readonly app: string;
  /** The stream's name; '' for what concerns the connection. */
  readonly name: string;
  /** Parameters of the request, without those that are hidden. */
  readonly query: URLSearchParams;
  readonly startedAt: Date | undefined;
  readonly counters: SessionCounters | undefined;
}

interface Happening {
  readonly at: Date;
  /** The stream, or the client: events with the same one are told in order. */
  readonly lane: string;
}

export type NotifyEvent = Happening &
  (
    | { readonly type: 'connect' | 'publish' | 'play' | 'update'; readonly subject: Subject }
    | {
        readonly type: 'disconnect' | 'publish_done' | 'play_done';
        readonly subject: Subject;
        readonly cause: EndCause;
      }
    | { readonly type: 'denied'; readonly subject: Subject; readonly code: string; readonly reason: string }
    | {
        readonly type: 'stream_start' | 'stream_done';
        readonly app: string;
        readonly name: string;
        readonly startedAt: Date;
        readonly cause: EndCause | undefined;
      }
    | { readonly type: 'segment_done' | 'record_done'; readonly file: FinishedFile }
    | { readonly type: AnnouncedType; readonly announced: PluginEvent }
    | {
        readonly type: 'reload';
        readonly generation: number;
        readonly outcome: string;
        readonly words: readonly string[];
      }
  );

/** An event or a question, as a request. */
export interface OutgoingRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** The target of a redirect. */
  readonly location: string | undefined;
}

/** The decision of the web service. */
export type Decision =
  | { readonly allow: true; readonly name?: string; readonly lifetimeSeconds?: number }
  | { readonly allow: false; readonly reason: string }
  /** It answered something that decides nothing. */
  | { readonly allow: 'unclear'; readonly reason: string };

export interface Format {
  /** The questions that its back ends expect to be asked. */
  readonly gate: readonly Question[];
  /** Whether a question is its event at the same time, so that the event is not told again. */
  readonly questionTells: boolean;
  /** Undefined for an event that the format does not know. */
  tell(event: NotifyEvent, url: string): OutgoingRequest | undefined;
  ask(question: Question, subject: Subject, url: string): OutgoingRequest;
  decide(answer: Answer): Decision;
  /** Why a session ends after an answer to its update; undefined if it goes on. Absent if updates are not answered. */
  endsAfterUpdate?(answer: Answer): string | undefined;
}
