// The project requests of the oldest livego: GET /getPush?&projectId=23&userType=0&videoType=2
import type { IncomingMessage, ServerResponse } from 'node:http';
import { calledHostOf, denyClassic, replyClassicJson, type Route, type RouteMatch } from 'livego/http';
import { LEAVES_BODY, problemOf } from '../http/problem.ts';
import { readForm } from './form.ts';
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
        const asked = { ...match, query: await readForm(request, match) };
        await replyClassicJson(request, response, 200, await handler(asked, calledHostOf(request)));
      } catch (thrown) {
        const problem = problemOf(thrown);
        const message = thrown instanceof Failed ? thrown.message : problem?.detail;
        if (message === undefined) throw thrown;
        if (problem && LEAVES_BODY.has(problem.status)) response.setHeader('connection', 'close');
        await replyClassicJson(request, response, 200, { result: 1, message });
      }
    },
  };
}
