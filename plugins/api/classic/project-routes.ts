// The project requests of the oldest livego: GET /getPush?&projectId=23&userType=0&videoType=2
import type { IncomingMessage, ServerResponse } from 'node:http';
import { calledHostOf, denyClassic, replyClassicJson, type Route, type RouteMatch } from 'livego/http';
import { problemOf } from '../http/problem.ts';
import { Failed, type ProjectRequests } from '../rooms/project-requests.ts';

type Handler = (match: RouteMatch, host: string) => Promise<object>;

export function projectRoutes(requests: ProjectRequests): Route[] {
  return [
    route('/getPush', 'change', (match, host) => requests.getPush(match, host)),
    route('/getReplay', 'read', (match) => requests.getReplay(match)),
    route('/stopProject', 'change', (match, host) => requests.stopProject(match, host)),
    route('/stopPush', 'change', (match) => requests.stopPush(match)),
    route('/getCurrentList', 'read', (match, host) => requests.getCurrentList(match, host)),
    route('/setPushIdAudio', 'change', (match) => requests.setPushIdAudio(match)),
  ];
}

function route(path: string, right: 'read' | 'change', handler: Handler): Route {
  return {
    methods: ['GET', 'POST'],
    path,
    access: { right, deny: denyClassic },
    handler: async (request: IncomingMessage, response: ServerResponse, match: RouteMatch) => {
      try {
        await replyClassicJson(request, response, 200, await handler(match, calledHostOf(request)));
      } catch (thrown) {
        const message = thrown instanceof Failed ? thrown.message : problemOf(thrown)?.detail;
        if (message === undefined) throw thrown;
        await replyClassicJson(request, response, 200, { result: 1, message });
      }
    },
  };
}
