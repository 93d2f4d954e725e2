// Requests below /api that no operation answers: their problem says what there is instead.
import type { Route } from 'livego/http';
import type { Operation } from './operation.ts';
import { denyByProblem, Problem, replyProblem } from './problem.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A route for every path that no other route has. */
export function notServed(operations: readonly Operation[]): Route {
  const known = operations.map((operation) => ({ ...partsOf(operation.path), method: operation.method }));
  const explain = (method: string, path: string): { problem: Problem; allow: string | undefined } => {
    const { base, action } = split(path);
    const actions = known.filter((each) => each.action !== '' && each.pattern.test(base));
    if (method === 'POST' && action !== '' && !actions.some((each) => each.action === action)) {
      const names = actions.map((each) => `:${each.action}`).join(', ') || 'no actions';
      return { problem: new Problem(404, 'not-found', `${base} has ${names}`), allow: undefined };
    }
    const here = known.filter((each) => each.pattern.test(each.action === action ? base : path));
    const fitting = here.filter((each) => each.action === '' || each.action === action);
    const methods = [...new Set(fitting.map((each) => each.method))];
    if (methods.length === 0) {
      const detail = `nothing is served at ${path}; /api/openapi.json has all paths`;
      return { problem: new Problem(404, 'not-found', detail), allow: undefined };
    }
    const allow = methods.flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each])).join(', ');
    return { problem: new Problem(405, 'not-allowed', `${path} takes ${allow}, not ${method}`), allow };
  };
  return {
    methods: METHODS,
    path: '/api/*',
    access: { right: 'read', deny: denyByProblem },
    handler: (request, response, { path }) => {
      const { problem, allow } = explain(request.method ?? 'GET', path);
      if (allow !== undefined) response.setHeader('allow', allow);
      replyProblem(request, response, problem);
    },
  };
}

/** "/streams/live/movie:end": its last part may end in an action. */
function split(path: string): { readonly base: string; readonly action: string } {
  const [, base = path, action = ''] = /^(.*?)(?::(\w+))?\/?$/.exec(path) ?? [];
  return { base, action };
}

function partsOf(path: string): { readonly pattern: RegExp; readonly action: string } {
  const { base, action } = split(path);
  const escaped = base.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+');
  return { pattern: new RegExp(`^${escaped}/?$`), action };
}
